"""Reads JSON that only a lenient reader accepts, record by record.

Only what has one possible meaning is repaired:

- A byte order mark and comments (`<!-- -->`) outside of strings are dropped.
- Bytes that are not characters, and lone surrogates, become U+FFFD in their string.
- Raw control characters in a string are kept.
- NaN and infinite numbers become null.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

from tap_ozonetel.bodies.malformed import InvalidJSONError, MalformedJSONError, find_record_end
from tap_ozonetel.bodies.sequence import write_record
from tap_ozonetel.bodies.values import decode, encode

if TYPE_CHECKING:
    from tap_ozonetel.bodies.text import BodyText

#: What was repaired, and how often. A byte order mark and a charset are not counted.
Repairs = Counter[str]

_REPLACED = "invalid bytes or lone surrogates replaced by U+FFFD"
_KEPT = "raw control characters kept"
_NULL = "NaN or infinite numbers set to null"
_DROPPED = "comments dropped"

#: A body with more malformed records than this is rejected, even if they may be skipped.
MAX_MALFORMED_RECORDS = 20
#: A malformed record is searched for its end up to this length.
_MAX_RECORD_CHARACTERS = 1024**2
#: Python converts no longer integers. Such a number becomes a string of its digits.
_MAX_DIGITS = 4300
#: One more than the length of what may follow the start of a number, such as `e+`.
_LOOKAHEAD = 3

_CONTROL = re.compile(r"[\x00-\x1f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_MAY_BE_SURROGATE = re.compile("\\\\u[dD][89a-fA-F]|[\ud800-\udfff]")
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_NAME = re.compile(r'"([^"\\]*+)"[ \t\r\n]*+:')
#: What may be JSON if more text follows, from the position of an error on.
_MAY_CONTINUE = re.compile(
    r'(?:"(?:[^"\\]++|\\.)*+\\?|t[ru]{0,2}|f[a-s]{0,3}|n[ul]{0,2}|-?(?:Na?|I[a-z]{0,6})?'
    r"|\.|[eE][-+]?|\\?u?[0-9a-fA-F]{0,4})\Z",
    re.DOTALL,
)


class LenientReader:
    """Reads a body once.

    Args:
        text: The body.
        records: The file to which the records are written as a sequence.
        skips: Whether a record that is malformed is replaced by null.
    """

    def __init__(self, text: BodyText, records: IO[bytes], *, skips: bool) -> None:
        self.repairs = Repairs()
        self._text, self._records, self._skips = text, records, skips
        self._record = self._skipped = self._nulls = 0
        #: The start of the record, or of the field of the document, that is read.
        self._start, self._in_record = 0, False
        #: The fields so far. Another name may be a part of a string.
        self._names: set[str] = set()
        self._decoder = json.JSONDecoder(
            strict=False,
            parse_constant=self._parse_constant,
            parse_float=Decimal,
            parse_int=lambda digits: int(digits) if len(digits) < _MAX_DIGITS else digits,
        )

    def read(self) -> object:
        """Read the body.

        Returns:
            The JSON value without its records: if there are some, `details` is `[None]`.

        Raises:
            MalformedJSONError: The body is not JSON, although it is not truncated.
            InvalidJSONError: The body is truncated, or not meant to be JSON.
            ResponseTooLargeError: A value is too large for memory.
        """
        start = self._text.peek()
        if start not in {"{", "["}:
            raise InvalidJSONError("without JSON")
        value = self._read_document() if start == "{" else self._read_value()
        if self._text.peek():
            self._start = self._text.position
            raise self._malformed(self._start)
        self.repairs[_DROPPED] = self._text.comments
        self.repairs = +self.repairs
        return value

    def _read_document(self) -> dict[str, Any]:
        document: dict[str, Any] = {}
        self._take("{")
        if self._text.peek() == "}":
            self._take("}")
            return document
        while True:
            self._expect('"')
            self._start = self._text.position
            name = self._read_value()
            self._names.add(name)
            self._take(":")
            start = self._text.peek()
            if name == "details" and start == "[":
                document[name] = self._read_records()
            elif name == "details" and start == "{":
                document[name] = self._read_only_record()
            else:
                document[name] = self._read_value()
            if self._take(",}") == "}":
                return document | {"details": [None]} if self._record else document

    def _read_records(self) -> list[object]:
        """Read a list of records, and return one without them."""
        self._take("[")
        if self._text.peek() == "]":
            self._take("]")
            return []
        while True:
            write_record(self._records, self._read_record())
            if self._take(",]") == "]":
                return []
            self._text.forget()

    def _read_only_record(self) -> object:
        """Read an object in place of the list: the only record, if it has a single value."""
        record = self._read_record()
        if record is not None and all(isinstance(each, dict | list) for each in record.values()):
            self._record -= 1
            return {}
        write_record(self._records, record)
        return []

    def _read_record(self) -> Any:  # noqa: ANN401 - any JSON value
        """Read a record. One that is malformed is null, if it may be skipped."""
        text = self._text
        self._record += 1
        self._in_record = text.peek() in {"{", "["}
        self._start = start = text.position
        try:
            record = self._read_value()
        except MalformedJSONError as error:
            if not self._skips or not error.is_in_record or self._skipped == MAX_MALFORMED_RECORDS:
                raise
            while len(text.loaded) - start < _MAX_RECORD_CHARACTERS and text.load_more():
                pass
            end = find_record_end(text.loaded, start)
            if end is None:
                raise
            record, text.position = None, end
            self._skipped += 1
        if isinstance(record, dict):
            self._names.update(record)
        self._start, self._in_record = text.position, False
        return record

    def _read_value(self) -> Any:  # noqa: ANN401 - any JSON value
        """Read the value at the position, and repair it."""
        text = self._text
        while True:
            self._nulls = 0
            try:
                value, end = self._decoder.raw_decode(text.loaded, text.position)
                if end + _LOOKAHEAD > len(text.loaded) and text.load_more():
                    continue
                return self._repair(value, end)
            except json.JSONDecodeError as error:
                position = error.pos
            except ArithmeticError:
                # An exponent that Decimal does not support.
                raise self._malformed(text.position) from None
            except RecursionError:
                raise self._malformed(text.position, is_too_deep=True) from None
            if _MAY_CONTINUE.match(text.loaded, position):
                if not text.load_more():
                    raise InvalidJSONError("with truncated JSON")
            elif not text.blank_out(position):
                raise self._malformed(position)

    def _repair(self, value: Any, end: int) -> Any:  # noqa: ANN401 - any JSON value
        """Repair a value that was read, count the repairs, and move to its end."""
        loaded, start = self._text.loaded, self._text.position
        if _MAY_BE_SURROGATE.search(loaded, start, end):
            value = self._replace_surrogates(value)
        # It is what msgspec will read, or it is nested too deeply.
        value = decode(encode(value))
        if _CONTROL.search(loaded, start, end):
            strings = "".join(_STRING.findall(loaded, start, end))
            self.repairs[_KEPT] += len(_CONTROL.findall(strings))
        if self._text.has_invalid_bytes:
            self.repairs[_REPLACED] += loaded.count("\ufffd", start, end)
        self.repairs[_NULL] += self._nulls
        self._text.position = end
        return value

    def _replace_surrogates(self, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        if isinstance(value, str):
            value, count = _SURROGATE.subn("\ufffd", value)
            self.repairs[_REPLACED] += count
        elif isinstance(value, list):
            return [self._replace_surrogates(each) for each in value]
        elif isinstance(value, dict):
            replace = self._replace_surrogates
            return {replace(name): replace(each) for name, each in value.items()}
        return value

    def _parse_constant(self, _: str) -> None:
        self._nulls += 1

    def _expect(self, characters: str) -> str:
        """Move to the next token, which must start with one of some characters."""
        character = self._text.peek()
        if not character:
            raise InvalidJSONError("with truncated JSON")
        if character not in characters:
            raise self._malformed(self._text.position)
        return character

    def _take(self, characters: str) -> str:
        """Read the next token, which must be one of some characters."""
        character = self._expect(characters)
        self._text.position += 1
        return character

    def _malformed(self, position: int, *, is_too_deep: bool = False) -> MalformedJSONError:
        loaded = self._text.loaded
        names = _NAME.findall(loaded, self._start, position)
        known = [name for name in names if name in self._names or self._record == 1]
        return MalformedJSONError(
            self._text.find_byte(position),
            self._record if self._in_record else None,
            known[-1] if known else None,
            hashlib.sha256(loaded[self._start : position + 1].encode(errors="replace")).digest(),
            is_too_deep=is_too_deep,
        )
