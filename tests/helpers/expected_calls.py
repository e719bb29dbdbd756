"""The expected rows of the dbt models, computed independently from the sandbox's calls."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sandbox.calls.days import day_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox import Options

Row = dict[str, Any]
Key = tuple[int, int]


@dataclass(frozen=True, slots=True)
class ExpectedLeg:
    """A record as last read, with its times in the sandbox."""

    record: Row
    started: dt.datetime
    ended: dt.datetime
    in_progress: bool

    @property
    def is_answered(self) -> bool:
        return bool(self.record["Status"] == "Answered")

    @property
    def is_inbound(self) -> bool:
        return str(self.record["Type"]).lower() == "inbound"

    @property
    def dials_an_agent(self) -> bool:
        return self.record["Event"] in {"AgentDial", "Agent Dials"}

    @property
    def wrapup_seconds(self) -> int | None:
        return seconds(self.record["WrapupDuration"]) if self.record["WrapUpStartTime"] else None

    def settled_seconds(self, field: str) -> int | None:
        """Return the seconds of a duration, or None while the call is in progress."""
        return None if self.in_progress else seconds(self.record[field])


def seconds(text: str | None) -> int | None:
    """Return the seconds of `HH:MM:SS`."""
    if not text:
        return None
    hours, minutes, rest = map(int, text.split(":"))
    return (hours * 60 + minutes) * 60 + rest


def expected_legs(
    options: Options, reads: Iterable[tuple[float, Iterable[Row]]]
) -> dict[Key, ExpectedLeg]:
    """Return the legs after some reads.

    Args:
        options: The options of the sandbox.
        reads: The time of each read, in seconds since the epoch, and the records that it emitted.
    """
    zone = ZoneInfo(options.timezone)
    moments: dict[Key, tuple[dt.datetime, dt.datetime]] = {}
    legs: dict[Key, ExpectedLeg] = {}
    for time, records in reads:
        now = dt.datetime.fromtimestamp(time, tz=zone).replace(tzinfo=None)
        for record in records:
            key = (record["CallID"], record["UCID"])
            if key not in moments:
                day = day_of(options, dt.date.fromisoformat(record["CallDate"]))
                moments |= {day.ids(leg, 0): (leg.started, leg.ended) for leg in day.legs}
            started, ended = moments[key]
            legs[key] = ExpectedLeg(record, started, ended, in_progress=ended > now)
    return legs


def by_call(legs: Iterable[ExpectedLeg]) -> dict[int, list[ExpectedLeg]]:
    """Return the legs of each call by their start."""
    calls = defaultdict(list)
    for leg in sorted(legs, key=lambda leg: (leg.started, leg.record["UCID"])):
        calls[leg.record["CallID"]].append(leg)
    return dict(calls)


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def expected_call(call_id: int, legs: list[ExpectedLeg]) -> Row:
    """Return the row of a call."""
    answered = [leg for leg in legs if leg.is_answered]
    with_agent = [leg for leg in legs if leg.record["AgentID"]]
    in_progress = any(leg.in_progress for leg in legs)
    return {
        "call_id": call_id,
        "call_date": min(dt.date.fromisoformat(leg.record["CallDate"]) for leg in legs),
        "direction": "inbound" if legs[0].is_inbound else "outbound",
        "is_answered": bool(answered),
        "is_in_progress": in_progress,
        "legs": len(legs),
        "agent_dials": sum(leg.dials_an_agent for leg in legs),
        "started_at": legs[0].started,
        "ended_at": None if in_progress else max(leg.ended for leg in legs),
        "first_agent_id": with_agent[0].record["AgentID"] if with_agent else None,
        "talk_seconds": _sum(leg.settled_seconds("TalkTime") for leg in answered),
        "handling_seconds": _sum(leg.settled_seconds("HandlingTime") for leg in answered),
        "wrapup_seconds": _sum(leg.wrapup_seconds for leg in legs),
        "transfers": sum(bool(leg.record["TransferType"]) for leg in legs),
        "rating": max((leg.record["Rating"] or 0 for leg in legs), default=0) or None,
    }


def expected_calls(legs: Iterable[ExpectedLeg]) -> list[Row]:
    """Return the rows of `ozonetel__calls`, sorted by id."""
    return [expected_call(call_id, call) for call_id, call in sorted(by_call(legs).items())]


def expected_hours(calls: Iterable[Row]) -> list[Row]:
    """Return the rows of `ozonetel__hours`, sorted."""
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for call in calls:
        groups[call["call_date"], call["started_at"].hour, call["direction"]].append(call)
    return [
        {
            "call_date": day,
            "hour": hour,
            "direction": direction,
            "calls": len(group),
            "answered": sum(call["is_answered"] for call in group),
            "missed": sum(not call["is_answered"] and not call["is_in_progress"] for call in group),
        }
        for (day, hour, direction), group in sorted(groups.items())
    ]
