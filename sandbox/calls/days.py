"""The calls of an account by day. The same seed and day always give the same calls.

A very large day has few distinct legs, which are repeated under other ids: a million records cost
little memory and time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from sandbox.calls.legs import Leg, legs_of_day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.options import Options

#: A day with at least this many records repeats its legs.
LARGE_DAY = 20_000
_DISTINCT_LEGS = 500
_IDS_PER_DAY = 10**10
# Coprime to 10**10: it spreads the ids of a day without collisions.
_STRIDE = 6_364_136_223


def make_id(seed: int, day: date, prefix: int, slot: int, copy: int) -> int:
    """Return an id of 17 digits, beyond 2**53 (docs/ozonetel-api.md, "Records")."""
    within_day = ((copy * 100_000 + slot) * _STRIDE + seed * 982_451_653) % _IDS_PER_DAY
    return (prefix * 10**6 + day.toordinal() % 10**6) * _IDS_PER_DAY + within_day


@dataclass(frozen=True, slots=True)
class LegSnapshot:
    """A leg, its record at some moment, and the number of its copies."""

    leg: Leg
    record: dict[str, object]
    copies: int


@dataclass(frozen=True, slots=True)
class CallDay:
    """All legs of one day of an account."""

    seed: int
    day: date
    legs: tuple[Leg, ...]
    records: int

    def as_of(self, now: datetime) -> Iterator[LegSnapshot]:
        """Yield the legs that have ended by ``now``."""
        for number, leg in enumerate(self.legs):
            if leg.ended <= now:
                copies = self.records // len(self.legs)
                more = number < self.records % len(self.legs)
                yield LegSnapshot(leg, leg.as_of(now), copies + more)

    def ids(self, leg: Leg, copy: int) -> tuple[int, int]:
        """Return CallID and UCID of a copy of a leg."""
        call = make_id(self.seed, self.day, 3, leg.call_slot, copy)
        return call, make_id(self.seed, self.day, leg.ucid_prefix, leg.ucid_slot, copy)


@lru_cache(maxsize=64)
def _legs(seed: int, day: date, count: int) -> tuple[Leg, ...]:
    return legs_of_day(seed, day, count)


def day_of(options: Options, day: date) -> CallDay:
    """Return a day of the account."""
    records = options.records_on(day)
    distinct = records if records < LARGE_DAY else _DISTINCT_LEGS
    return CallDay(options.seed, day, _legs(options.seed, day, distinct), records)


def calls(options: Options, day: date, now: datetime) -> list[dict[str, object]]:
    """Return the records of a day with canonical names and types.

    Args:
        options: Options of the account.
        day: The day.
        now: The account's local time.
    """
    call_day = day_of(options, day)
    found = []
    for snapshot in call_day.as_of(now):
        for copy in range(snapshot.copies):
            call, ucid = call_day.ids(snapshot.leg, copy)
            found.append({**snapshot.record, "CallID": call, "UCID": ucid})
    return found


def settled_at(day: date) -> datetime:
    """Return the local time from which the records of a day no longer change."""
    return datetime.combine(day + timedelta(days=1), time(12))
