"""The days and windows to read. Pure functions of dates."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The days that the API still serves: today and the 14 days before it. The API keeps calls for 15
#: days back from the moment of the request, so only a part of the 15th day before today is left
#: (docs/ozonetel-api.md, "Limits").
RETENTION_DAYS = 15

#: A day is settled at 03:00 of the next day. Before, the API may still be moving its calls from the
#: store of today to the one of past days (docs/ozonetel-api.md, "Limits").
SETTLED_AT = dt.time(3)

SECONDS_PER_DAY = 86_400

#: Windows shorter than this are not split: 30 minutes of calls are not too many for the gateway.
MIN_SPLIT_SECONDS = 30 * 60


class Window(NamedTuple):
    """A part of one day of the account, in whole seconds since midnight, both ends included."""

    day: dt.date
    first: int
    last: int

    @property
    def seconds(self) -> int:
        """The length of the window in seconds."""
        return self.last - self.first + 1

    @property
    def splittable(self) -> bool:
        """Whether the window is long enough to be split in two."""
        return self.seconds >= MIN_SPLIT_SECONDS

    @property
    def from_date(self) -> str:
        """The first second of the window in the API's format, `YYYY-MM-DD HH:MM:SS`."""
        return f"{self.day} {_format_time(self.first)}"

    @property
    def to_date(self) -> str:
        """The last second of the window in the API's format, `YYYY-MM-DD HH:MM:SS`."""
        return f"{self.day} {_format_time(self.last)}"

    def __str__(self) -> str:
        """The day, followed by the times if the window is shorter than the day."""
        if self.seconds == SECONDS_PER_DAY:
            return str(self.day)
        return f"{self.day} {_format_time(self.first)}-{_format_time(self.last)}"


def _format_time(second: int) -> str:
    minutes, seconds = divmod(second, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}"


def split_day(day: dt.date, seconds: int = SECONDS_PER_DAY, start: int = 0) -> Iterator[Window]:
    """Split the rest of a day into adjacent windows.

    Args:
        day: The calendar day of the account.
        seconds: The length of a window. The last window of the day may be shorter.
        start: The second of the day at which the first window starts.

    Yields:
        The windows from `start` to the last second of the day.
    """
    for first in range(start, SECONDS_PER_DAY, seconds):
        yield Window(day, first, min(first + seconds, SECONDS_PER_DAY) - 1)


def oldest_available_day(today: dt.date) -> dt.date:
    """The oldest day that the API still serves completely."""
    return today - dt.timedelta(days=RETENTION_DAYS - 1)


def is_settled(day: dt.date, now: dt.datetime) -> bool:
    """Whether the API serves the final records of a day.

    Args:
        day: The day.
        now: The time of the request, in the account's time zone.
    """
    next_day = day + dt.timedelta(days=1)
    return now >= dt.datetime.combine(next_day, SETTLED_AT, tzinfo=now.tzinfo)


def date_range(first: dt.date, last: dt.date) -> list[dt.date]:
    """The days from `first` to `last`, both included. Empty if `last` is before `first`."""
    return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]


def days_to_read(
    *,
    bookmark: dt.date | None,
    start_date: dt.date | None,
    end_date: dt.date | None,
    lookback_days: int,
    today: dt.date,
) -> list[dt.date]:
    """The days that a run reads, oldest first.

    Args:
        bookmark: The bookmark of the state. A bookmark after today counts as today.
        start_date: Earlier days are never read.
        end_date: Later days are never read.
        lookback_days: The number of days before the bookmark to read again. Records change after
            the call (docs/ozonetel-api.md, "Calls in progress").
        today: The current day of the account.

    Returns:
        The days from `max(start_date, bookmark - lookback_days, oldest available day)` to
        `min(end_date, today)`.
    """
    first = oldest_available_day(today)
    if start_date is not None:
        first = max(first, start_date)
    if bookmark is not None:
        # Clamped before the subtraction, which fails near the first date of the calendar.
        bookmark = max(min(bookmark, today), oldest_available_day(today))
        first = max(first, bookmark - dt.timedelta(days=lookback_days))
    return date_range(first, today if end_date is None else min(end_date, today))


@dataclass(frozen=True, slots=True)
class RetentionGap:
    """The days of a stream that are past the API's retention."""

    #: Days that no run has read.
    unread: list[dt.date]
    #: The bookmark's day, if it was last read before it was settled.
    incomplete: dt.date | None = None

    def __len__(self) -> int:
        """The number of days."""
        return len(self.unread) + (self.incomplete is not None)


def retention_gap(
    *,
    bookmark: dt.date | None,
    bookmark_settled: bool,
    start_date: dt.date | None,
    end_date: dt.date | None,
    today: dt.date,
) -> RetentionGap:
    """Find the days from the bookmark on that the API no longer serves.

    A first run has no gap, however old its `start_date` is. Days outside of `start_date` and
    `end_date` are not part of a gap.

    Args:
        bookmark: The bookmark of the state. All days before it were read after they were settled.
        bookmark_settled: Whether the bookmark's own day was read after it was settled.
        start_date: The setting.
        end_date: The setting.
        today: The current day of the account.
    """
    if bookmark is None:
        return RetentionGap([])
    last = oldest_available_day(today) - dt.timedelta(days=1)
    days = date_range(
        bookmark if start_date is None else max(bookmark, start_date),
        last if end_date is None else min(last, end_date),
    )
    if days[:1] != [bookmark]:
        return RetentionGap(days)
    return RetentionGap(days[1:], None if bookmark_settled else bookmark)
