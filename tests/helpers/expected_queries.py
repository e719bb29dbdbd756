"""The expected rows of each query in `docs/example-queries.md`."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.helpers.expected_calls import by_call, expected_calls, seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.helpers.expected_calls import ExpectedLeg, Row


def rounded(value: Fraction, digits: int = 0) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def average(values: Iterable[float | None], digits: int = 0) -> Decimal | None:
    known = [Fraction(value) for value in values if value is not None]
    return rounded(sum(known, Fraction()) / len(known), digits) if known else None


def grouped(items: Iterable[Any], key: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    groups = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return dict(sorted(groups.items()))


def answered_by_day(legs: list[ExpectedLeg]) -> list[Row]:
    return [
        {
            "call_date": day,
            "calls": len(calls),
            "answered": sum(call["is_answered"] for call in calls),
            "answered_percent": rounded(
                Fraction(100 * sum(call["is_answered"] for call in calls), len(calls)), 1
            ),
        }
        for day, calls in grouped(expected_calls(legs), lambda call: call["call_date"]).items()
    ]


def answered(legs: list[ExpectedLeg], name: str) -> dict[str, list[ExpectedLeg]]:
    return grouped((leg for leg in legs if leg.is_answered), lambda leg: leg.record[name])


def talk_and_handling(legs: list[ExpectedLeg]) -> list[Row]:
    rows = []
    for campaign, group in answered(legs, "CampaignName").items():
        talk = [leg.settled_seconds("TalkTime") for leg in group]
        handling = [leg.settled_seconds("HandlingTime") for leg in group]
        rows.append(
            {
                "campaign_name": campaign,
                "talked_legs": len(talk) - talk.count(None),
                "average_talk_seconds": average(talk),
                "handled_legs": len(handling) - handling.count(None),
                "average_handling_seconds": average(handling),
            }
        )
    return rows


def missed_by_hour(legs: list[ExpectedLeg]) -> list[Row]:
    inbound = [call for call in expected_calls(legs) if call["direction"] == "inbound"]
    return [
        {
            "hour": hour,
            "calls": len(calls),
            "missed": sum(not c["is_answered"] and not c["is_in_progress"] for c in calls),
        }
        for hour, calls in grouped(inbound, lambda call: call["started_at"].hour).items()
    ]


def outcomes(legs: list[ExpectedLeg]) -> list[Row]:
    last = Counter(
        next(
            (leg.record["Disposition"] for leg in reversed(call) if leg.record["Disposition"]),
            "none yet",
        )
        for call in by_call(legs).values()
        if any(leg.is_answered for leg in call)
    )
    return [
        {"disposition": name, "calls": count}
        for name, count in sorted(last.items(), key=lambda item: (-item[1], item[0]))
    ]


def holds_and_wrapups(legs: list[ExpectedLeg]) -> list[Row]:
    rows = []
    by_agent = answered([leg for leg in legs if leg.record["AgentID"]], "AgentID")
    for agent, group in by_agent.items():
        holds = [seconds(leg.record["HoldDuration"]) or 0 for leg in group]
        wrapups = [leg.wrapup_seconds for leg in group]
        rows.append(
            {
                "agent_id": agent,
                "answered_legs": len(group),
                "legs_with_hold": sum(hold > 0 for hold in holds),
                "hold_seconds": sum(holds),
                "wrapped_up_legs": len(wrapups) - wrapups.count(None),
                "average_wrapup_seconds": average(wrapups),
            }
        )
    return rows


def attempts(legs: list[ExpectedLeg]) -> list[Row]:
    inbound = [call for call in expected_calls(legs) if call["direction"] == "inbound"]
    return [
        {
            "agent_dials": dials,
            "calls": len(calls),
            "answered": sum(c["is_answered"] for c in calls),
        }
        for dials, calls in grouped(inbound, lambda call: call["agent_dials"]).items()
    ]


def ratings(legs: list[ExpectedLeg]) -> list[Row]:
    calls = grouped(by_call(legs).values(), lambda call: call[0].record["CampaignName"])
    rows = []
    for campaign, group in calls.items():
        found = [max(leg.record["Rating"] or 0 for leg in call) or None for call in group]
        rows.append(
            {
                "campaign_name": campaign,
                "rated_calls": len(found) - found.count(None),
                "average_rating": average(found, 2),
            }
        )
    return rows


def past_midnight(legs: list[ExpectedLeg]) -> list[Row]:
    late = [
        {name: call[name] for name in ("call_id", "started_at", "ended_at")}
        for call in expected_calls(legs)
        if call["ended_at"] and call["ended_at"].date() > call["started_at"].date()
    ]
    return sorted(late, key=lambda call: (call["started_at"], call["call_id"]))


EXPECTED_ROWS: dict[str, Callable[[list[ExpectedLeg]], list[Row]]] = {
    "How many calls were there each day, and how many were answered?": answered_by_day,
    "How long are talk and handling times?": talk_and_handling,
    "When do we miss inbound calls?": missed_by_hour,
    "What are the outcomes of the calls?": outcomes,
    "How long are holds and wrap-ups, by agent?": holds_and_wrapups,
    "How many attempts does it take to reach an agent?": attempts,
    "How are calls rated?": ratings,
    "Which calls ran past midnight?": past_midnight,
}
