"""Spans of time: how they are split and written."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tap_ozonetel.streams.spans import MIN_SPLIT_SECONDS, SECONDS_PER_DAY, Span
from tests.helpers.examples import examples

TODAY = dt.date(2026, 3, 17)
DAY = dt.timedelta(days=1)


def march(day: int) -> dt.date:
    return dt.date(2026, 3, day)


def seconds_of(spans: list[Span]) -> list[dt.datetime]:
    second = dt.timedelta(seconds=1)
    return [span.first + n * second for span in spans for n in range(span.seconds)]


#: A day, and spans of several days.
wholes = st.builds(
    lambda first, days: Span.of_days(first, first + (days - 1) * DAY),
    st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1)),
    st.integers(1, 70),
)


@examples(100)
@given(wholes, st.integers(1, 30))
def test_each_day_is_in_one_part(whole: Span, days: int) -> None:
    parts = list(whole.split(days * SECONDS_PER_DAY))
    assert [day for part in parts for day in part.days] == whole.days
    for part in parts:
        start, end = map(dt.datetime.fromisoformat, (part.from_date, part.to_date))
        assert end - start < dt.timedelta(days=days)
        assert part.ends_day


@examples(100)
@given(wholes, st.lists(st.booleans(), max_size=40), st.sampled_from([1, 30]))
def test_spans_split_repeatedly_cover_the_whole(
    whole: Span, too_large: list[bool], days: int
) -> None:
    faults, read = iter(too_large), list[Span]()
    pending = list(whole.split(days * SECONDS_PER_DAY))
    while pending:
        span = pending.pop(0)
        if span.seconds >= MIN_SPLIT_SECONDS and next(faults, False):
            pending = list(Span(span.first, whole.last).split(span.half_seconds))
        else:
            read.append(span)
    second = dt.timedelta(seconds=1)
    assert (read[0].first, read[-1].last) == (whole.first, whole.last)
    assert all(later.first - second == earlier.last for earlier, later in pairwise(read))
    # A part of a day is never a part of two.
    assert all(len(span.days) == 1 or span.seconds % SECONDS_PER_DAY == 0 for span in read)
    assert [span.last.date() for span in read if span.ends_day][-1] == whole.days[-1]


def test_a_day_can_be_halved_down_to_1350_seconds() -> None:
    span, sizes = Span.of_days(TODAY, TODAY), [SECONDS_PER_DAY]
    while span.seconds >= MIN_SPLIT_SECONDS:
        parts = list(Span.of_days(TODAY, TODAY).split(span.half_seconds))
        span = parts[0]
        sizes.append(span.seconds)
        assert seconds_of(parts) == seconds_of([Span.of_days(TODAY, TODAY)])
        assert {part.seconds for part in parts} == {span.seconds}
    assert sizes == [86_400, 43_200, 21_600, 10_800, 5_400, 2_700, 1_350]


def test_several_days_are_halved_at_a_midnight() -> None:
    span = Span.of_days(march(1), march(7))
    assert [str(part) for part in span.split(span.half_seconds)] == [
        "2026-03-01 to 2026-03-03",
        "2026-03-04 to 2026-03-06",
        "2026-03-07",
    ]


def test_a_span_is_formatted_for_the_api_and_the_log() -> None:
    day = Span.of_days(TODAY, TODAY)
    assert (str(day), day.dates) == ("2026-03-17", "2026-03-17")
    assert (day.from_date, day.to_date) == ("2026-03-17 00:00:00", "2026-03-17 23:59:59")
    part = list(day.split(3_600))[1]
    assert (str(part), part.dates) == ("2026-03-17 01:00:00-01:59:59", "2026-03-17")
    assert (part.from_date, part.to_date) == ("2026-03-17 01:00:00", "2026-03-17 01:59:59")
    assert (part.ends_day, list(day.split(3_600))[-1].ends_day) == (False, True)
    assert [str(half) for half in day.split(43_200)] == [
        "2026-03-17 00:00:00-11:59:59",
        "2026-03-17 12:00:00-23:59:59",
    ]
    assert str(Span.of_days(march(16), TODAY)) == "2026-03-16 to 2026-03-17"
