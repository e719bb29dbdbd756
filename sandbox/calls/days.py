"""The calls of an account by day. The same seed and day always give the same calls.

A very large day has few distinct legs, which are repeated under other ids: a million records cost
little memory and time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sandbox.calls.generator import generate_legs
from sandbox.calls.late_changes import LATE_COMMENTS, changed_at
from sandbox.calls.legs import INBOUND, Leg, settled_at
from sandbox.calls.records import current_record, past_record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from sandbox.options import Options

#: A day with at least this many records repeats its legs.
LARGE_DAY = 20_000
_DISTINCT_LEGS = 500
_IDS_PER_DAY = 10**10
_SLOTS_PER_COPY = 100_000
# Coprime to 10**10: it spreads the ids of a day without collisions.
_STRIDE = 6_364_136_223
# First digits of the ids: the three kinds never collide.
_CALL_PREFIX, _LEG_PREFIX, _OUTBOUND_PREFIX = 3, 4, 9


def _make_id(seed: int, day: date, prefix: int, within_day: int) -> int:
    """Return an id beyond 2**53 with the given first digit.

    Ids of inbound legs have 17 digits and ids of outbound calls 16
    (docs/ozonetel-api.md, "Two dialects").
    """
    days = 100_000 if prefix == _OUTBOUND_PREFIX else 1_000_000
    number = (within_day * _STRIDE + seed * 982_451_653) % _IDS_PER_DAY
    return (prefix * days + day.toordinal() % days) * _IDS_PER_DAY + number


@dataclass(frozen=True, slots=True)
class LegSnapshot:
    """A leg as of some moment.

    Attributes:
        leg: The leg.
        now: The moment, in local time.
        past_dialect: Whether its record has the dialect of past days.
        dial_count: Whether its record has the field ``DialCount``.
        changed_late: Whether its comments have changed days after the call.
        copies: Number of its copies, which differ in their ids.
    """

    leg: Leg
    now: datetime
    past_dialect: bool
    dial_count: bool
    changed_late: bool
    copies: int

    def record(self) -> dict[str, object]:
        """Return the record without its ids."""
        make = past_record if self.past_dialect else current_record
        record = make(self.leg, self.now)
        if self.changed_late:
            record["Comments"] = LATE_COMMENTS
        return {**record, "DialCount": "1"} if self.dial_count else record


@dataclass(frozen=True, slots=True)
class CallDay:
    """All legs of one day of an account, the newest first."""

    options: Options
    day: date
    legs: tuple[Leg, ...]
    records: int

    def as_of(self, now: datetime) -> Iterator[LegSnapshot]:
        """Yield the legs that the API serves at a moment, the newest first.

        Args:
            now: Local time. Today includes ongoing calls. Past days include ended calls only, and
                possibly not all of them until they are settled (docs/ozonetel-api.md, "Limits").
        """
        past_dialect = self.has_past_dialect(now)
        for number, leg in enumerate(self.legs):
            if self._serves(number, leg, now):
                more = number < self.records % len(self.legs)
                copies = self.records // len(self.legs) + more
                change = changed_at(self.options, self.day, leg)
                changed = change is not None and change <= now
                dial_count = self.options.dial_count
                yield LegSnapshot(leg, now, past_dialect, dial_count, changed, copies)

    def has_past_dialect(self, now: datetime) -> bool:
        """Return whether the records have the dialect of past days."""
        if self.options.dialect == "both":
            return self.day < now.date()
        return self.options.dialect == "past"

    def _serves(self, number: int, leg: Leg, now: datetime) -> bool:
        if self.day >= now.date():
            return leg.appears <= now
        if now < settled_at(self.day):
            if self.options.night_hole == "empty":
                return False
            if self.options.night_hole == "part" and number % 2:
                return False
        return leg.ended <= now

    def ids(self, leg: Leg, copy: int) -> tuple[int, int]:
        """Return CallID and UCID of a copy of a leg. Outbound calls have one id for both."""
        seed, first = self.options.seed, copy * _SLOTS_PER_COPY
        if leg.call_type != INBOUND:
            outbound = _make_id(seed, self.day, _OUTBOUND_PREFIX, first + leg.slot)
            return outbound, outbound
        return (
            _make_id(seed, self.day, _CALL_PREFIX, first + leg.call_slot),
            _make_id(seed, self.day, _LEG_PREFIX, first + leg.slot),
        )


@lru_cache(maxsize=64)
def _legs(seed: int, day: date, count: int) -> tuple[Leg, ...]:
    return generate_legs(seed, day, count)


def day_of(options: Options, day: date) -> CallDay:
    """Return a day of the account."""
    records = options.records_on(day)
    distinct = records if records < LARGE_DAY else _DISTINCT_LEGS
    return CallDay(options, day, _legs(options.seed, day, distinct), records)


def calls(options: Options, day: date, now: datetime) -> list[dict[str, object]]:
    """Return the records of a day with canonical names, ids as numbers, ratings as number or None.

    Other values have the dialect of the moment.

    Args:
        options: Options of the account.
        day: The day.
        now: The account's local time.
    """
    call_day = day_of(options, day)
    found = []
    for snapshot in call_day.as_of(now):
        record = snapshot.record()
        if isinstance(record["Rating"], str):
            record["Rating"] = int(record["Rating"]) if record["Rating"] else None
        for copy in range(snapshot.copies):
            call, ucid = call_day.ids(snapshot.leg, copy)
            found.append({**record, "CallID": call, "UCID": ucid})
    return found
