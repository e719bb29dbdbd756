"""Parses the settings from a file or the environment to typed values."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import platformdirs

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The settings that filter calls, with the names of the request body (docs/ozonetel-api.md,
#: "Request body").
_FILTERS = {"campaign_name": "campaignName", "call_type": "callType", "call_status": "status"}


def parse_config(config: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Convert strings to the types of the settings in their JSON schema.

    All settings are strings in the environment. A string that does not parse stays one, for
    `validate_config` to report.

    Returns:
        The settings, except those that are null or an empty string (which has a meaning for
        `cache_dir`).
    """
    return {
        name: _parse_value(value, schema["properties"].get(name, {}))
        for name, value in config.items()
        if value is not None and (value != "" or name == "cache_dir")
    }


@dataclass(frozen=True, slots=True)
class CallLookup:
    """A call for the stream cdr_by_ucid to look up."""

    ucid: int
    call_date: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The settings as typed values. `schema.py` describes them."""

    api_key: str = field(repr=False)
    username: str
    auth_method: str
    api_url: str
    timezone: ZoneInfo
    start_date: dt.date | None
    end_date: dt.date | None
    lookback_days: int
    on_retention_gap: str
    on_unusable_record: str
    page_size: int
    filters: Mapping[str, str]
    calls: tuple[CallLookup, ...]
    rate_limit_requests: int
    summary_rate_limit_requests: int
    rate_limit_period: float
    request_timeout: float
    user_agent: str
    cache_dir: Path | None

    @property
    def use_proxy(self) -> bool:
        """Whether requests use the proxy of the environment.

        A server on this machine has none: it is reached over plain http, and the proxy would see
        the API key.
        """
        return not is_loopback(urlsplit(self.api_url).hostname)


def build_config(settings: Mapping[str, Any]) -> Config:
    """Convert settings that passed `validate_config`, with the defaults of the schema."""
    directory = settings.get("cache_dir")
    if directory is None:
        directory = _default_cache_dir()
    return Config(
        api_key=settings["api_key"],
        username=settings["username"],
        auth_method=settings["auth_method"],
        api_url=settings["api_url"].rstrip("/"),
        timezone=ZoneInfo(settings["timezone"]),
        start_date=parse_date(settings["start_date"]) if "start_date" in settings else None,
        end_date=parse_date(settings["end_date"]) if "end_date" in settings else None,
        lookback_days=settings["lookback_days"],
        on_retention_gap=settings["on_retention_gap"],
        on_unusable_record=settings["on_unusable_record"],
        page_size=settings["page_size"],
        filters={key: settings[name] for name, key in _FILTERS.items() if name in settings},
        calls=tuple(
            CallLookup(int(call["ucid"]), parse_date(call["call_date"]))
            for call in settings["calls"]
        ),
        rate_limit_requests=settings["rate_limit_requests"],
        summary_rate_limit_requests=settings["summary_rate_limit_requests"],
        # The SDK reads numbers with a fraction from a file as Decimal.
        rate_limit_period=float(settings["rate_limit_period"]),
        request_timeout=float(settings["request_timeout"]),
        user_agent=settings.get("user_agent", f"tap-ozonetel/{version('tap-ozonetel')}"),
        cache_dir=Path(directory) if directory else None,
    )


def is_loopback(host: str | None) -> bool:
    """Whether the host of a URL is this machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _default_cache_dir() -> str:
    try:
        return platformdirs.user_cache_dir("tap-ozonetel", appauthor=False)
    except RuntimeError:
        # The user has no home directory. `AccountCache` reports it.
        return "~/.cache/tap-ozonetel"


def _parse_value(value: object, schema: Mapping[str, Any]) -> object:
    """Convert a value to the type of its setting if it has that form."""
    types = schema.get("type", ())
    with suppress(ValueError, InvalidOperation, RecursionError):
        # 2.0 is an integer for JSON schema, but not for Python's slices, nor as a Decimal.
        if isinstance(value, float | Decimal) and "integer" in types and float(value).is_integer():
            return int(value)
        if isinstance(value, str):
            if "integer" in types:
                return int(value)
            if "number" in types:
                number = Decimal(value)
                return number if number.is_finite() else value
            if "boolean" in types:
                return {"true": True, "false": False}.get(value.lower(), value)
            if "array" in types or "object" in types:
                return json.loads(value)
    return value


def parse_date(value: str) -> dt.date:
    """Parse a date as YYYY-MM-DD, or the date of a date-time.

    Meltano passes `3 days ago` as a date-time.

    Raises:
        ValueError: The value has another format.
    """
    date = dt.datetime.fromisoformat(value).date()
    if date.isoformat() != value[: len("YYYY-MM-DD")]:
        raise ValueError("not a date as YYYY-MM-DD")
    return date
