"""The messages about the progress of a run. Pure functions that return strings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_ozonetel.api.retention import RETENTION_DAYS, SETTLED_AT
from tap_ozonetel.streams.spans import SECONDS_PER_DAY, Span

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from tap_ozonetel.errors import OzonetelError
    from tap_ozonetel.streams.spans import RetentionGap

SECONDS_PER_MINUTE = 60
MINUTES_PER_HOUR = 60


def format_duration(seconds: float) -> str:
    """A duration in words, such as `0 s`, `42 s`, `7 min` or `1 h 5 min`."""
    if round(seconds) < SECONDS_PER_MINUTE:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / SECONDS_PER_MINUTE), MINUTES_PER_HOUR)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def pluralize(number: int, noun: str) -> str:
    """A number and its noun, such as `1 day` or `1,234 records`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def start_message(span: Span, requests: int, seconds: float, *, at_least: bool) -> str:
    """The message at the start of a stream.

    Args:
        span: The days to read.
        requests: The number of requests for these days.
        seconds: The time that the rate limit makes these requests wait.
        at_least: Whether more requests may be necessary, as with pages.
    """
    bound = "at least " if at_least else ""
    return (
        f"Reading {pluralize(len(span.days), 'day')}, {span.dates}: "
        f"{bound}{pluralize(requests, 'request')}, {bound}{format_duration(seconds)} waiting for "
        "the rate limit, plus response times"
    )


def day_message(
    dates: str, number: int, total: int, records: int, next_in: float, left: float
) -> str:
    """The message after a day, or after several days that came with one response.

    Args:
        dates: The day, or the first and the last day.
        number: The position of the last day in the run, from 1.
        total: The number of days in the run.
        records: The number of records of these days.
        next_in: Seconds until the rate limit permits the next request.
        left: Seconds that the remaining requests will wait for the rate limit.
    """
    message = f"Day {number} of {total}, {dates}: {pluralize(records, 'record')}"
    if number == total:
        return message
    return f"{message}; next request in {format_duration(next_in)}, {format_duration(left)} left"


def split_message(span: Span, error: OzonetelError, seconds: int) -> str:
    """The message about a span that is too large for one response.

    Args:
        span: The span.
        error: What came instead of a response.
        seconds: The length of the next spans.
    """
    days = seconds // SECONDS_PER_DAY
    length = pluralize(days, "day") if days else format_duration(seconds)
    return f"{span}: {error}; requesting {length} at a time from now on"


def unsettled_message(day: dt.date) -> str:
    """The message about a past day that is read before it is settled."""
    return (
        f"{day} may be incomplete: the API moves its calls at night, until {SETTLED_AT:%H:%M}. The "
        "bookmark stays on this day, so the next run reads it again"
    )


def unusable_records_message(reasons: Mapping[str, int]) -> str:
    """The message of an error about records that cannot be used.

    Args:
        reasons: How many records there are, by what is wrong with them.
    """
    return (
        f"{_format_unusable(reasons)} cannot be used. Run again. If the error persists, report the "
        "day to Ozonetel's support. To continue without such records, set on_unusable_record to "
        "skip"
    )


def skipped_records_message(days: object, reasons: Mapping[str, int]) -> str:
    """The message about records that are skipped.

    Args:
        days: The requested day, or range of days.
        reasons: How many records there are, by what is wrong with them.
    """
    return f"{days}: skipped {_format_unusable(reasons)}, which cannot be used"


def _format_unusable(reasons: Mapping[str, int]) -> str:
    parts = ", ".join(f"{number:,} {reason}" for reason, number in sorted(reasons.items()))
    return f"{pluralize(sum(reasons.values()), 'record')} ({parts})"


def repairs_message(days: object, repairs: Mapping[str, int]) -> str:
    """The message about responses that only a lenient JSON reader accepts.

    Args:
        days: The requested day, or range of days.
        repairs: How often each repair was made.
    """
    parts = ", ".join(f"{number:,} {repair}" for repair, number in sorted(repairs.items()))
    return f"{days}: repaired JSON that only a lenient reader accepts: {parts}"


def notes_message(days: object, notes: Mapping[str, int]) -> str:
    """The message about records that are odd but used.

    Args:
        days: The requested day, or range of days.
        notes: How many records there are, by what is odd about them.
    """
    parts = "; ".join(
        f"{pluralize(number, 'record')} {note}" for note, number in sorted(notes.items())
    )
    return f"{days}: {parts}"


def retention_gap_message(gaps: Mapping[str, RetentionGap]) -> str:
    """The message about days that the API no longer serves.

    Args:
        gaps: The gap of each stream, by its name.
    """
    days = max(map(len, gaps.values()))
    ranges = "; ".join(f"{stream} {_format_gap(gap)}" for stream, gap in gaps.items())
    if not days:
        return f"Late changes to days past the {RETENTION_DAYS}-day retention are lost: {ranges}"
    verb = "is" if days == 1 else "are"
    return (
        f"Data loss: {pluralize(days, 'day')} {verb} past the {RETENTION_DAYS}-day retention: "
        f"{ranges}"
    )


def _format_gap(gap: RetentionGap) -> str:
    parts = [f"{gap.incomplete} (possibly incomplete)"] if gap.incomplete else []
    if gap.unread:
        parts.append(_format_days(gap.unread))
    if gap.outdated:
        parts.append(f"possibly outdated: {_format_days(gap.outdated)}")
    return ", ".join(parts)


def _format_days(days: Sequence[dt.date]) -> str:
    return Span.of_days(days[0], days[-1]).dates


RETENTION_GAP_ADVICE = (
    ". To continue without them, set on_retention_gap to warn, or start_date to a later day"
)


def idle_message(reasons: Mapping[str, str]) -> str:
    """The message about streams that read no new day.

    Args:
        reasons: Why each stream does not, by its name.
    """
    streams = "; ".join(f"{stream}: {reason}" for stream, reason in reasons.items())
    return f"No new day to read: {streams}. Correct or remove the setting"


def duplicate_streams_message(requests: Mapping[str, int]) -> str:
    """The message about selected streams that read the same calls.

    Args:
        requests: The least number of requests of each stream, by its name.
    """
    costs = " and ".join(f"{name} at least {number}" for name, number in requests.items())
    return (
        f"{' and '.join(requests)} read the same calls, and their requests share one rate limit "
        f"({costs}). Select only one of them; with Meltano, use `select: [cdr_details.*]`"
    )
