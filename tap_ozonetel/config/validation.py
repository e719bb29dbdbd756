"""Which configurations are refused, before the first request."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from jsonschema import Draft7Validator

from tap_ozonetel.config.parsing import parsed_date
from tap_ozonetel.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from decimal import Decimal


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
    return ucid.isascii() and ucid.isdigit() and bool(parsed_date(entry["call_date"]))


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
    "start_date": (parsed_date, _A_DATE),
    "end_date": (parsed_date, _A_DATE),
    "calls": (
        lambda calls: all(_is_call(each) for each in calls),
        "a list of {ucid, call_date}, with digits and a date written as YYYY-MM-DD",
    ),
    "rate_limit_period": (_is_wait, "a number of seconds above 0"),
    "request_timeout": (_is_wait, "a number of seconds above 0"),
    "cache_dir": (lambda folder: Path(folder).expanduser(), "a folder"),
}
