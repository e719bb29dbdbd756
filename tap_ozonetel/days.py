"""Which days are read, and in which windows. Pure: dates in, dates out."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Days that are still served: today and the 14 before it. The API says 15 days back from the moment
#: of the request, so of the 15th only a part is left (contract, "Limits").
DAYS_KEPT = 15

SECONDS_A_DAY = 86_400

#: A window shorter than this is not cut: no 30 minutes of calls are too many for the gateway.
SHORTEST_CUT_SECONDS = 30 * 60


class Window(NamedTuple):
    """A stretch of one day of the account, in whole seconds from its midnight, ends included."""

    day: dt.date
    first: int
    last: int

    @property
    def seconds(self) -> int:
        """How many seconds of the day are in the window."""
        return self.last - self.first + 1

    @property
    def can_be_cut(self) -> bool:
        """Whether the window is long enough to be cut in half."""
        return self.seconds >= SHORTEST_CUT_SECONDS

    @property
    def from_date(self) -> str:
        """The window's first second as the API writes it, `YYYY-MM-DD HH:MM:SS`."""
        return f"{self.day} {_clock(self.first)}"

    @property
    def to_date(self) -> str:
        """The window's last second as the API writes it, `YYYY-MM-DD HH:MM:SS`."""
        return f"{self.day} {_clock(self.last)}"

    def __str__(self) -> str:
        """The window as a person reads it: the day, with its hours where it is not whole."""
        if self.seconds == SECONDS_A_DAY:
            return str(self.day)
        return f"{self.day} {_clock(self.first)}-{_clock(self.last)}"


def _clock(second: int) -> str:
    minutes, seconds = divmod(second, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}"


def windows(day: dt.date, seconds: int = SECONDS_A_DAY, start: int = 0) -> Iterator[Window]:
    """Cut the rest of a day into windows that touch and never overlap.

    Args:
        day: The account's calendar day.
        seconds: The length of a window; the last one of the day may be shorter.
        start: The second of the day with which the first window begins.

    Yields:
        The windows from `start` to the day's last second.
    """
    for first in range(start, SECONDS_A_DAY, seconds):
        yield Window(day, first, min(first + seconds, SECONDS_A_DAY) - 1)


def oldest_kept_day(today: dt.date) -> dt.date:
    """The oldest day that the API still serves whole."""
    return today - dt.timedelta(days=DAYS_KEPT - 1)


def days_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """All days from the first to the last, both included; none where the last is earlier."""
    return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]


def days_to_read(
    *,
    bookmark: dt.date | None,
    start_date: dt.date | None,
    end_date: dt.date | None,
    lookback_days: int,
    today: dt.date,
) -> list[dt.date]:
    """The days of a run, oldest first.

    Args:
        bookmark: The last day that an earlier run read to its end. One after today counts as today.
        start_date: Never read before this day.
        end_date: Never read after this day.
        lookback_days: How many days before the bookmark are read again, since records change for
            a while after the call (contract, "Records").
        today: The account's own day.

    Returns:
        From `max(start_date, bookmark - lookback_days, oldest kept day)` to
        `min(end_date, today)`; empty when that is the wrong way round.
    """
    first = oldest_kept_day(today)
    if start_date is not None:
        first = max(first, start_date)
    if bookmark is not None:
        # Kept apart from the ends of the calendar, where there is nothing to subtract from.
        bookmark = max(min(bookmark, today), oldest_kept_day(today))
        first = max(first, bookmark - dt.timedelta(days=lookback_days))
    return days_between(first, today if end_date is None else min(end_date, today))


def days_lost(
    *,
    bookmark: dt.date | None,
    start_date: dt.date | None,
    end_date: dt.date | None,
    today: dt.date,
) -> list[dt.date]:
    """The days that no run has read to their end and that the API no longer keeps.

    The bookmark's own day was read to its end, so the gap begins behind it. A first run has no gap,
    however old its `start_date` is, and days that the settings leave out are not missed.
    """
    if bookmark is None:
        return []
    first = min(bookmark, today) + dt.timedelta(days=1)
    last = oldest_kept_day(today) - dt.timedelta(days=1)
    return days_between(
        first if start_date is None else max(first, start_date),
        last if end_date is None else min(last, end_date),
    )
