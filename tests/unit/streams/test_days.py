"""Days to read, the retention gap, and the windows of a day."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_ozonetel.streams.days import (
    RETENTION_DAYS,
    SECONDS_PER_DAY,
    RetentionGap,
    Window,
    date_range,
    days_to_read,
    is_settled,
    oldest_available_day,
    retention_gap,
    split_day,
)
from tests.helpers.examples import examples

TODAY = dt.date(2026, 3, 17)
DAY = dt.timedelta(days=1)


def march(day: int) -> dt.date:
    return dt.date(2026, 3, day)


def to_read(
    bookmark: dt.date | None = None,
    start_date: dt.date | None = None,
    end_date: dt.date | None = None,
    lookback_days: int = 1,
) -> list[dt.date]:
    return days_to_read(
        bookmark=bookmark,
        start_date=start_date,
        end_date=end_date,
        lookback_days=lookback_days,
        today=TODAY,
    )


def gap(
    bookmark: dt.date | None = None,
    start_date: dt.date | None = None,
    end_date: dt.date | None = None,
    *,
    bookmark_settled: bool = False,
) -> RetentionGap:
    return retention_gap(
        bookmark=bookmark,
        bookmark_settled=bookmark_settled,
        start_date=start_date,
        end_date=end_date,
        today=TODAY,
    )


def unread_days(
    bookmark: dt.date | None = None,
    start_date: dt.date | None = None,
    end_date: dt.date | None = None,
) -> list[dt.date]:
    return gap(bookmark, start_date, end_date).unread


#: Dates near the retention, where the edge cases are.
near = st.dates(TODAY - 40 * DAY, TODAY + 40 * DAY)
dates = st.none() | near | st.dates()


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
    found = gap(bookmark, start_date, end_date, bookmark_settled=settled)
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
    assert is_settled(march(17), moment) == settled


def sizes() -> list[int]:
    """Return the sizes of windows in seconds, from a day to one that is not split."""
    found = [SECONDS_PER_DAY]
    while Window(TODAY, 0, found[-1] - 1).splittable:
        found.append(found[-1] // 2)
    return found


def seconds_of(windows: list[Window]) -> list[int]:
    return [second for window in windows for second in range(window.first, window.last + 1)]


def test_a_day_can_be_halved_down_to_1350_seconds() -> None:
    assert sizes() == [86_400, 43_200, 21_600, 10_800, 5_400, 2_700, 1_350]


@pytest.mark.parametrize("size", sizes())
def test_windows_of_a_halved_size_cover_the_day(size: int) -> None:
    windows = list(split_day(TODAY, size))
    assert seconds_of(windows) == list(range(SECONDS_PER_DAY))
    assert {window.seconds for window in windows} == {size}
    assert windows[0].from_date == "2026-03-17 00:00:00"
    assert windows[-1].to_date == "2026-03-17 23:59:59"


@examples(200)
@given(st.integers(1_000, SECONDS_PER_DAY), st.integers(0, SECONDS_PER_DAY))
def test_windows_cover_the_rest_of_the_day(size: int, start: int) -> None:
    windows = list(split_day(TODAY, size, start))
    assert seconds_of(windows) == list(range(start, SECONDS_PER_DAY))
    assert all(window.seconds == size for window in windows[:-1])
    assert all(0 < window.seconds <= size for window in windows)


@examples(200)
@given(st.lists(st.booleans(), max_size=40))
def test_a_day_split_repeatedly_covers_every_second(too_large: list[bool]) -> None:
    faults, read = iter(too_large), list[Window]()
    pending = list(split_day(TODAY))
    while pending:
        window = pending.pop(0)
        if window.splittable and next(faults, False):
            pending = list(split_day(TODAY, window.seconds // 2, window.first))
        else:
            read.append(window)
    assert seconds_of(read) == list(range(SECONDS_PER_DAY))


@pytest.mark.parametrize(("seconds", "splittable"), [(1, False), (1799, False), (1800, True)])
def test_a_window_under_30_minutes_is_not_split(seconds: int, *, splittable: bool) -> None:
    assert Window(TODAY, 100, 100 + seconds - 1).splittable == splittable


def test_a_window_is_formatted_for_the_api_and_the_log() -> None:
    window = Window(TODAY, 3_661, 7_199)
    assert (window.from_date, window.to_date) == ("2026-03-17 01:01:01", "2026-03-17 01:59:59")
    assert str(window) == "2026-03-17 01:01:01-01:59:59"
    assert str(Window(TODAY, 0, SECONDS_PER_DAY - 1)) == "2026-03-17"
