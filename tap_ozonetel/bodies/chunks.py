"""Reads the records of a long response in chunks that msgspec parses at once.

A streaming parser creates an event for every name and value. A parser of whole documents does not,
and takes a quarter of the time for the same records (benchmarks/README.md). So a chunk of the list
is cut off at the end of a record and parsed as a document of its own. This proves the cut: what
starts at a record and parses without an error also ends at one.
"""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING

from tap_ozonetel.bodies.values import PARSE_ERRORS, decode

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The size of one read, some 50 records.
CHUNK_BYTES = 64 * 1024

_DETAILS_OPEN = re.compile(rb'"details"[ \t\r\n]*:[ \t\r\n]*\[')

# Matches up to the last place that looks like the border of two records. Inside of a string or
# a nested list it is not a border, and what comes before it does not parse.
_UP_TO_NEXT_RECORD = re.compile(rb"(.*\})[ \t\r\n]*,[ \t\r\n]*\{", re.DOTALL)


def find_records_start(body: IO[bytes], chunk_bytes: int = CHUNK_BYTES) -> int:
    """Find the position after the `[` of the list `details`; 0 if the first chunk has none."""
    body.seek(0)
    head = body.read(chunk_bytes)
    ends = (match.end() for match in _DETAILS_OPEN.finditer(head))
    return next((end for end in ends if _is_top_level(head[:end])), 0)


def _is_top_level(head: bytes) -> bool:
    """Whether the list that starts at the end of `head` is not inside another value."""
    try:
        return isinstance(decode(head + b"]}"), dict)
    except PARSE_ERRORS:
        return False


def read_chunks(
    body: IO[bytes], start: int, chunk_bytes: int = CHUNK_BYTES
) -> Iterator[tuple[list[object], int]]:
    """Read the records of a list, except the last one.

    Reading stops early at anything that msgspec does not parse: invalid JSON, or valid JSON that
    msgspec does not support (lone surrogates, numbers of thousands of digits).

    Args:
        body: The body. The caller must not move its position between two chunks.
        start: The position of the first record.
        chunk_bytes: The size of one read.

    Yields:
        At least one record, with integers exact and other numbers as `Decimal`, and the position of
        the next one.
    """
    body.seek(start)
    end, buffer = start, b""
    while chunk := body.read(chunk_bytes):
        buffer += chunk
        records, length = _parse_whole_records(buffer)
        if not records:
            return
        end += length
        buffer = buffer[length:]
        yield records, end


def _parse_whole_records(buffer: bytes) -> tuple[list[object], int]:
    """Parse the records at the start of a buffer, and return the position of the next one."""
    end = len(buffer)
    while match := _UP_TO_NEXT_RECORD.match(buffer, 0, end):
        end = match.end() - 1
        try:
            return decode(b"[%b]" % match[1]), end
        except PARSE_ERRORS:
            continue
    return [], 0
