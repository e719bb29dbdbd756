"""Reads a body: the envelope, which shows what kind of response it is, and the records in it.

A body may have hundreds of megabytes, so it is never in memory as a whole. msgspec reads valid
bodies in chunks. A body that it rejects goes to a lenient reader, which replaces the body by its
records, stored as a sequence.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any

from tap_ozonetel.bodies.chunks import CHUNK_BYTES, find_records_start, read_chunks
from tap_ozonetel.bodies.lenient import LenientReader, Repairs
from tap_ozonetel.bodies.sequence import is_sequence, read_sequence
from tap_ozonetel.bodies.text import BodyText
from tap_ozonetel.bodies.values import PARSE_ERRORS, decode
from tap_ozonetel.spool import SPOOL_BYTES, spool_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Cap on what comes before and after the chunks of records. What is longer has something that
#: msgspec rejects, or is not a response with a list of records.
_MAX_REST_BYTES = 1024**2
#: A name that no body has, in place of the first `details`.
_RECORDS = "tap-ozonetel: the first list of records"


@dataclass(frozen=True, slots=True)
class Envelope:
    """A body without its records."""

    #: The JSON value. If there are records, its `details` is `[None]`.
    value: object
    #: What was repaired in the body, and how often.
    repairs: Repairs = field(default_factory=Repairs)


def read_envelope(
    body: IO[bytes],
    charset: str | None = None,
    *,
    skip_malformed: bool = False,
    chunk_bytes: int = CHUNK_BYTES,
) -> Envelope:
    """Read a body without its records, which are only checked.

    The records are the items of the list `details`, or the object `details` if it has a value that
    is neither an object nor a list.

    Args:
        body: The body. If only a lenient reader accepts it, its content is replaced by its records.
        charset: The charset that its sender declares.
        skip_malformed: Whether to replace records that are not JSON by null.
        chunk_bytes: The size of one read.

    Raises:
        MalformedJSONError: The body is not JSON, although it is not truncated.
        InvalidJSONError: The body is truncated, or not meant to be JSON.
        ResponseTooLargeError: A value other than the list of records is too large for memory.
    """
    try:
        return Envelope(_read_clean_envelope(body, chunk_bytes))
    except PARSE_ERRORS:
        pass
    with spool_errors(), SpooledTemporaryFile(max_size=SPOOL_BYTES) as records:
        text = BodyText(body, charset, chunk_bytes)
        reader = LenientReader(text, records, skips=skip_malformed)
        value = reader.read()
        records.seek(0)
        body.seek(0)
        body.truncate()
        shutil.copyfileobj(records, body)
    return Envelope(value, reader.repairs)


def read_records(body: IO[bytes], chunk_bytes: int = CHUNK_BYTES) -> Iterator[object]:
    """Read the records of a body whose envelope has been read, or of a sequence.

    Args:
        body: The body. The caller must not move its position between two records.
        chunk_bytes: The size of one read.

    Yields:
        The records, with integers exact and other numbers as `Decimal`.
    """
    if is_sequence(body):
        yield from read_sequence(body)
    elif start := find_records_start(body, chunk_bytes):
        end = start
        for records, end in read_chunks(body, start, chunk_bytes):  # noqa: B007 - used below
            yield from records
        yield from _read_rest(body, start, end)[_RECORDS]


def _read_clean_envelope(body: IO[bytes], chunk_bytes: int) -> object:
    """Read an envelope with msgspec, or raise one of `PARSE_ERRORS`."""
    start = end = find_records_start(body, chunk_bytes)
    if start:
        for _, end in read_chunks(body, start, chunk_bytes):  # noqa: B007 - used below
            pass
    document = _read_rest(body, start, end)
    if start:
        last_records = document.pop(_RECORDS)
        has_other = "details" in document
        document["details"] = [None] if last_records or end > start else []
    else:
        details = document.get("details") if isinstance(document, dict) else None
        has_other = isinstance(details, dict | list) and bool(details)
    if has_other:
        raise ValueError("the records are not, or not only, in the list that was found")
    return document


def _read_rest(body: IO[bytes], start: int, end: int) -> Any:  # noqa: ANN401 - any JSON value
    """Read a body without the records from `start` to `end`. The later ones are in `_RECORDS`."""
    if body.seek(0, os.SEEK_END) - end > _MAX_REST_BYTES:
        raise ValueError("the rest is too long")
    body.seek(0)
    head = body.read(start)
    body.seek(end)
    if start:
        head = b'%b"%b":[' % (head[: head.rindex(b'"details"')], _RECORDS.encode())
    return decode(head + body.read())
