"""The expected rows of the models of missed calls, days and hours, from those of the calls."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.helpers.expected_calls import Row

#: The defaults of the variables.
ANSWER_SECONDS, SHORT_SECONDS, REACH_DAYS = 20, 5, 7


def expected_days(calls: Iterable[Row]) -> list[Row]:
    """Return the rows of `ozonetel__days`, sorted."""
    return _grouped(
        {"call_date": call["call_date"], "direction": call["direction"],
         "campaign_name": call["campaign_name"]} | {"call": call}
        for call in calls
    )  # fmt: skip


def expected_hours(calls: Iterable[Row]) -> list[Row]:
    """Return the rows of `ozonetel__hours`, sorted."""
    return _grouped(
        {"call_date": call["call_date"], "hour": call["started_at"].hour,
         "direction": call["direction"]} | {"call": call}
        for call in calls
    )  # fmt: skip


def _grouped(keyed: Iterable[Row]) -> list[Row]:
    groups: dict[tuple[tuple[str, Any], ...], list[Row]] = defaultdict(list)
    for row in keyed:
        call = row.pop("call")
        groups[tuple(row.items())].append(call)
    ordered = sorted(groups.items(), key=lambda item: [value for _, value in item[0]])
    return [{**dict(dimensions), **_measures(calls)} for dimensions, calls in ordered]


def _measures(calls: list[Row]) -> Row:
    answered = [call for call in calls if call["outcome"] == "answered"]
    abandoned = [call for call in calls if call["outcome"] == "abandoned"]
    unanswered = [call for call in calls if call["outcome"] == "unanswered"]
    short = [call for call in abandoned if call["waited_seconds"] < SHORT_SECONDS]
    in_time = [call for call in answered if call["seconds_to_answer"] <= ANSWER_SECONDS]
    handled = [call for call in answered if call["handling_seconds"] is not None]
    ended = len(answered) + len(abandoned) + len(unanswered)
    answer_seconds = _sum(answered, "seconds_to_answer")
    handling_seconds = _sum(answered, "handling_seconds")
    return {
        "calls": len(calls),
        "answered": len(answered),
        "abandoned": len(abandoned),
        "abandoned_short": len(short),
        "unanswered": len(unanswered),
        "answered_in_time": len(in_time),
        "answer_seconds": answer_seconds,
        "talk_seconds": _sum(answered, "talk_seconds"),
        "handled": len(handled),
        "handling_seconds": handling_seconds,
        "wrapup_seconds": _sum(calls, "wrapup_seconds"),
        "service_level": _ratio(len(in_time), ended - len(short)),
        "average_speed_of_answer_seconds": _ratio(answer_seconds, len(answered)),
        "average_handling_seconds": _ratio(handling_seconds, len(handled)),
        "abandonment_rate": _ratio(len(abandoned), ended),
    }


def _sum(calls: list[Row], column: str) -> int | None:
    known = [call[column] for call in calls if call[column] is not None]
    return sum(known) if known else None


def _ratio(part: int | None, whole: int) -> float | None:
    return None if part is None or not whole else part / whole


def expected_missed_calls(calls: list[Row]) -> list[Row]:
    """Return the rows of `ozonetel__missed_calls`, sorted by id."""
    missed = [
        call
        for call in calls
        if call["direction"] == "inbound" and call["outcome"] in {"abandoned", "unanswered"}
    ]
    rows = [_missed_call(call, calls) for call in missed]
    for row in rows:
        later = [
            other
            for other in rows
            if (other["missed_at"], other["call_id"]) > (row["missed_at"], row["call_id"])
            and other["customer_key"] == row["customer_key"] is not None
        ]
        row["is_latest"] = row["is_open"] and not later
    return sorted(rows, key=lambda row: row["call_id"])


def _missed_call(missed: Row, calls: list[Row]) -> Row:
    start, last = missed["started_at"], missed["started_at"] + dt.timedelta(days=REACH_DAYS)
    later = sorted(
        (
            call
            for call in calls
            if missed["customer_key"] == call["customer_key"] is not None
            and start < call["started_at"] <= last
        ),
        key=lambda call: call["started_at"],
    )
    reaching = [call for call in later if call["is_answered"]][:1]
    reached_at = reaching[0]["started_at"] if reaching else None
    attempts = [
        call
        for call in later
        if call["direction"] == "outbound"
        and call["outcome"] == "unanswered"
        and (reached_at is None or call["started_at"] < reached_at)
    ]
    return {
        "call_id": missed["call_id"],
        "call_date": missed["call_date"],
        "missed_at": start,
        "customer_key": missed["customer_key"],
        "campaign_name": missed["campaign_name"],
        "outcome": missed["outcome"],
        "waited_seconds": missed["waited_seconds"],
        "is_short": missed["waited_seconds"] < SHORT_SECONDS,
        "callback_attempts": len(attempts),
        "reached_at": reached_at,
        "reached_by": _reached_by(reaching),
        "seconds_to_reach": reached_at and int((reached_at - start).total_seconds()),
        "is_open": reached_at is None,
    }


def _reached_by(reaching: list[Row]) -> str | None:
    if not reaching:
        return None
    return "callback" if reaching[0]["direction"] == "outbound" else "customer"
