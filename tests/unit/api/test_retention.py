"""Which days the API serves, and when they are settled."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from tap_ozonetel.api.retention import RETENTION_DAYS, is_settled, oldest_available_day

DAY = dt.date(2026, 3, 17)


def test_the_oldest_available_day_is_14_days_ago() -> None:
    assert oldest_available_day(DAY) == dt.date(2026, 3, 3)
    assert RETENTION_DAYS == 15


@pytest.mark.parametrize(
    ("now", "settled"),
    [
        ("2026-03-17 23:59:59", False),
        ("2026-03-18 00:30", False),
        ("2026-03-18 02:59:59", False),
        ("2026-03-18 03:00", True),
        ("2026-03-19 00:00", True),
        ("2026-03-16 12:00", False),
    ],
)
@pytest.mark.parametrize("zone", ["Asia/Kolkata", "UTC", "America/New_York"])
def test_a_day_is_settled_at_3_am_on_the_next_day(now: str, zone: str, *, settled: bool) -> None:
    moment = dt.datetime.fromisoformat(now).replace(tzinfo=ZoneInfo(zone))
    assert is_settled(DAY, moment) == settled
