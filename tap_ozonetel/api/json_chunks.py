"""Takes the records of a long answer in pieces of many, which msgspec reads each at once.

A streaming parser makes an event of every name and every value; a parser of whole documents does
not, and needs a quarter of the time for the same records (`benchmarks/README.md`). So a piece is
cut out of the list behind a record, read as a document of its own, and proves itself: what begins
at a record and is read without fault ends at one.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import IO, TYPE_CHECKING, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

#: So much of a body is looked at in one go: some 50 records.
CHUNK_BYTES = 64 * 1024

_DETAILS_OPEN = re.compile(rb'"details"[ \t\r\n]*:[ \t\r\n]*\[')

# Up to the last place that looks like one between two records. In a text, or in a list inside a
# record, it is none: then what stands before it is no document.
_UP_TO_NEXT_RECORD = re.compile(rb"(.*\})[ \t\r\n]*,[ \t\r\n]*\{", re.DOTALL)

_list_decoder = msgspec.json.Decoder(list[object], float_hook=Decimal)
_object_decoder = msgspec.json.Decoder(dict[str, object], float_hook=Decimal)

# What msgspec raises at what it does not read. ArithmeticError: an exponent that no Decimal has.
_NO_DOCUMENT = (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError)


class Piece(NamedTuple):
    """Records that follow each other."""

    records: list[object]
    #: Where the next record begins in the body.
    end: int


def start_of_list(body: IO[bytes], chunk_bytes: int = CHUNK_BYTES) -> int:
    """Find where the list of the records begins.

    Args:
        body: The whole body, anywhere.
        chunk_bytes: How much of the body's head is looked at.

    Returns:
        The place behind the list's `[`; 0 where there is none in the head.
    """
    body.seek(0)
    head = body.read(chunk_bytes)
    ends = (found.end() for found in _DETAILS_OPEN.finditer(head))
    return next((end for end in ends if _is_outermost(head[:end])), 0)


def _is_outermost(head: bytes) -> bool:
    """Whether the list that begins at the end of `head` is the answer's own, in no other value."""
    try:
        _object_decoder.decode(head + b"]}")
    except _NO_DOCUMENT:
        return False
    return True


def pieces(body: IO[bytes], start: int, chunk_bytes: int = CHUNK_BYTES) -> Iterator[Piece]:
    """Take records from the beginning of a list, as far as this goes: never the last one.

    It ends where msgspec makes nothing of what follows, be it broken, the end of the list, or JSON
    that msgspec does not take (half a surrogate pair, numbers of thousands of digits).

    Args:
        body: The whole body; it must be left where it is between two pieces.
        start: Where the list's first record begins.
        chunk_bytes: How much is read in one go.

    Yields:
        Pieces of at least one record, with whole numbers exact and others as `Decimal`.
    """
    body.seek(start)
    end, buffer = start, b""
    while chunk := body.read(chunk_bytes):
        buffer += chunk
        records, length = _whole_records(buffer)
        if not records:
            return
        end += length
        buffer = buffer[length:]
        yield Piece(records, end)


def _whole_records(buffer: bytes) -> tuple[list[object], int]:
    """The records at the beginning of a stretch of a list, and where the one behind them begins."""
    end = len(buffer)
    while cut := _UP_TO_NEXT_RECORD.match(buffer, 0, end):
        end = cut.end() - 1
        try:
            return _list_decoder.decode(b"[%b]" % cut[1]), end
        except _NO_DOCUMENT:
            continue
    return [], 0
