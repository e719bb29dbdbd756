"""The ranges of days of the agent summary. Pure functions of dates."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The longest range of a request, and what a first run reads (docs/ozonetel-api.md, "Agent state
#: summary"): from the first second of the first day to the last second of the last one are less
#: than 30 times 24 hours.
MAX_RANGE_DAYS = 30


class DateRange(NamedTuple):
    """Consecutive days of the account, both ends included."""

    first: dt.date
    last: dt.date

    @property
    def days(self) -> list[dt.date]:
        """The days, oldest first. Empty if `last` is before `first`."""
        return [self.first + dt.timedelta(days=n) for n in range(self.number_of_days)]

    @property
    def number_of_days(self) -> int:
        """The number of days; 0 if `last` is before `first`."""
        return max(0, (self.last - self.first).days + 1)

    @property
    def splittable(self) -> bool:
        """Whether the range can be split in two."""
        return self.number_of_days > 1

    @property
    def from_date(self) -> str:
        """The first second of the range in the API's format, `YYYY-MM-DD HH:MM:SS`."""
        return f"{self.first} 00:00:00"

    @property
    def to_date(self) -> str:
        """The last second of the range in the API's format, `YYYY-MM-DD HH:MM:SS`."""
        return f"{self.last} 23:59:59"

    def __str__(self) -> str:
        """The day, or the first and the last day."""
        return str(self.first) if self.first == self.last else f"{self.first} to {self.last}"

    def split(self, days: int) -> Iterator[DateRange]:
        """Split the range into adjacent ranges.

        Args:
            days: The number of days in each. The last one may be shorter.

        Yields:
            The ranges, oldest first.
        """
        for start in range(0, self.number_of_days, days):
            first = self.first + dt.timedelta(days=start)
            yield DateRange(first, min(self.last, first + dt.timedelta(days=days - 1)))


def range_to_read(
    *,
    bookmark: dt.date | None,
    start_date: dt.date | None,
    end_date: dt.date | None,
    lookback_days: int,
    today: dt.date,
) -> DateRange:
    """The days that a run reads.

    Args:
        bookmark: The bookmark of the state. A bookmark after today counts as today.
        start_date: Earlier days are never read. Without a bookmark, it is the first day.
        end_date: Later days are never read.
        lookback_days: The number of days before the bookmark to read again.
        today: The current day of the account.

    Returns:
        The range. It is empty, with its last day before its first one, if there is nothing to read.
    """
    if bookmark is not None:
        # Not before the first date of the calendar.
        ordinal = max(min(bookmark, today).toordinal() - lookback_days, dt.date.min.toordinal())
        first = dt.date.fromordinal(ordinal)
        first = first if start_date is None else max(first, start_date)
    elif start_date is not None:
        first = start_date
    else:
        first = today - dt.timedelta(days=MAX_RANGE_DAYS - 1)
    return DateRange(first, today if end_date is None else min(end_date, today))
