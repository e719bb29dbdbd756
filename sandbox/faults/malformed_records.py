"""Malformed records: one of each kind that a client has to survive."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.responses import dump_json

if TYPE_CHECKING:
    from collections.abc import Callable

_Record = dict[str, Any]
# Exceeds the recursion limit of recursive JSON parsers.
_DEPTH = 5_000


def _without(*names: str) -> Callable[[_Record], _Record]:
    return lambda record: {name: value for name, value in record.items() if name not in names}


def _with(**fields: object) -> Callable[[_Record], _Record]:
    return lambda record: {**record, **fields}


def _next_day(record: _Record) -> _Record:
    day = date.fromisoformat(record["CallDate"]) + timedelta(days=1)
    return {**record, "CallDate": day.isoformat()}


def _with_ids(convert: Callable[[int], object]) -> Callable[[_Record], _Record]:
    return lambda record: {
        **record,
        "CallID": convert(int(record["CallID"])),
        "UCID": convert(int(record["UCID"])),
    }


_CHANGES: dict[str, Callable[[_Record], _Record]] = {
    "id-text": _with_ids(str),
    "id-huge": _with(UCID=2**63 + 5),
    "id-float": _with_ids(float),
    "id-garbage": _with(UCID="31733-467x"),
    "id-none-ucid": _without("UCID"),
    "id-none-callid": _with(CallID=None),
    "id-none-both": _with(CallID=None, UCID=None),
    "calldate-missing": _without("CallDate"),
    "calldate-garbage": _with(CallDate="27-02-2024"),
    "calldate-future": _next_day,
    "numbers-in-text": _with(AgentID=1042, Duration=12.5, DialCount=1),
    "bool-in-text": _with(Skill=True, UUI=False),
    "list-in-text": _with(Skill=["General", "हिन्दी"]),
    "object-in-text": _with(UUI={"ticket": "T-1", "lines": [1, 2]}),
    "nul": _with(Comments="be\0fore and after"),
    "unknown-field": _with(BridgeID="b-1", SentimentScore=0.25),
    "rating-text": _with(Rating="4"),
    "rating-garbage": _with(Rating="very good"),
}


def make_malformed(kind: str, record: bytes) -> bytes:
    """Return a malformed copy of a record.

    Args:
        kind: One of ``MALFORMED_KINDS``.
        record: The record as JSON.
    """
    if kind == "not-an-object":
        return dump_json("this is not a record")
    parsed = json.loads(record)
    if kind == "surrogate":
        # Valid JSON, but not valid text: one half of a surrogate pair.
        return json.dumps({**parsed, "Comments": "half a pair: \ud83d"}).encode()
    if kind == "deep":
        nested = b"[" * _DEPTH + b"]" * _DEPTH
        return dump_json({**parsed, "Comments": "@nested@"}).replace(b'"@nested@"', nested)
    return dump_json(_CHANGES[kind](parsed))
