"""The days and windows to read. Pure functions of dates."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The days that the API still serves: today and the 14 days before it. The API keeps calls for 15
#: days back from the moment of the request, so only a part of the 15th day before today is left
#: (docs/ozonetel-api.md, "Limits").
RETENTION_DAYS = 15

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


def retention_gap(
    *,
    bookmark: dt.date | None,
    start_date: dt.date | None,
    end_date: dt.date | None,
    today: dt.date,
) -> list[dt.date]:
    """The days after the bookmark that the API no longer serves.

    A first run has no gap, however old its `start_date` is. Days outside of `start_date` and
    `end_date` are not part of a gap.
    """
    if bookmark is None:
        return []
    first = min(bookmark, today) + dt.timedelta(days=1)
    last = oldest_available_day(today) - dt.timedelta(days=1)
    return date_range(
        first if start_date is None else max(first, start_date),
        last if end_date is None else min(last, end_date),
    )
