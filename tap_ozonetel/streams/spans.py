"""Spans of the account's time: which days a run reads, and in which requests. Pure functions."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

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
        """The days that the span overlaps, oldest first."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDays:
    """The days that a run reads, and those that it would have read but no longer can."""

    #: The current day of the account, at the start of the run.
    today: dt.date
    #: The oldest day that the API serves. None if the endpoint documents no retention.
    oldest: dt.date | None
    #: What a run without a bookmark and a `start_date` reads, today included.
    first_run_days: int
    #: The bookmark of the state. All days before it were read after they were settled.
    bookmark: dt.date | None
    #: Whether the bookmark's own day was read after it was settled.
    bookmark_settled: bool
    #: Earlier days are never read. Without a bookmark, it is the first day.
    start_date: dt.date | None
    #: Later days are never read.
    end_date: dt.date | None
    #: The number of days before the bookmark to read again. Records change after the call
    #: (docs/ozonetel-api.md, "Calls in progress").
    lookback_days: int

    @property
    def span(self) -> Span | None:
        """The days to read. None if there are none."""
        if self.bookmark is not None:
            first = self._first_of_lookback(self.bookmark)
        elif self.start_date is not None:
            first = self.start_date
        else:
            first = self.today - dt.timedelta(days=self.first_run_days - 1)
        first = max(first, self.start_date or first, self.oldest or first)
        last = min(self.end_date or self.today, self.today)
        return Span.of_days(first, last) if first <= last else None

    @property
    def retention_gap(self) -> RetentionGap:
        """The days that the API no longer serves and that this run would have read.

        A first run has no gap, however old its `start_date` is. Days outside of `start_date` and
        `end_date` are not part of a gap.
        """
        if self.bookmark is None or self.oldest is None:
            return RetentionGap([])
        last = min(self.oldest - dt.timedelta(days=1), self.end_date or self.today)
        first = self._first_of_lookback(self.bookmark)
        days = date_range(max(first, self.start_date or first), last)
        is_incomplete = self.bookmark in days and not self.bookmark_settled
        incomplete = self.bookmark if is_incomplete else None
        unread = [day for day in days if day > self.bookmark]
        # The lookback of a daily run reaches the days before the retention only if it is very long,
        # and the run of the day before has read them.
        is_daily = self.today - self.bookmark <= dt.timedelta(days=1)
        read = [day for day in days if day <= self.bookmark and day != incomplete]
        return RetentionGap(unread, incomplete, [] if is_daily else read)

    @property
    def idle_reason(self) -> str | None:
        """Which setting keeps the run from reading a new day, and why. None if it reads one."""
        start_date, end_date, bookmark = self.start_date, self.end_date, self.bookmark
        if self.span is None:
            if start_date and start_date > self.today:
                return f"start_date is {start_date}, which is in the future"
            if start_date and end_date and start_date > end_date:
                return f"start_date is {start_date}, which is after end_date, {end_date}"
            return f"end_date is {end_date}, which is before the first day to read"
        if bookmark and end_date and end_date <= bookmark and end_date < self.today:
            return f"end_date is {end_date}, but the bookmark is already at {bookmark}"
        return None

    def _first_of_lookback(self, bookmark: dt.date) -> dt.date:
        """The first day of the lookback, in year 1 or later. A future bookmark counts as today."""
        ordinal = min(bookmark, self.today).toordinal() - self.lookback_days
        return dt.date.fromordinal(max(ordinal, dt.date.min.toordinal()))
