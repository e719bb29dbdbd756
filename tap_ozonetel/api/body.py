"""Reads the body of an answer: what stands around the records, and the records.

Bodies run to hundreds of megabytes: none is ever held in memory.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from itertools import chain
from typing import IO, TYPE_CHECKING, cast

from ijson import from_iter

# The backend by name: a slower one must not step in unnoticed.
from ijson.backends import yajl2_c as ijson
from ijson.common import JSONError, ObjectBuilder

from tap_ozonetel.api.json_chunks import CHUNK_BYTES, pieces, start_of_list

if TYPE_CHECKING:
    from collections.abc import Iterator

# The C backend of ijson 3.5 crashes the process on an integer with more digits than the interpreter
# converts by default, 4,300 (measured); without that bound it comes out as any other number.
sys.set_int_max_str_digits(0)

#: What ijson calls the items of the list `details`.
_ITEMS = "details.item"


class BrokenBodyError(ValueError):
    """A body that is no whole JSON document."""


def envelope(body: IO[bytes], chunk_bytes: int = CHUNK_BYTES) -> object:
    """The answer around the records; the records are checked and left out.

    Args:
        body: The whole body.
        chunk_bytes: How much of it is looked at in one go.

    Returns:
        The JSON value. A list `details` that has records has one item in their place, `None`; an
        object `details` is empty.

    Raises:
        BrokenBodyError: The body is not one whole JSON document.
    """
    start = end = start_of_list(body, chunk_bytes)
    for piece in pieces(body, start, chunk_bytes):
        end = piece.end
    try:
        return _outline(_without(body, start, end, chunk_bytes))
    # ArithmeticError: an exponent that no Decimal has.
    except (JSONError, ValueError, ArithmeticError):
        # ijson's message quotes the body.
        msg = "no whole JSON document"
        raise BrokenBodyError(msg) from None


def _outline(document: IO[bytes]) -> object:
    """A JSON document without what stands in its `details`."""
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
    if name is not None and _ITEMS in builder.value:
        # ijson could not tell its value from a record.
        raise BrokenBodyError(_ITEMS)
    return builder.value


def records(body: IO[bytes], chunk_bytes: int = CHUNK_BYTES) -> Iterator[object]:
    """Read the records of judged answers as a stream.

    Args:
        body: JSON documents, one after the other, or none; it must be left where it is between two
            records.
        chunk_bytes: How much of it is looked at in one go.

    Yields:
        The items of each `details`, with whole numbers exact and others as `Decimal`.
    """
    if not body.seek(0, os.SEEK_END):
        return
    start = end = start_of_list(body, chunk_bytes)
    for piece in pieces(body, start, chunk_bytes):
        yield from piece.records
        end = piece.end
    rest = _without(body, start, end, chunk_bytes)
    yield from ijson.items(rest, _ITEMS, multiple_values=True)


def _without(body: IO[bytes], start: int, end: int, chunk_bytes: int) -> IO[bytes]:
    """The body without what stands from `start` to `end`: again one of the same form."""
    body.seek(0)
    head = body.read(start)
    body.seek(end)
    chunks = chain([head] if head else [], iter(partial(body.read, chunk_bytes), b""))
    return cast("IO[bytes]", from_iter(chunks))
