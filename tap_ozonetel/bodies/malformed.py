"""Reads the envelope of a body, and repairs the body if it is not clean."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import IO, TYPE_CHECKING

from tap_ozonetel.bodies.chunks import CHUNK_BYTES
from tap_ozonetel.bodies.envelope import InvalidJSONError, read_envelope
from tap_ozonetel.bodies.json_errors import ErrorPlace, find_error, replace_broken_record
from tap_ozonetel.bodies.json_repair import Repairs, original_position, repair
from tap_ozonetel.spool import spool_errors

if TYPE_CHECKING:
    from collections.abc import Sequence

#: A body with more broken records than this is rejected: each takes several readings.
MAX_BROKEN_RECORDS = 20


class MalformedJSONError(InvalidJSONError):
    """A body is meant to be JSON and was not cut short, but is not JSON.

    Its message names the byte, the record and the field, with nothing of the content.

    Attributes:
        digest: The same for the same body.
        is_in_record: Whether the error is within one record.
        is_too_deep: Whether the body is JSON, but nested too deeply.
    """

    def __init__(self, message: str, place: ErrorPlace, digest: bytes) -> None:
        super().__init__(message)
        self.digest = digest
        self.is_in_record = place.record_start is not None
        self.is_too_deep = place.is_too_deep


@dataclass(frozen=True, slots=True)
class Envelope:
    """A body without its records."""

    value: object
    repairs: Repairs
    #: The numbers of the records that were not JSON, which are null now.
    broken_records: Sequence[int] = ()


def read_unclean_envelope(
    body: IO[bytes], charset: str | None = None, *, replace_broken: bool = False
) -> Envelope:
    """Read the envelope of a body that may not be clean.

    Args:
        body: The body. If it is not clean but can be repaired, its content is replaced.
        charset: The charset that the response declares, if it is not UTF-8.
        replace_broken: Whether to replace records that are not JSON by null.

    Raises:
        MalformedJSONError: The body is not JSON, although it was not cut short.
        InvalidJSONError: The body was cut short, or is not meant to be JSON.
    """
    try:
        return Envelope(read_envelope(body, reject_surrogates=True), Repairs())
    except InvalidJSONError:
        pass
    with spool_errors(), ExitStack() as copies:
        try:
            copy, repairs = repair(body, charset)
        except UnicodeError:
            raise InvalidJSONError("with text that is not in the declared charset") from None
        copies.enter_context(copy)
        copy.seek(0)
        if copy.read(1024).lstrip()[:1] not in {b"{", b"["}:
            raise InvalidJSONError("without JSON")
        broken_records: list[int] = []
        error: MalformedJSONError | None = None
        while (value := _try_to_read(copy)) is _INVALID:
            place = find_error(copy)
            if place is None:
                raise error or InvalidJSONError("with JSON that was cut short")
            error = error or _malformed_json_error(place, copy, body, charset)
            if not replace_broken or len(broken_records) == MAX_BROKEN_RECORDS:
                raise error
            replaced = replace_broken_record(copy, place)
            if replaced is None:
                raise error
            copy = copies.enter_context(replaced)
            broken_records.append(place.record)
        copy.seek(0)
        body.seek(0)
        body.truncate()
        shutil.copyfileobj(copy, body)
    return Envelope(value, repairs, broken_records)


_INVALID = object()


def _try_to_read(copy: IO[bytes]) -> object:
    try:
        return read_envelope(copy)
    except InvalidJSONError:
        return _INVALID


def _malformed_json_error(
    place: ErrorPlace, copy: IO[bytes], body: IO[bytes], charset: str | None
) -> MalformedJSONError:
    position = original_position(body, place.position, charset)
    digest = hashlib.sha256()
    copy.seek(0)
    for chunk in iter(partial(copy.read, CHUNK_BYTES), b""):
        digest.update(chunk)
    return MalformedJSONError(place.describe(position), place, digest.digest())
