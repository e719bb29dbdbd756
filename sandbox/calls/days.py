"""The calls of an account: the same for the same seed and day, for any day.

A day is a tuple of legs. A day of very many records has few legs that are repeated under other
ids, so that a million records cost neither memory nor much time.
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

#: From this many records a day its legs repeat.
MANY = 20_000
_DISTINCT = 500
_DAY = 10**10
# No factor in common with 10**10: it scatters the numbers of a day without making one twice.
_SCATTER = 6_364_136_223


def identity(seed: int, day: date, prefix: int, slot: int, copy: int) -> int:
    """Return a number of 17 digits: beyond 2**53, as the API's are (contract, S)."""
    within = ((copy * 100_000 + slot) * _SCATTER + seed * 982_451_653) % _DAY
    return (prefix * 10**6 + day.toordinal() % 10**6) * _DAY + within


@dataclass(frozen=True, slots=True)
class Ended:
    """A leg that has ended, as its record looks at a moment."""

    leg: Leg
    record: dict[str, object]
    copies: int


@dataclass(frozen=True, slots=True)
class Day:
    """All legs of one day of an account."""

    seed: int
    day: date
    legs: tuple[Leg, ...]
    records: int

    def as_of(self, now: datetime) -> Iterator[Ended]:
        """Yield the legs that have ended: a call is not reported while it lasts (contract, P)."""
        for number, leg in enumerate(self.legs):
            if leg.ended <= now:
                copies = self.records // len(self.legs)
                more = number < self.records % len(self.legs)
                yield Ended(leg, leg.as_of(now), copies + more)

    def ids(self, leg: Leg, copy: int) -> tuple[int, int]:
        """Return CallID and UCID of a leg."""
        call = identity(self.seed, self.day, 3, leg.call_slot, copy)
        return call, identity(self.seed, self.day, leg.ucid_prefix, leg.ucid_slot, copy)


@lru_cache(maxsize=64)
def _legs(seed: int, day: date, count: int) -> tuple[Leg, ...]:
    return legs_of_day(seed, day, count)


def day_of(options: Options, day: date) -> Day:
    """Return a day of the account."""
    records = options.records_on(day)
    distinct = records if records < MANY else _DISTINCT
    return Day(options.seed, day, _legs(options.seed, day, distinct), records)


def calls(options: Options, day: date, now: datetime) -> list[dict[str, object]]:
    """Return the records of a day as of an account's local time, canonical in every spelling."""
    whole = day_of(options, day)
    found = []
    for ended in whole.as_of(now):
        for copy in range(ended.copies):
            call, ucid = whole.ids(ended.leg, copy)
            found.append({**ended.record, "CallID": call, "UCID": ucid})
    return found


def settled(day: date) -> datetime:
    """Return the local moment from which the records of a day do not change any more."""
    return datetime.combine(day + timedelta(days=1), time(12))
