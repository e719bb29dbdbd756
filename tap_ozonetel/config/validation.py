"""Validates the settings before the first request."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from jsonschema import Draft7Validator

from tap_ozonetel.config.parsing import is_loopback, parse_date
from tap_ozonetel.config.stream_maps import find_stream_map_problems
from tap_ozonetel.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from decimal import Decimal


def validate_config(config: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
    """Check that all parsed settings can be used.

    Raises:
        ConfigError: One line with every setting that is missing or invalid, never with its value.
    """
    problems = dict(_find_problems(config, schema))
    if problems:
        raise ConfigError("; ".join(problems.values()))


def _find_problems(
    config: Mapping[str, Any], schema: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Yield settings and their problems. A later problem of a setting replaces an earlier one."""
    for name in schema["required"]:
        if name not in config:
            yield name, f"The setting {name} is required"
    properties = schema["properties"]
    for error in Draft7Validator({"properties": properties}).iter_errors(config):
        name = str(error.absolute_path[0])
        yield name, f"The setting {name} must be {_describe_type(properties[name])}"
    for name, (is_valid, expected) in _RULES.items():
        if name in config and not _passes(is_valid, config[name]):
            yield name, f"The setting {name} must be {expected}"
    if isinstance(maps := config.get("stream_maps"), dict):
        for problem in find_stream_map_problems(maps):
            yield problem, f"The setting {problem}"
    if isinstance(values := config.get("stream_map_config"), dict):
        for name in (name for name, value in values.items() if value is None or value == ""):
            # A variable that is not set. Hashes without their salt could be reversed.
            yield f"stream_map_config.{name}", f"The setting stream_map_config.{name} is empty"


def _passes(is_valid: Callable[[Any], object], value: object) -> bool:
    try:
        return bool(is_valid(value))
    # The value may have any type. ZoneInfo raises OSError for a path that it cannot read, and
    # expanduser RuntimeError for an unknown user.
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


def _describe_type(schema: Mapping[str, Any]) -> str:
    """Describe the values that a setting accepts."""
    if "enum" in schema:
        return " or ".join(str(value) for value in schema["enum"])
    kind = next(each for name, each in _TYPE_DESCRIPTIONS.items() if name in schema["type"])
    if "maximum" in schema:
        return f"{kind} from {schema['minimum']} to {schema['maximum']}"
    if "minimum" in schema:
        return f"{kind}, {schema['minimum']} or more"
    return f"{kind} above 0" if "exclusiveMinimum" in schema else kind


_TYPE_DESCRIPTIONS = {
    "boolean": "true or false",
    "integer": "an integer",
    "number": "a number",
    "array": "a list",
    "object": "an object",
    "string": "a string",
}


def _is_safe_url(value: str) -> bool:
    """Whether it is safe to send an API key to a URL: over https, or to this machine."""
    url = urlsplit(value)
    is_plain = (
        url.hostname is not None
        and url.port != 0
        and not (url.username or url.password)
        and re.fullmatch(r"[\x21-\x7e]+", value) is not None
        and not {"?", "#"} & set(value)
    )
    is_safe = url.scheme == "https" or (url.scheme == "http" and is_loopback(url.hostname))
    return is_plain and is_safe


def _is_one_line(value: str) -> bool:
    """Whether a string is one line with no spaces, quotes or invisible characters around it.

    They are left over from a file or a secret. The API would reject such a username, and find no
    calls of such a campaign.
    """
    categories = list(map(unicodedata.category, value))
    return (
        not _LINE_CATEGORIES.intersection(categories)
        and not _SPACE_CATEGORIES.intersection((categories[0], categories[-1]))
        and not (len(value) > 1 and value[0] == value[-1] and value[0] in "\"'`")
    )


#: Controls, line and paragraph separators, and lone surrogates.
_LINE_CATEGORIES = frozenset({"Cc", "Zl", "Zp", "Cs"})
#: Spaces, and characters of no width. Within Indic words, the latter have a meaning.
_SPACE_CATEGORIES = frozenset({"Zs", "Cf"})


def _is_header(value: str) -> bool:
    return value.isascii() and _is_one_line(value)


def _is_directory(value: str) -> bool:
    return value == "" or (_is_one_line(value) and bool(Path(value).expanduser()))


def _is_call(entry: Mapping[str, Any]) -> bool:
    ucid = str(entry["ucid"])
    return ucid.isascii() and ucid.isdigit() and bool(parse_date(entry["call_date"]))


def _is_wait(seconds: float | Decimal) -> bool:
    # Not NaN or infinity either.
    return 0 < float(seconds) <= MAX_WAIT_SECONDS


#: Ten days. `time.sleep` raises for much longer times.
MAX_WAIT_SECONDS = 864_000

_LINE_DESCRIPTION = (
    "one line of printable characters, with no leading or trailing spaces and no quotes around it"
)
_DATE_DESCRIPTION = "a date as YYYY-MM-DD"

#: What the JSON schema cannot express: for each setting a check, and what is expected.
_RULES: dict[str, tuple[Callable[[Any], object], str]] = {
    "api_key": (_is_header, f"{_LINE_DESCRIPTION}, in ASCII"),
    "user_agent": (_is_header, f"{_LINE_DESCRIPTION}, in ASCII"),
    "username": (_is_one_line, _LINE_DESCRIPTION),
    "campaign_name": (_is_one_line, _LINE_DESCRIPTION),
    "call_type": (_is_one_line, _LINE_DESCRIPTION),
    "call_status": (_is_one_line, _LINE_DESCRIPTION),
    "api_url": (_is_safe_url, "an https URL, such as https://in1-ccaas-api.ozonetel.com"),
    "timezone": (ZoneInfo, "an IANA time zone, such as Asia/Kolkata"),
    "start_date": (parse_date, _DATE_DESCRIPTION),
    "end_date": (parse_date, _DATE_DESCRIPTION),
    "calls": (
        lambda calls: all(_is_call(call) for call in calls),
        "a list of {ucid, call_date}, with digits and a date as YYYY-MM-DD",
    ),
    "rate_limit_period": (_is_wait, "a number of seconds above 0"),
    "request_timeout": (_is_wait, "a number of seconds above 0"),
    "cache_dir": (
        _is_directory,
        "a directory, with no leading or trailing spaces and no quotes around it",
    ),
}
