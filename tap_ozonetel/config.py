"""A configuration, from a file or the environment: judged, and turned into typed values."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import platformdirs
from jsonschema import Draft7Validator

from tap_ozonetel.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

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


def check(config: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
    """Refuse what cannot be used.

    Args:
        config: Normalised settings.
        schema: The JSON schema of the settings.

    Raises:
        ConfigError: In one line, every setting that is missing or wrong, never with its value.
    """
    problems = dict(_problems(config, schema))
    if problems:
        raise ConfigError("; ".join(problems.values()))


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
    calls = (Call(int(each["ucid"]), _date(each["call_date"])) for each in config["calls"])
    return Config(
        api_key=config["api_key"],
        username=config["username"],
        auth_method=config["auth_method"],
        api_url=config["api_url"].rstrip("/"),
        timezone=ZoneInfo(config["timezone"]),
        start_date=_date(config["start_date"]) if "start_date" in config else None,
        end_date=_date(config["end_date"]) if "end_date" in config else None,
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
    if isinstance(value, str):
        types = schema.get("type", ())
        with suppress(ValueError, InvalidOperation):
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


def _problems(config: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Setting by setting, what is wrong; a later word on a setting replaces an earlier one."""
    for name in schema["required"]:
        if name not in config:
            yield name, f"The setting {name} is required"
    properties = schema["properties"]
    for error in Draft7Validator({"properties": properties}).iter_errors(config):
        name = str(error.absolute_path[0])
        yield name, f"The setting {name} must be {_expected(properties[name])}"
    for name, (usable, expected) in _RULES.items():
        if name in config and not _passes(usable, config[name]):
            yield name, f"The setting {name} must be {expected}"


def _passes(usable: Callable[[Any], object], value: object) -> bool:
    try:
        return bool(usable(value))
    # A value of any type comes here. OSError is how a time zone of a forbidden path is refused,
    # RuntimeError how the home of a user that there is not.
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        OSError,
        RuntimeError,
        TypeError,
        ValueError,
    ):
        return False


def _expected(schema: Mapping[str, Any]) -> str:
    """What a setting takes, in words."""
    if "enum" in schema:
        return " or ".join(str(each) for each in schema["enum"])
    kind = next(word for name, word in _KINDS.items() if name in schema["type"])
    if "maximum" in schema:
        return f"{kind} from {schema['minimum']} to {schema['maximum']}"
    if "minimum" in schema:
        return f"{kind}, {schema['minimum']} or more"
    return f"{kind} above 0" if "exclusiveMinimum" in schema else kind


_KINDS = {
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "array": "a list",
    "object": "an object",
    "string": "text",
}


def _date(value: str) -> dt.date:
    """A date as YYYY-MM-DD; of a date-time, as Meltano makes one of `3 days ago`, its date."""
    written = value[: len("YYYY-MM-DD")]
    date = dt.datetime.fromisoformat(value).date()
    if date.isoformat() != written:
        msg = "not YYYY-MM-DD"
        raise ValueError(msg)
    return date


def _is_safe_url(value: str) -> bool:
    """Whether a key may be sent there: by https, or to this machine."""
    url = urlsplit(value)
    plain = (
        url.hostname is not None
        and url.port != 0
        and not (url.username or url.password)
        and re.fullmatch(r"[\x21-\x7e]+", value) is not None
        and not {"?", "#"} & set(value)
    )
    safe = url.scheme == "https" or (url.scheme == "http" and _is_loopback(url.hostname))
    return plain and safe


def _is_loopback(host: str | None) -> bool:
    return host == "localhost" or ipaddress.ip_address(host or "").is_loopback


def _is_header(value: str) -> bool:
    return re.fullmatch(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?", value) is not None


def _is_call(entry: Mapping[str, Any]) -> bool:
    ucid = str(entry["ucid"])
    return ucid.isascii() and ucid.isdigit() and bool(_date(entry["call_date"]))


def _is_wait(seconds: float | Decimal) -> bool:
    """Whether a clock can wait so long; a number may be no number, or have no end."""
    return 0 < float(seconds) <= LONGEST_WAIT_SECONDS


#: Ten days: longer than anyone waits, shorter than what `time.sleep` refuses.
LONGEST_WAIT_SECONDS = 864_000

_A_DATE = "a date written as YYYY-MM-DD"

#: What a JSON schema cannot say: the setting, whether its value can be used, and what to write.
_RULES: dict[str, tuple[Callable[[Any], object], str]] = {
    "api_key": (_is_header, "one line of plain characters"),
    "user_agent": (_is_header, "one line of plain characters"),
    "api_url": (_is_safe_url, "an https address, such as the default"),
    "timezone": (ZoneInfo, "an IANA time zone, such as Asia/Kolkata"),
    "start_date": (_date, _A_DATE),
    "end_date": (_date, _A_DATE),
    "calls": (
        lambda calls: all(_is_call(each) for each in calls),
        "a list of {ucid, call_date}, with digits and a date written as YYYY-MM-DD",
    ),
    "rate_limit_period": (_is_wait, "a number of seconds above 0"),
    "request_timeout": (_is_wait, "a number of seconds above 0"),
    "cache_dir": (lambda folder: Path(folder).expanduser(), "a folder"),
}
