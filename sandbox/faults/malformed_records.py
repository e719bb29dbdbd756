"""Malformed records: one of each kind that a client has to survive."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.responses import dump_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.faults.names import RequestKind

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


_CDR_CHANGES: dict[str, Callable[[_Record], _Record]] = {
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
_SUMMARY_CHANGES: dict[str, Callable[[_Record], _Record]] = {
    "agent-missing": _without("AgentUniqueID"),
    "mode-missing": _with(ModeType=None),
    "numbers-in-text": _with(AgentIncrID=101, TotalBusyTime=12.5),
    "bool-in-text": _with(TotalPauseTime=False),
    "list-in-text": _with(AgentName=["Asha", "हिन्दी"]),
    "object-in-text": _with(TotalIdleTime={"hours": 1, "parts": [1, 2]}),
    "nul": _with(AgentName="be\0fore and after"),
    "unknown-field": _with(TotalHoldTime="00:00:10", Occupancy=0.25),
}


def make_malformed(malformed: str, record: bytes, kind: RequestKind) -> bytes:
    """Return a malformed copy of a record.

    Args:
        malformed: One of ``MALFORMED_KINDS`` or ``SUMMARY_MALFORMED_KINDS``.
        record: The record as JSON.
        kind: Kind of the request.
    """
    if malformed == "not-an-object":
        return dump_json("this is not a record")
    parsed = json.loads(record)
    text_field = "AgentName" if kind == "summary" else "Comments"
    if malformed == "surrogate":
        # Valid JSON, but not valid text: one half of a surrogate pair.
        return json.dumps({**parsed, text_field: "half a pair: \ud83d"}).encode()
    if malformed == "deep":
        nested = b"[" * _DEPTH + b"]" * _DEPTH
        return dump_json({**parsed, text_field: "@nested@"}).replace(b'"@nested@"', nested)
    changes = _CDR_CHANGES | _SUMMARY_CHANGES if kind == "summary" else _CDR_CHANGES
    return dump_json(changes[malformed](parsed))
