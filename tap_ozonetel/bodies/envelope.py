"""Reads the JSON of a response body: the envelope, and the records in it.

A body may have hundreds of megabytes, so it is never in memory as a whole.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import contextmanager
from functools import partial
from itertools import chain
from typing import IO, TYPE_CHECKING, cast

from ijson import from_iter

# The backend by its name, so that ijson cannot fall back to a slower one.
from ijson.backends import yajl2_c as ijson
from ijson.common import JSONError, ObjectBuilder

from tap_ozonetel.bodies.chunks import CHUNK_BYTES, find_records_start, read_chunks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: The prefix of the records in the events of ijson.
_RECORDS_PREFIX = "details.item"


#: The depth of nested brackets that ijson may read. The records are at level 3. Without a limit,
#: its memory grows with the square of the depth (measured). msgspec has a limit of its own, some
#: 1,000 levels, and leaves what is deeper to ijson.
MAX_DEPTH = 100

#: The errors of ijson. ArithmeticError: an exponent that Decimal does not support.
IJSON_ERRORS = (JSONError, ValueError, ArithmeticError)

# yajl reads half of a surrogate pair as "?", and skips a character after it (measured).
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")


class InvalidJSONError(ValueError):
    """A body is not a complete JSON document."""


def read_envelope(
    body: IO[bytes], chunk_bytes: int = CHUNK_BYTES, *, reject_surrogates: bool = False
) -> object:
    """Read a body without its records, which are only checked.

    Args:
        body: The body.
        chunk_bytes: The size of one read.
        reject_surrogates: Whether to reject escaped surrogate pairs in a part that msgspec does not
            read, because ijson cannot tell a pair from a half.

    Returns:
        The JSON value. If its list `details` has records, it has one item, `None`. If its `details`
        is an object, it is empty.

    Raises:
        InvalidJSONError: The body is not a complete JSON document, or it is nested too deeply.
    """
    start = end = find_records_start(body, chunk_bytes)
    for chunk in read_chunks(body, start, chunk_bytes):
        end = chunk.end
    # Without the line end, yajl accepts the start of a text after the document.
    chunks: Iterable[bytes] = chain(_without(body, start, end, chunk_bytes), [b"\n"])
    if reject_surrogates:
        chunks = _without_surrogates(chunks)
    try:
        with unlimited_int_digits():
            return _build_envelope(_to_file(chunks))
    except IJSON_ERRORS:
        # The message of ijson quotes the body.
        raise InvalidJSONError("not a complete JSON document") from None


def _build_envelope(document: IO[bytes]) -> object:
    """Build a JSON document without the content of its `details`."""
    builder, depth, name = ObjectBuilder(), 0, None
    for event, value in ijson.basic_parse(document):
        depth -= event in {"end_map", "end_array"}
        if depth > 1 and name == "details":
            if builder.value["details"] == []:
                builder.event("null", None)
        else:
            builder.event(event, value)
        if depth == 1 and event == "map_key":
            name = value
        depth += event in {"start_map", "start_array"}
        if depth > MAX_DEPTH:
            raise InvalidJSONError("nested too deeply")
    if name is not None and _RECORDS_PREFIX in builder.value:
        # ijson cannot tell the value of a field with this name from a record.
        raise InvalidJSONError(_RECORDS_PREFIX)
    return builder.value


def read_records(body: IO[bytes], chunk_bytes: int = CHUNK_BYTES) -> Iterator[object]:
    """Read the records of classified responses.

    Args:
        body: Any number of JSON documents, one after the other. The caller must not move its
            position between two records.
        chunk_bytes: The size of one read.

    Yields:
        The items of each `details`, with integers exact and other numbers as `Decimal`.
    """
    if not body.seek(0, os.SEEK_END):
        return
    start = end = find_records_start(body, chunk_bytes)
    for chunk in read_chunks(body, start, chunk_bytes):
        yield from chunk.records
        end = chunk.end
    rest = _to_file(_without(body, start, end, chunk_bytes))
    records = ijson.items(rest, _RECORDS_PREFIX, multiple_values=True)
    while True:
        with unlimited_int_digits():
            record = next(records, _END)
        if record is _END:
            return
        yield record


_END = object()


@contextmanager
def unlimited_int_digits() -> Iterator[None]:
    """Lift the interpreter's limit of 4,300 digits per integer.

    With the limit, the C backend of ijson 3.5 crashes the process on a longer integer (measured).
    """
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        yield
    finally:
        sys.set_int_max_str_digits(limit)


def _without(body: IO[bytes], start: int, end: int, chunk_bytes: int) -> Iterator[bytes]:
    """The body without the bytes from `start` to `end`."""
    body.seek(0)
    head = body.read(start)
    body.seek(end)
    return chain([head] if head else [], iter(partial(body.read, chunk_bytes), b""))


def _without_surrogates(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Check that there is no escape of a surrogate, not even of a whole pair."""
    end = b""
    for chunk in chunks:
        if _SURROGATE_ESCAPE.search(end := end + chunk):
            raise InvalidJSONError("an escape of a surrogate")
        end = end[-3:]
        yield chunk


def _to_file(chunks: Iterable[bytes]) -> IO[bytes]:
    """A file that can only be read."""
    return cast("IO[bytes]", from_iter(chunks))
