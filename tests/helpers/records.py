"""Records as the API sends them, normalized."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from tap_ozonetel.bodies.envelope import read_records
from tap_ozonetel.records.calls import CdrNormalizer
from tap_ozonetel.records.schema import CDR_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable

DAY = "2026-03-17"
CALL, LEG = 31733467784618213, 31733467784618215
LARGEST, SMALLEST = 2**63 - 1, -(2**63)


def read(sent: object, *, added: Iterable[str] = (), day: str = DAY) -> dict[str, Any]:
    """Return a record as the stream has it, parsed from JSON."""
    (record,) = read_records(io.BytesIO(json.dumps({"details": [sent]}).encode()))
    return read_raw(record, added=added, day=day)


def read_raw(record: object, *, added: Iterable[str] = (), day: str = DAY) -> dict[str, Any]:
    fields = CDR_SCHEMA["properties"] | {name: {} for name in added}
    return CdrNormalizer(fields, lambda _: None, lambda _: None).normalize(record, day)


def field(name: str, value: object) -> object:
    return read({"CallID": CALL, "UCID": LEG, name: value})[name]
