"""The errors of bodies that are not JSON, and the end of a record that is not."""

from __future__ import annotations

import json
import re

from tap_ozonetel.bodies.values import MAX_DEPTH

_OBJECT_END = re.compile(r"\}[ \t\r\n]*+(?=[,\]])")
_NEXT_OBJECT = re.compile(r",[ \t\r\n]*+(?=\{)")
_VALUE_END = re.compile(r"[ \t\r\n]*+[,\]]")
_DOCUMENT_END = re.compile(r"[ \t\r\n]*+(?:<!--|\Z)")

# Long integers stay strings, because Python does not convert them.
_decoder = json.JSONDecoder(strict=False, parse_int=str)


class InvalidJSONError(ValueError):
    """A body is not a complete JSON document: it is truncated, or not meant to be JSON."""


class MalformedJSONError(InvalidJSONError):
    """A body is meant to be JSON and is not truncated, but is not JSON.

    Its message names the byte and the record, with nothing of the content.

    Attributes:
        field: The name of the field, as the body has it.
        digest: The same for the same error in the same record.
        is_in_record: Whether the error is within one record.
        is_too_deep: Whether the body may be JSON, but is nested too deeply.
    """

    def __init__(
        self, byte: int, record: int | None, field: str | None, digest: bytes, *, is_too_deep: bool
    ) -> None:
        deep = f"JSON that is nested more than {MAX_DEPTH} levels deep,"
        what = deep if is_too_deep else "invalid JSON"
        where = f", in record {record:,}" if record else ""
        super().__init__(f"with {what} at byte {byte:,}{where}")
        self.field, self.digest = field, digest
        self.is_in_record, self.is_too_deep = record is not None, is_too_deep


def find_record_end(text: str, start: int) -> int | None:
    """Find the end of a record that is not JSON: the first bracket after which reading can go on.

    If a bracket is missing, this is not its end, and the document is not JSON either.

    Args:
        text: Text with the record and what follows it.
        start: The start of the record.

    Returns:
        The position after the record; None if its end is not certain.
    """
    ends = (match.end() for match in _OBJECT_END.finditer(text, start))
    return next((end for end in ends if _can_continue(text, end)), None)


def _can_continue(text: str, end: int) -> bool:
    """Whether a record that can be read, or the end of the document, follows."""
    next_object = _NEXT_OBJECT.match(text, end)
    try:
        if next_object:
            _, end = _decoder.raw_decode(text, next_object.end())
            return _VALUE_END.match(text, end) is not None
        rest = f'{{"details":[null{text[end:]}'
        _, end = _decoder.raw_decode(rest)
    except (ValueError, RecursionError):
        return False
    return _DOCUMENT_END.match(rest, end) is not None
