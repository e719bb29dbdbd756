"""When runs start: schedules, missed runs and outages."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random
    from zoneinfo import ZoneInfo

FIRST_DAY = dt.date(2026, 3, 1)
_DAY = dt.timedelta(days=1)
#: The times of day at which runs start.
_SCHEDULES = (("10:00",), ("06:15",), ("00:10",), ("02:50",), ("23:59:50",), ("03:00", "15:00"))
#: How long a schedule is kept, in days.
_SCHEDULE_DAYS = (20, 70)
_OUTAGE_DAYS = (1, 1, 1, 2, 3, 5, 13, 14, 15, 16, 17, 21)


@dataclass(frozen=True, slots=True)
class Start:
    """The start of a scheduled run.

    Attributes:
        at: The time in seconds since the epoch.
        outage: Whether the API fails.
    """

    at: float
    outage: bool


def starts(rng: Random, days: int, zone: ZoneInfo) -> Iterator[Start]:
    """Yield the starts of the scheduled runs.

    Args:
        rng: The source of randomness.
        days: The number of days.
        zone: The time zone of the account.
    """
    times: tuple[str, ...] = ()
    kept_until = outage_until = FIRST_DAY
    api_fails = False
    for number in range(days):
        day = FIRST_DAY + number * _DAY
        if day >= kept_until:
            times = rng.choice(_SCHEDULES)
            kept_until = day + rng.randint(*_SCHEDULE_DAYS) * _DAY
        if day >= outage_until and rng.random() < 0.03:
            outage_until = day + rng.choice(_OUTAGE_DAYS) * _DAY
            api_fails = rng.random() < 0.4
        for time in times:
            moment = dt.datetime.combine(day, dt.time.fromisoformat(time), zone)
            start = Start(moment.timestamp() + rng.randrange(9), day < outage_until and api_fails)
            is_missed = day < outage_until and not api_fails
            if not is_missed and rng.random() >= 0.05:
                yield start
