"""The ranges of days of the agent summary."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_ozonetel.streams.ranges import MAX_RANGE_DAYS, DateRange, range_to_read

TODAY = dt.date(2026, 3, 17)
dates = st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1))


def read(**given: object) -> DateRange:
    defaults = {"bookmark": None, "start_date": None, "end_date": None, "lookback_days": 1}
    return range_to_read(**{**defaults, "today": TODAY, **given})  # type: ignore[arg-type]


def day(offset: int) -> dt.date:
    return TODAY + dt.timedelta(days=offset)


@given(first=dates, length=st.integers(-5, 400), days=st.integers(1, MAX_RANGE_DAYS))
def test_each_day_is_in_one_range_of_at_most_30_days(
    first: dt.date, length: int, days: int
) -> None:
    whole = DateRange(first, first + dt.timedelta(days=length - 1))
    parts = list(whole.split(days))
    assert [day for part in parts for day in part.days] == whole.days
    assert len(whole.days) == whole.number_of_days == max(0, length)
    assert len(parts) == -(-max(0, length) // days)
    for part in parts:
        start, end = map(dt.datetime.fromisoformat, (part.from_date, part.to_date))
        assert end - start < dt.timedelta(days=30)
        assert 1 <= part.number_of_days <= days


@given(first=dates, length=st.integers(1, 100), choices=st.lists(st.booleans(), max_size=60))
def test_each_day_is_read_once_however_often_ranges_are_halved(
    first: dt.date, length: int, choices: list[bool]
) -> None:
    whole = DateRange(first, first + dt.timedelta(days=length - 1))
    pending, done, outcomes = list(whole.split(MAX_RANGE_DAYS)), list[dt.date](), iter(choices)
    while pending:
        part = pending.pop(0)
        if part.splittable and next(outcomes, False):
            half = part.number_of_days // 2
            pending = list(DateRange(part.first, whole.last).split(half))
        else:
            done += part.days
    assert done == whole.days


@given(
    bookmark=st.none() | dates | st.sampled_from([dt.date.min, dt.date.max]),
    start_date=st.none() | dates,
    end_date=st.none() | dates,
    lookback_days=st.integers(0, 14),
)
def test_no_day_is_outside_of_the_settings(
    bookmark: dt.date | None,
    start_date: dt.date | None,
    end_date: dt.date | None,
    lookback_days: int,
) -> None:
    found = read(
        bookmark=bookmark, start_date=start_date, end_date=end_date, lookback_days=lookback_days
    )
    assert start_date is None or found.first >= start_date
    assert found.last <= min(TODAY, end_date or TODAY)


def test_a_first_run_reads_the_last_30_days_with_one_request() -> None:
    assert read() == DateRange(day(-29), TODAY)
    assert len(list(read().split(MAX_RANGE_DAYS))) == 1


def test_an_older_start_date_is_read_in_ranges() -> None:
    assert list(read(start_date=day(-70)).split(MAX_RANGE_DAYS)) == [
        DateRange(day(-70), day(-41)),
        DateRange(day(-40), day(-11)),
        DateRange(day(-10), TODAY),
    ]


@pytest.mark.parametrize("lookback_days", [0, 1, 14])
def test_a_bookmark_is_read_again_with_the_lookback(lookback_days: int) -> None:
    found = read(bookmark=day(-100), lookback_days=lookback_days)
    assert found == DateRange(day(-100 - lookback_days), TODAY)


def test_the_start_date_bounds_the_lookback() -> None:
    assert read(bookmark=day(-3), start_date=day(-3), lookback_days=7).first == day(-3)


def test_an_end_date_before_the_first_day_leaves_nothing() -> None:
    found = read(bookmark=day(-3), end_date=day(-10))
    assert (found.days, found.number_of_days, list(found.split(30))) == ([], 0, [])
    assert read(start_date=day(5)).days == []


def test_the_texts_of_a_range() -> None:
    assert str(DateRange(TODAY, TODAY)) == "2026-03-17"
    assert str(DateRange(day(-1), TODAY)) == "2026-03-16 to 2026-03-17"
    assert DateRange(day(-1), TODAY).from_date == "2026-03-16 00:00:00"
    assert DateRange(day(-1), TODAY).to_date == "2026-03-17 23:59:59"
