"""Spans of the account's time: which days a run reads, and in which requests. Pure functions."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from tap_ozonetel.api.retention import oldest_available_day

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS_PER_DAY = 86_400

#: Shorter spans are not split: 30 minutes of calls are not too many for the gateway.
MIN_SPLIT_SECONDS = 30 * 60

_SECOND = dt.timedelta(seconds=1)


class Span(NamedTuple):
    """A span of time of the account, in whole seconds without a time zone, both ends included."""

    first: dt.datetime
    last: dt.datetime

    @classmethod
    def of_days(cls, first: dt.date, last: dt.date) -> Span:
        """The span of whole days, both ends included."""
        midnight = dt.datetime.combine(last, dt.time.max).replace(microsecond=0)
        return cls(dt.datetime.combine(first, dt.time.min), midnight)

    @property
    def seconds(self) -> int:
        """The length in seconds."""
        return round((self.last - self.first + _SECOND).total_seconds())

    @property
    def days(self) -> list[dt.date]:
        """The days that the span has a part of, oldest first."""
        return date_range(self.first.date(), self.last.date())

    @property
    def ends_day(self) -> bool:
        """Whether the span ends with the last second of a day."""
        return (self.last + _SECOND).time() == dt.time.min

    @property
    def from_date(self) -> str:
        """The first second in the API's format, `YYYY-MM-DD HH:MM:SS`."""
        return self.first.isoformat(" ")

    @property
    def to_date(self) -> str:
        """The last second in the API's format, `YYYY-MM-DD HH:MM:SS`."""
        return self.last.isoformat(" ")

    @property
    def dates(self) -> str:
        """The day, or the first and the last day."""
        first, last = self.first.date(), self.last.date()
        return str(first) if first == last else f"{first} to {last}"

    @property
    def half_seconds(self) -> int:
        """The length of a half in seconds. Several days are halved at a midnight."""
        days = self.seconds // SECONDS_PER_DAY
        return days // 2 * SECONDS_PER_DAY if days > 1 else self.seconds // 2

    def __str__(self) -> str:
        """The day or days, followed by the times if they are not whole."""
        if self.first.time() == dt.time.min and self.ends_day:
            return self.dates
        return f"{self.dates} {self.first.time()}-{self.last.time()}"

    def split(self, seconds: int) -> Iterator[Span]:
        """Split the span into adjacent spans.

        Args:
            seconds: The length of each. The last one may be shorter.

        Yields:
            The spans, oldest first.
        """
        for start in range(0, self.seconds, seconds):
            first = self.first + dt.timedelta(seconds=start)
            yield Span(first, min(self.last, first + dt.timedelta(seconds=seconds) - _SECOND))


def date_range(first: dt.date, last: dt.date) -> list[dt.date]:
    """The days from `first` to `last`, both included. Empty if `last` is before `first`."""
    return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]


def span_to_read(
    *,
    bookmark: dt.date | None,
    start_date: dt.date | None,
    end_date: dt.date | None,
    lookback_days: int,
    today: dt.date,
    first_run_days: int,
) -> Span | None:
    """The days that a run reads.

    Args:
        bookmark: The bookmark of the state. A bookmark after today counts as today.
        start_date: Earlier days are never read. Without a bookmark, it is the first day.
        end_date: Later days are never read.
        lookback_days: The number of days before the bookmark to read again. Records change after
            the call (docs/ozonetel-api.md, "Calls in progress").
        today: The current day of the account.
        first_run_days: What a run without a bookmark and a `start_date` reads, today included.

    Returns:
        The span of these days. None if there is nothing to read.
    """
    if bookmark is not None:
        # Not before the first date of the calendar.
        ordinal = max(min(bookmark, today).toordinal() - lookback_days, dt.date.min.toordinal())
        first = dt.date.fromordinal(ordinal)
    elif start_date is not None:
        first = start_date
    else:
        first = today - dt.timedelta(days=first_run_days - 1)
    first = max(first, start_date or first)
    last = today if end_date is None else min(end_date, today)
    return Span.of_days(first, last) if first <= last else None


@dataclass(frozen=True, slots=True)
class RetentionGap:
    """The days of a stream that are past the API's retention."""

    #: Days that no run has read.
    unread: list[dt.date]
    #: The bookmark's day, if it was last read before it was settled.
    incomplete: dt.date | None = None
    #: Days that were read, but can no longer be read again for late changes.
    outdated: list[dt.date] = field(default_factory=list)

    def __len__(self) -> int:
        """The number of days whose calls are missing."""
        return len(self.unread) + (self.incomplete is not None)

    def __bool__(self) -> bool:
        """Whether there is anything to report."""
        return bool(self.unread or self.incomplete or self.outdated)


def retention_gap(
    *,
    bookmark: dt.date | None,
    bookmark_settled: bool,
    start_date: dt.date | None,
    end_date: dt.date | None,
    lookback_days: int,
    today: dt.date,
) -> RetentionGap:
    """Find the days that the API no longer serves and that this run would have read.

    A first run has no gap, however old its `start_date` is. Days outside of `start_date` and
    `end_date` are not part of a gap.

    Args:
        bookmark: The bookmark of the state. All days before it were read after they were settled.
        bookmark_settled: Whether the bookmark's own day was read after it was settled.
        start_date: The setting.
        end_date: The setting.
        lookback_days: The setting.
        today: The current day of the account.
    """
    if bookmark is None:
        return RetentionGap([])
    last = min(oldest_available_day(today) - dt.timedelta(days=1), end_date or today)
    # Not before the first date of the calendar.
    reach = dt.date.fromordinal(max(bookmark.toordinal() - lookback_days, 1))
    days = date_range(max(reach, start_date or reach), last)
    incomplete = bookmark if bookmark in days and not bookmark_settled else None
    unread = [day for day in days if day > bookmark]
    # The lookback of a daily run reaches the days before the retention only if it is very long, and
    # the run of the day before has read them.
    is_daily = today - bookmark <= dt.timedelta(days=1)
    outdated = [day for day in days if day <= bookmark and day != incomplete and not is_daily]
    return RetentionGap(unread, incomplete, outdated)


def idle_reason(
    *,
    span: Span | None,
    bookmark: dt.date | None,
    start_date: dt.date | None,
    end_date: dt.date | None,
    today: dt.date,
) -> str | None:
    """Find out why a run reads no new day.

    Args:
        span: The days that the run reads.
        bookmark: The bookmark of the state.
        start_date: The setting.
        end_date: The setting.
        today: The current day of the account.

    Returns:
        What is wrong with which setting, or None.
    """
    if span is None:
        if start_date is not None and start_date > today:
            return f"start_date is {start_date}, in the future"
        if start_date is not None and end_date is not None and start_date > end_date:
            return f"start_date, {start_date}, is after end_date, {end_date}"
        return f"end_date is {end_date}, before the first day to read"
    if bookmark is not None and end_date is not None and end_date <= bookmark and end_date < today:
        return f"end_date is {end_date}, which the bookmark, {bookmark}, has reached"
    return None
