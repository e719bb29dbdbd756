"""What a person reads while a run goes on. Pure: numbers in, a line out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_ozonetel.days import DAYS_KEPT

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

MINUTE = 60
HOUR = 60 * MINUTE


def spoken(seconds: float) -> str:
    """A duration, as exact as anyone wants it: `0 s`, `42 s`, `7 min`, `1 h 5 min`."""
    if round(seconds) < MINUTE:
        return f"{seconds:.0f} s"
    minutes = round(seconds / MINUTE)
    return f"{minutes} min" if minutes < MINUTE else f"{minutes // MINUTE} h {minutes % MINUTE} min"


def counted(number: int, noun: str) -> str:
    """A number with its noun: `1 day`, `1,234 records`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def stretch(days: Sequence[dt.date]) -> str:
    """Days that follow each other: `2026-11-20`, `2026-11-09 to 2026-11-23`."""
    return str(days[0]) if len(days) == 1 else f"{days[0]} to {days[-1]}"


def beginning(days: Sequence[dt.date], requests: int, seconds: float, *, at_least: bool) -> str:
    """The line at the start of a stream.

    Args:
        days: The days that will be read.
        requests: How many requests they take.
        seconds: How long these wait for each other.
        at_least: Whether there may be more requests: of pages it is not known how many there are.
    """
    if not days:
        return "No days to read"
    bound = "at least " if at_least else ""
    return (
        f"{counted(len(days), 'day')} to read, {stretch(days)}: "
        f"{bound}{counted(requests, 'request')}, "
        f"{bound}{spoken(seconds)} of waiting and the time of the answers"
    )


def day_read(
    day: dt.date, number: int, days: int, records: int, next_in: float, left: float
) -> str:
    """The line after a day.

    Args:
        day: The day that was read.
        number: Which day of the run it was, from 1.
        days: How many days the run has.
        records: How many records the day had.
        next_in: Seconds until the next request may go out.
        left: Seconds that the rest of the days will wait.
    """
    line = f"Day {number} of {days}, {day}: {counted(records, 'record')}"
    if number == days:
        return line
    return f"{line}; next request in {spoken(next_in)}, about {spoken(left)} left"


def gone(gaps: Sequence[str]) -> str:
    """The line on days that no run has read and that the API no longer keeps."""
    return f"Days are gone for ever, the API keeps {DAYS_KEPT} days: {'; '.join(gaps)}"


AFTER_A_GAP = (
    "To go on without them set on_retention_gap to warn, or start_date to a day that is still kept"
)


def read_twice(requests: Mapping[str, int]) -> str:
    """The line on streams that spend the account's requests on the same calls."""
    costs = " and ".join(f"{name} at least {number}" for name, number in requests.items())
    return (
        f"{' and '.join(requests)} read the same calls, so each day is asked for twice: {costs} "
        "requests of one limit. Select one of them: with Meltano by `select: [cdr_details.*]`"
    )
