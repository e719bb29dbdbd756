"""Records that are odd: one of each kind that a client has to survive."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.responses import dumps

if TYPE_CHECKING:
    from collections.abc import Callable

_Record = dict[str, Any]
# Deeper than any parser that recurses goes.
_DEPTH = 5_000


def _without(*names: str) -> Callable[[_Record], _Record]:
    return lambda record: {name: value for name, value in record.items() if name not in names}


def _with(**fields: object) -> Callable[[_Record], _Record]:
    return lambda record: {**record, **fields}


def _day_after(record: _Record) -> _Record:
    day = date.fromisoformat(record["CallDate"]) + timedelta(days=1)
    return {**record, "CallDate": day.isoformat()}


def _ids(change: Callable[[int], object]) -> Callable[[_Record], _Record]:
    return lambda record: {
        **record,
        "CallID": change(int(record["CallID"])),
        "UCID": change(int(record["UCID"])),
    }


_CHANGES: dict[str, Callable[[_Record], _Record]] = {
    "id-text": _ids(str),
    "id-huge": _with(UCID=2**63 + 5),
    "id-float": _ids(float),
    "id-garbage": _with(UCID="31733-467x"),
    "id-none-ucid": _without("UCID"),
    "id-none-callid": _with(CallID=None),
    "id-none-both": _with(CallID=None, UCID=None),
    "calldate-missing": _without("CallDate"),
    "calldate-garbage": _with(CallDate="27-02-2024"),
    "calldate-future": _day_after,
    "numbers-in-text": _with(AgentID=1042, Duration=12.5, DialCount=1),
    "bool-in-text": _with(Skill=True, UUI=False),
    "list-in-text": _with(Skill=["General", "हिन्दी"]),
    "object-in-text": _with(UUI={"ticket": "T-1", "lines": [1, 2]}),
    "nul": _with(Comments="be\0fore and after"),
    "unknown-field": _with(BridgeID="b-1", SentimentScore=0.25),
    "rating-text": _with(Rating="4"),
    "rating-garbage": _with(Rating="very good"),
}


def odd(kind: str, record: bytes) -> bytes:
    """Return a record made odd."""
    if kind == "not-an-object":
        return dumps("this is no record")
    read = json.loads(record)
    if kind == "surrogate":
        # Valid JSON, but no valid text: half of a pair.
        return json.dumps({**read, "Comments": "half a pair: \ud83d"}).encode()
    if kind == "deep":
        nested = b"[" * _DEPTH + b"]" * _DEPTH
        return dumps({**read, "Comments": "@nested@"}).replace(b'"@nested@"', nested)
    return dumps(_CHANGES[kind](read))
