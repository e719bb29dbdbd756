"""A configuration, from a file or the environment, as the typed values that the code uses."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import platformdirs

if TYPE_CHECKING:
    from collections.abc import Mapping

ENVIRONMENT_PREFIX = "TAP_OZONETEL_"

#: The settings that narrow down what the API answers, and the names it has for them.
FILTERS = {"campaign_name": "campaignName", "call_type": "callType", "call_status": "status"}


def from_environment(schema: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, str]:
    """The settings that stand in the environment, as text."""
    named = {name: f"{ENVIRONMENT_PREFIX}{name.upper()}" for name in schema["properties"]}
    return {name: environment[key] for name, key in named.items() if key in environment}


def normalised(config: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Give text the type that its setting has, and leave out what is not set.

    Settings of any type come as text from the environment. Text that is no such value stays text
    and is refused by `check`.

    Args:
        config: The settings as they came.
        schema: The JSON schema of the settings.

    Returns:
        The settings without those that are null or, but for `cache_dir`, empty text.
    """
    return {
        name: _typed(value, schema["properties"].get(name, {}))
        for name, value in config.items()
        if value is not None and (value != "" or name == "cache_dir")
    }


@dataclass(frozen=True, slots=True)
class Call:
    """A call to look up."""

    ucid: int
    call_date: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The settings as the code uses them; their meaning stands in `settings.py`."""

    api_key: str = field(repr=False)
    username: str
    auth_method: str
    api_url: str
    timezone: ZoneInfo
    start_date: dt.date | None
    end_date: dt.date | None
    lookback_days: int
    on_retention_gap: str
    page_size: int
    filters: Mapping[str, str]
    calls: tuple[Call, ...]
    rate_limit_requests: int
    rate_limit_period: float
    request_timeout: float
    user_agent: str
    cache_dir: Path | None


def typed(config: Mapping[str, Any]) -> Config:
    """Make a checked configuration, defaults included, into what the code uses.

    Args:
        config: Settings that `check` has let through, with the defaults of the schema.
    """
    folder = config.get("cache_dir")
    if folder is None:
        folder = platformdirs.user_cache_dir("tap-ozonetel", appauthor=False)
    calls = (Call(int(each["ucid"]), parsed_date(each["call_date"])) for each in config["calls"])
    return Config(
        api_key=config["api_key"],
        username=config["username"],
        auth_method=config["auth_method"],
        api_url=config["api_url"].rstrip("/"),
        timezone=ZoneInfo(config["timezone"]),
        start_date=parsed_date(config["start_date"]) if "start_date" in config else None,
        end_date=parsed_date(config["end_date"]) if "end_date" in config else None,
        lookback_days=config["lookback_days"],
        on_retention_gap=config["on_retention_gap"],
        page_size=config["page_size"],
        filters={key: config[name] for name, key in FILTERS.items() if name in config},
        calls=tuple(calls),
        rate_limit_requests=config["rate_limit_requests"],
        # Numbers with a fraction come as Decimal from a file (SDK).
        rate_limit_period=float(config["rate_limit_period"]),
        request_timeout=float(config["request_timeout"]),
        user_agent=config.get("user_agent", f"tap-ozonetel/{version('tap-ozonetel')}"),
        cache_dir=Path(folder).expanduser() if folder else None,
    )


def _typed(value: object, schema: Mapping[str, Any]) -> object:
    """Text as the value that the schema asks for, where it is one."""
    types = schema.get("type", ())
    if isinstance(value, float) and "integer" in types and value.is_integer():
        return int(value)  # JSON schema takes 2.0 for a whole number, a slice does not
    if isinstance(value, str):
        with suppress(ValueError, InvalidOperation, RecursionError):
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


def parsed_date(value: str) -> dt.date:
    """A date as YYYY-MM-DD; of a date-time, as Meltano makes one of `3 days ago`, its date."""
    written = value[: len("YYYY-MM-DD")]
    date = dt.datetime.fromisoformat(value).date()
    if date.isoformat() != written:
        msg = "not YYYY-MM-DD"
        raise ValueError(msg)
    return date
