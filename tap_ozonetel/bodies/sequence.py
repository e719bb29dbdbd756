"""Stores records one after the other, as a JSON text sequence (RFC 7464).

Each record starts with a byte that no JSON document starts with.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from tap_ozonetel.bodies.values import decode, encode

if TYPE_CHECKING:
    from collections.abc import Iterator

_RECORD_SEPARATOR = b"\x1e"


def write_record(file: IO[bytes], record: object) -> None:
    """Append a record, with integers and `Decimal` exact."""
    file.write(_RECORD_SEPARATOR + encode(record) + b"\n")


def is_sequence(file: IO[bytes]) -> bool:
    """Whether a file is a sequence with at least one record."""
    file.seek(0)
    return file.read(1) == _RECORD_SEPARATOR


def read_sequence(file: IO[bytes]) -> Iterator[object]:
    """Read the records. The caller must not move the file's position between two of them."""
    file.seek(0)
    for line in file:
        yield decode(line[1:])
