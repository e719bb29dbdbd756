"""The days that a run reads, and the retention gap."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_ozonetel.api.retention import RETENTION_DAYS, oldest_available_day
from tap_ozonetel.streams.spans import (
    RetentionGap,
    RunDays,
    Span,
    date_range,
)
from tests.helpers.examples import examples

TODAY = dt.date(2026, 3, 17)
DAY = dt.timedelta(days=1)


def march(day: int) -> dt.date:
    return dt.date(2026, 3, day)


def run_days(
    bookmark: dt.date | None = None,
    start_date: dt.date | None = None,
    end_date: dt.date | None = None,
    *,
    bookmark_settled: bool = False,
    lookback_days: int = 1,
    has_retention: bool = True,
) -> RunDays:
    return RunDays(
        today=TODAY,
        oldest=oldest_available_day(TODAY) if has_retention else None,
        first_run_days=RETENTION_DAYS if has_retention else 30,
        bookmark=bookmark,
        bookmark_settled=bookmark_settled,
        start_date=start_date,
        end_date=end_date,
        lookback_days=lookback_days,
    )


def to_read(
    bookmark: dt.date | None = None,
    start_date: dt.date | None = None,
    end_date: dt.date | None = None,
    lookback_days: int = 1,
) -> list[dt.date]:
    """The days that a stream with a retention reads."""
    span = run_days(bookmark, start_date, end_date, lookback_days=lookback_days).span
    return span.days if span else []


def unread_days(
    bookmark: dt.date | None = None,
    start_date: dt.date | None = None,
    end_date: dt.date | None = None,
) -> list[dt.date]:
    return run_days(bookmark, start_date, end_date, lookback_days=0).retention_gap.unread


#: Dates near the retention, where the edge cases are.
near = st.dates(TODAY - 40 * DAY, TODAY + 40 * DAY)
dates = st.none() | near | st.dates()


def test_a_stream_without_a_retention_reads_any_day() -> None:
    def read(
        bookmark: dt.date | None = None,
        start_date: dt.date | None = None,
        end_date: dt.date | None = None,
    ) -> Span | None:
        return run_days(bookmark, start_date, end_date, has_retention=False).span

    assert read() == Span.of_days(TODAY - 29 * DAY, TODAY)
    assert read(start_date=TODAY - 70 * DAY) == Span.of_days(TODAY - 70 * DAY, TODAY)
    assert read(bookmark=TODAY - 100 * DAY) == Span.of_days(TODAY - 101 * DAY, TODAY)
    assert read(bookmark=march(14), start_date=march(14)) == Span.of_days(march(14), TODAY)
    assert read(bookmark=dt.date.min) == Span.of_days(dt.date.min, TODAY)
    assert read(bookmark=march(14), end_date=march(7)) is None
    assert read(start_date=march(22)) is None


@examples(200)
@given(dates, dates, dates, st.integers(0, 14))
def test_days_are_ascending_unique_and_within_bounds(
    bookmark: dt.date | None,
    start_date: dt.date | None,
    end_date: dt.date | None,
    lookback_days: int,
) -> None:
    days = to_read(bookmark, start_date, end_date, lookback_days)
    assert all(later - earlier == DAY for earlier, later in pairwise(days))
    for day in days:
        assert TODAY - 14 * DAY <= day <= TODAY
        assert start_date is None or start_date <= day
        assert end_date is None or day <= end_date
        assert bookmark is None or day + lookback_days * DAY >= min(bookmark, TODAY)


@examples(200)
@given(near, dates, dates, st.integers(0, 14))
def test_no_day_within_the_bounds_is_missing(
    bookmark: dt.date, start_date: dt.date | None, end_date: dt.date | None, lookback_days: int
) -> None:
    days = to_read(bookmark, start_date, end_date, lookback_days)
    first = min(bookmark, TODAY) - lookback_days * DAY
    for day in (TODAY - number * DAY for number in range(15)):
        expected = (
            day >= first
            and (start_date is None or day >= start_date)
            and (end_date is None or day <= end_date)
        )
        assert (day in days) == expected


@examples(200)
@given(st.none() | near, st.none() | near, st.none() | near)
def test_a_day_after_the_bookmark_is_read_or_in_the_gap(
    bookmark: dt.date | None, start_date: dt.date | None, end_date: dt.date | None
) -> None:
    read = set(to_read(bookmark, start_date, end_date, 0))
    unread = unread_days(bookmark, start_date, end_date)
    assert unread == sorted(set(unread))
    assert not read.intersection(unread)
    if bookmark is None:
        assert unread == []
        return
    for day in date_range(max(bookmark, TODAY - 60 * DAY), TODAY):
        expected = (
            day > bookmark
            and (start_date is None or day >= start_date)
            and (end_date is None or day <= end_date)
        )
        assert (day in read or day in unread) == expected or day == bookmark


def test_the_first_run_reads_the_whole_retention() -> None:
    assert to_read() == date_range(march(3), march(17))
    assert len(to_read()) == RETENTION_DAYS == 15
    assert oldest_available_day(TODAY) == march(3)


def test_the_lookback_adds_a_day_before_the_bookmark() -> None:
    assert to_read(march(16)) == [march(15), march(16), march(17)]
    assert to_read(march(17)) == [march(16), march(17)]
    assert to_read(march(16), lookback_days=0) == [march(16), march(17)]


@pytest.mark.parametrize("bookmark", [march(18), march(31), dt.date(2999, 1, 1), dt.date.max])
def test_a_bookmark_in_the_future_counts_as_today(bookmark: dt.date) -> None:
    assert to_read(bookmark) == to_read(TODAY)
    assert to_read(bookmark, lookback_days=14) == date_range(march(3), march(17))
    assert unread_days(bookmark) == []


@pytest.mark.parametrize("bookmark", [dt.date.min, dt.date(1970, 1, 1), march(2)])
def test_a_bookmark_older_than_the_retention(bookmark: dt.date) -> None:
    assert to_read(bookmark, lookback_days=14) == date_range(march(3), march(17))


def test_the_lookback_stops_at_the_start_and_the_retention() -> None:
    assert to_read(march(5), lookback_days=14)[0] == march(3)
    assert to_read(march(10), start_date=march(9), lookback_days=5)[0] == march(9)
    assert to_read(march(10), lookback_days=5)[0] == march(5)


def test_a_start_after_the_end_or_today_yields_no_days() -> None:
    assert to_read(start_date=march(12), end_date=march(11)) == []
    assert to_read(start_date=march(12), end_date=march(12)) == [march(12)]
    assert to_read(start_date=march(18)) == []
    assert to_read(end_date=march(2)) == []
    assert to_read(march(16), end_date=march(10)) == []


def test_an_end_in_the_future_counts_as_today() -> None:
    assert to_read(end_date=march(31))[-1] == TODAY


def test_the_gap_is_between_bookmark_and_retention() -> None:
    before = dt.date(2026, 2, 27)
    assert unread_days(before) == [dt.date(2026, 2, 28), march(1), march(2)]
    assert unread_days(march(1)) == [march(2)]
    assert unread_days(march(2)) == unread_days(march(3)) == unread_days(TODAY) == []


def test_there_is_no_gap_without_a_bookmark() -> None:
    assert unread_days(None, start_date=dt.date(2025, 1, 1)) == []


def test_days_outside_the_settings_are_not_in_the_gap() -> None:
    before = dt.date(2026, 2, 20)
    assert unread_days(before, start_date=march(2)) == [march(2)]
    assert unread_days(before, start_date=march(3)) == []
    assert unread_days(before, end_date=dt.date(2026, 2, 21)) == [dt.date(2026, 2, 21)]
    assert unread_days(before, end_date=before) == []


@examples(200)
@given(st.none() | near, st.none() | near, st.none() | near, st.booleans())
def test_the_bookmarks_own_day_may_be_incomplete(
    bookmark: dt.date | None,
    start_date: dt.date | None,
    end_date: dt.date | None,
    settled: bool,  # noqa: FBT001 - drawn by hypothesis
) -> None:
    days = run_days(bookmark, start_date, end_date, bookmark_settled=settled, lookback_days=0)
    found = days.retention_gap
    expected = (
        bookmark is not None
        and not settled
        and bookmark < oldest_available_day(TODAY)
        and (start_date is None or bookmark >= start_date)
        and (end_date is None or bookmark <= end_date)
    )
    assert found.incomplete == (bookmark if expected else None)
    assert len(found) == len(found.unread) + expected
    assert bookmark not in found.unread


def test_each_kind_of_a_gap_is_one() -> None:
    day = [march(1)]
    gaps = [RetentionGap(day), RetentionGap([], march(1)), RetentionGap([], outdated=day)]
    assert all(gaps)
    assert [len(found) for found in gaps] == [1, 1, 0]
    assert not RetentionGap([])
