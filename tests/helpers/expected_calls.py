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
    picked_up: dt.datetime
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
    moments: dict[Key, tuple[dt.datetime, dt.datetime, dt.datetime]] = {}
    legs: dict[Key, ExpectedLeg] = {}
    for time, records in reads:
        now = dt.datetime.fromtimestamp(time, tz=zone).replace(tzinfo=None)
        for record in records:
            key = (record["CallID"], record["UCID"])
            if key not in moments:
                day = day_of(options, dt.date.fromisoformat(record["CallDate"]))
                moments |= {
                    day.ids(leg, 0): (leg.started, leg.picked_up, leg.ended) for leg in day.legs
                }
            legs[key] = ExpectedLeg(record, *moments[key], in_progress=moments[key][-1] > now)
    return legs


def by_call(legs: Iterable[ExpectedLeg]) -> dict[int, list[ExpectedLeg]]:
    """Return the legs of each call in their order."""
    calls = defaultdict(list)
    for leg in sorted(legs, key=_order):
        calls[leg.record["CallID"]].append(leg)
    return dict(calls)


def _order(leg: ExpectedLeg) -> tuple[dt.datetime, dt.datetime, int]:
    last = leg.started + dt.timedelta(days=99)
    return leg.started, last if leg.in_progress else leg.ended, leg.record["UCID"]


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def expected_call(call_id: int, legs: list[ExpectedLeg]) -> Row:
    """Return the row of a call."""
    answered = sorted((leg for leg in legs if leg.is_answered), key=lambda leg: leg.picked_up)
    first = answered[0] if answered else None
    with_agent = [leg for leg in legs if leg.record["AgentID"]]
    in_progress = any(leg.in_progress for leg in legs)
    started, ended = legs[0].started, max(leg.ended for leg in legs)
    seconds_to_answer = first and _seconds_between(started, first.picked_up)
    waited = None if in_progress else _seconds_between(started, ended)
    return {
        "call_id": call_id,
        "call_date": min(dt.date.fromisoformat(leg.record["CallDate"]) for leg in legs),
        "direction": "inbound" if legs[0].is_inbound else "outbound",
        "outcome": _outcome(legs),
        "is_answered": bool(answered),
        "is_in_progress": in_progress,
        "legs": len(legs),
        "agent_dials": sum(leg.dials_an_agent for leg in legs),
        "started_at": started,
        "answered_at": first and first.picked_up,
        "ended_at": None if in_progress else ended,
        "seconds_to_answer": seconds_to_answer,
        "waited_seconds": seconds_to_answer if first else waited,
        "customer_key": f"+91{legs[0].record['CallerID'][-10:]}",
        "campaign_name": legs[0].record["CampaignName"],
        "first_agent_id": with_agent[0].record["AgentID"] if with_agent else None,
        "answered_agent_id": (first and first.record["AgentID"]) or None,
        "answered_agent_name": (first and first.record["AgentName"]) or None,
        "talk_seconds": _sum(leg.settled_seconds("TalkTime") for leg in answered),
        "handling_seconds": _sum(leg.settled_seconds("HandlingTime") for leg in answered),
        "wrapup_seconds": _sum(leg.wrapup_seconds for leg in legs),
        "transfers": sum(bool(leg.record["TransferType"]) for leg in legs),
        "rating": max((leg.record["Rating"] or 0 for leg in legs), default=0) or None,
    }


def _seconds_between(start: dt.datetime, end: dt.datetime) -> int:
    return int((end - start).total_seconds())


def _outcome(legs: list[ExpectedLeg]) -> str:
    if any(leg.in_progress for leg in legs):
        return "in_progress"
    if any(leg.is_answered for leg in legs):
        return "answered"
    hung_up = [leg.record["HangupBy"] for leg in legs if leg.record["HangupBy"]]
    by_customer = hung_up[-1:] == ["UserHangup"]
    return "abandoned" if legs[0].is_inbound and by_customer else "unanswered"


def expected_calls(legs: Iterable[ExpectedLeg]) -> list[Row]:
    """Return the rows of `ozonetel__calls`, sorted by id."""
    return [expected_call(call_id, call) for call_id, call in sorted(by_call(legs).items())]
