"""Finds the place at which a body is not JSON, and cuts out the record around it."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass, field
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any

from ijson.backends import yajl2_c as ijson
from ijson.utils import sendable_list

from tap_ozonetel.api.redaction import redact
from tap_ozonetel.bodies.chunks import CHUNK_BYTES
from tap_ozonetel.bodies.envelope import IJSON_ERRORS, MAX_DEPTH, unlimited_int_digits
from tap_ozonetel.spool import SPOOL_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable

_MAX_NUMBER_BYTES = 64
#: A broken record is searched for its end up to this length.
_MAX_RECORD_BYTES = 1024 * 1024

_OBJECT_END = re.compile(rb"\}[ \t\r\n]*(?=[,\]])")
_RECORD_START = re.compile(r",[ \t\r\n]*(?=\{)")
_NUMBER_END = re.compile(rb"[-+.0-9eE]+\Z")
_VALUE_END = re.compile(r"[ \t\r\n]*[,\]]")
_json_decoder = json.JSONDecoder()

# The depths, in open brackets, of what is in the document, in `details` and in a record.
_IN_DOCUMENT, _IN_DETAILS, _IN_RECORD = 1, 2, 3


@dataclass(slots=True)
class ErrorPlace:
    """The place at which a body is not JSON."""

    #: The byte.
    position: int = 0
    #: The first byte of the record.
    record_start: int | None = None
    #: The number of the record, from 1.
    record: int = 0
    #: The field of the record, or of the document.
    name: str | None = None
    is_too_deep: bool = False

    def describe(self, position: int) -> str:
        """Describe the place, with nothing of the content.

        Args:
            position: The byte to name.
        """
        depth = f", which is nested more than {MAX_DEPTH} levels deep,"
        what = f"with JSON{depth}" if self.is_too_deep else "with invalid JSON"
        record = f", in record {self.record:,}" if self.record_start is not None else ""
        name = f", in the field {redact(self.name)}" if self.name else ""
        return f"{what} at byte {position:,}{record}{name}"


@dataclass(slots=True)
class _Progress:
    """Follows the events of a document."""

    depth: int = 0
    top_name: str | None = None
    #: The fields of the records so far.
    known_names: set[str] = field(default_factory=set)
    names: list[str] = field(default_factory=list)
    place: ErrorPlace = field(default_factory=ErrorPlace)

    def read(self, events: Iterable[tuple[str, Any]], position: int) -> None:
        """Read the events that ended at a byte, up to one that is nested too deeply."""
        place = self.place
        for event, value in events:
            if event == "map_key":
                self._read_name(value)
                continue
            if event in {"end_map", "end_array"}:
                self.depth -= 1
                if self.depth == _IN_DETAILS and place.record_start is not None:
                    self.known_names.update(self.names)
                    place.record_start, place.name = None, self.top_name
                continue
            starts = event in {"start_map", "start_array"}
            if self.depth == _IN_DETAILS and self.top_name == "details":
                place.record += 1
                if starts:
                    place.record_start, place.name = position, None
                    self.names = []
            self.depth += starts
            place.is_too_deep = self.depth > MAX_DEPTH
            if place.is_too_deep:
                return

    def _read_name(self, name: str) -> None:
        """Note the name of the field, unless it may be a part of a text."""
        if self.depth == _IN_DOCUMENT:
            self.top_name = self.place.name = name
        elif self.depth == _IN_RECORD and self.place.record_start is not None:
            self.names.append(name)
            is_known = name in self.known_names or self.place.record == 1
            self.place.name = name if is_known else None


def find_error(body: IO[bytes]) -> ErrorPlace | None:
    """Find the first byte at which a body is not JSON.

    Args:
        body: The body. Its position does not matter.

    Returns:
        The place; None if the body is the start of a JSON document, or a whole one.
    """
    progress = _find(body, CHUNK_BYTES, [])
    if progress is None:
        return None
    # Again, byte by byte where it matters: at the start of the record and at the error.
    chunk_starts = [progress.place.position, progress.place.record_start]
    progress = _find(body, CHUNK_BYTES, [start for start in chunk_starts if start is not None])
    if progress is None:
        return None
    place = progress.place
    # yajl reports a number that it does not expect at the end of the number.
    start = max(place.position - _MAX_NUMBER_BYTES, 0)
    body.seek(start)
    place.position = start + len(_NUMBER_END.sub(b"", body.read(place.position - start)))
    return place


def _find(body: IO[bytes], chunk_bytes: int, exact: list[int]) -> _Progress | None:
    """Parse until the first error.

    Args:
        body: The body.
        chunk_bytes: The size of one read.
        exact: The starts of the chunks to parse byte by byte.

    Returns:
        The progress, whose positions are the starts of chunks or exact bytes; None without error.
    """
    progress, events = _Progress(), sendable_list()
    parser = ijson.basic_parse_coro(events)
    body.seek(0)
    start = 0
    for chunk in iter(partial(body.read, chunk_bytes), b""):
        size = 1 if start in exact else len(chunk)
        for offset in range(0, len(chunk), size):
            progress.place.position = position = start + offset
            try:
                with unlimited_int_digits():
                    parser.send(chunk[offset : offset + size])
            except IJSON_ERRORS:
                progress.read(events, position)
                return progress
            progress.read(events, position)
            if progress.place.is_too_deep:
                return progress
            events.clear()
        start += len(chunk)
    return None


def replace_broken_record(body: IO[bytes], place: ErrorPlace) -> IO[bytes] | None:
    """Write a copy of a body with null in the place of a record that is not JSON.

    The record ends at the first bracket after which the next record, or the end of the document,
    can be read. If this is not its end, the copy is not JSON either, because a bracket is missing.

    Args:
        body: The body.
        place: The place of the error.

    Returns:
        The copy, which the caller closes; None if the error is not within a record, or the end of
        the record was not found.
    """
    start = place.record_start
    if start is None:
        return None
    body.seek(start)
    window = body.read(_MAX_RECORD_BYTES)
    ends = (match.end() for match in _OBJECT_END.finditer(window))
    end = next((end for end in ends if _can_continue(window, end)), None)
    if end is None:
        return None
    copy: IO[bytes] = SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115
    body.seek(0)
    while chunk := body.read(min(CHUNK_BYTES, start - body.tell())):
        copy.write(chunk)
    copy.write(b"null")
    body.seek(start + end)
    shutil.copyfileobj(body, copy)
    return copy


def _can_continue(window: bytes, end: int) -> bool:
    """Whether a record that can be read, or the end of the document, follows."""
    text = window[end : end + _MAX_RECORD_BYTES].decode("utf-8", "replace")
    start = _RECORD_START.match(text)
    try:
        if not start:
            return isinstance(json.loads(f'{{"details":[null{text}'), dict)
        _, position = _json_decoder.raw_decode(text, start.end())
    except (ValueError, RecursionError):
        return False
    return _VALUE_END.match(text, position) is not None
