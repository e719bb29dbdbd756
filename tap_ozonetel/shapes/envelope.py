"""The shape of a response: its headers, and the names and types in its envelope."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tap_ozonetel.shapes.json_types import json_type
from tap_ozonetel.shapes.known_values import (
    ENVELOPE_FIELDS,
    KNOWN_MESSAGES,
    STATUS_WORDS,
    describe_name,
)
from tap_ozonetel.shapes.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Mapping

_MESSAGES = {message.casefold(): message for message in KNOWN_MESSAGES}
_MAX_FIELDS = 20
_CONTENT_TYPE = re.compile(
    r"(application/json|text/(html|plain|json|xml)|application/xml)"
    r"(; ?charset=(utf-8|iso-8859-1|us-ascii|windows-1252))?",
    re.IGNORECASE,
)
_ENCODINGS = frozenset({"gzip", "deflate", "br", "zstd", "identity"})
#: More calls than a day has, and fewer digits than a phone number.
_MAX_COUNT = 10_000_000
_COUNT = re.compile(r"[0-9]{1,7}")


def describe_headers(headers: Mapping[str, str]) -> str:
    """The content type and the encoding of a response, or their patterns."""
    content_type, encoding = headers.get("Content-Type"), headers.get("Content-Encoding")
    return ", ".join(
        [
            "no content type"
            if content_type is None
            else content_type
            if _CONTENT_TYPE.fullmatch(content_type)
            else _unknown(content_type),
            "no encoding"
            if encoding is None
            else encoding
            if encoding in _ENCODINGS
            else _unknown(encoding),
        ]
    )


def describe_envelope(envelope: object, records: int | None = None) -> str:
    """The names and types in an envelope.

    Args:
        envelope: The JSON value of a response, without its records. None if it is not JSON.
        records: The number of its records, if it is a response with or without records.

    Returns:
        One line such as `status string "success", details array, 120 records`.
    """
    if envelope is None:
        return "not JSON"
    if not isinstance(envelope, dict):
        return json_type(envelope)
    fields = [_describe_field(name, value) for name, value in envelope.items()]
    if len(fields) > _MAX_FIELDS:
        fields[_MAX_FIELDS:] = [f"and {len(fields) - _MAX_FIELDS:,} more"]
    if records is not None:
        fields.append(f"{records:,} record{'s' * (records != 1)}")
    return ", ".join(fields) or "no fields"


def _describe_field(name: str, value: object) -> str:
    shown = name if name in ENVELOPE_FIELDS else f"{describe_name(name)} (unknown)"
    return " ".join(filter(None, [shown, json_type(value), _describe_value(name, value)]))


def _describe_value(name: str, value: object) -> str:
    """The value of a field that shows what a response means."""
    match name, value:
        case "status", bool():
            return str(value).lower()
        case "status", str():
            return f'"{value}"' if value.lower() in STATUS_WORDS else _unknown(value)
        case "message", str():
            known = _MESSAGES.get(value.strip().casefold())
            return f'"{known}"' if known else _unknown(value)
        case "totalCount", int() | str() if not isinstance(value, bool):
            return _describe_count(value)
    return ""


def _describe_count(value: int | str) -> str:
    if isinstance(value, str):
        return f"{int(value):,}" if _COUNT.fullmatch(value) else _unknown(value)
    return f"{value:,}" if 0 <= value < _MAX_COUNT else "out of range"


def _unknown(value: str) -> str:
    return f'"{pattern(value)}" (unknown)'
