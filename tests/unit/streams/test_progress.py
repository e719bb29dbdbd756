"""Progress messages."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_ozonetel.streams import progress
from tap_ozonetel.streams.spans import RetentionGap, Span
from tests.helpers.examples import examples

DAY = dt.date(2026, 3, 17)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.4, "0 s"),
        (42.4, "42 s"),
        (59, "59 s"),
        (59.7, "1 min"),
        (60, "1 min"),
        (89, "1 min"),
        (91, "2 min"),
        (420, "7 min"),
        (3_569, "59 min"),
        (3_590, "1 h 0 min"),
        (3_600, "1 h 0 min"),
        (3_900, "1 h 5 min"),
        (86_400, "24 h 0 min"),
    ],
)
def test_a_duration_is_formatted(seconds: float, text: str) -> None:
    assert progress.format_duration(seconds) == text


@examples(200)
@given(st.floats(0, 4_000) | st.floats(0, 1e7))
def test_no_duration_has_60_minutes_or_seconds(seconds: float) -> None:
    assert "60" not in progress.format_duration(seconds).replace("h", " ").split()[-2:]


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 days"), (1, "1 day"), (2, "2 days"), (1_234_567, "1,234,567 days")],
)
def test_a_noun_is_pluralized(number: int, text: str) -> None:
    assert progress.pluralize(number, "day") == text


def test_the_start_message() -> None:
    days = Span.of_days(DAY, DAY + dt.timedelta(days=1))
    assert progress.start_message(days, 2, 0.0, at_least=False) == (
        "Reading 2 days, 2026-03-17 to 2026-03-18: 2 requests, "
        "0 s waiting for the rate limit, plus response times"
    )
    day = Span.of_days(DAY, DAY)
    assert progress.start_message(day, 1, 60.0, at_least=True) == (
        "Reading 1 day, 2026-03-17: at least 1 request, "
        "at least 1 min waiting for the rate limit, plus response times"
    )


def test_the_day_message() -> None:
    assert progress.day_message(str(DAY), 3, 15, 1_234, 57.6, 360.0) == (
        "Day 3 of 15, 2026-03-17: 1,234 records; next request in 58 s, 6 min left"
    )
    assert progress.day_message(str(DAY), 15, 15, 1, 30.0, 30.0) == (
        "Day 15 of 15, 2026-03-17: 1 record"
    )


def test_the_retention_gap_message() -> None:
    days = [DAY, DAY + dt.timedelta(days=1)]
    gaps = {
        "cdr_details": RetentionGap(days, DAY - dt.timedelta(days=1)),
        "cdr_paginated": RetentionGap(days[:1]),
    }
    assert progress.retention_gap_message(gaps) == (
        "Data loss: 3 days are past the 15-day retention: cdr_details 2026-03-16 (possibly "
        "incomplete), 2026-03-17 to 2026-03-18; cdr_paginated 2026-03-17"
    )
    assert progress.retention_gap_message({"cdr_details": RetentionGap([], DAY)}) == (
        "Data loss: 1 day is past the 15-day retention: "
        "cdr_details 2026-03-17 (possibly incomplete)"
    )
    assert "on_retention_gap" in progress.RETENTION_GAP_ADVICE


def test_the_duplicate_streams_message() -> None:
    line = progress.duplicate_streams_message({"cdr_details": 15, "cdr_paginated": 15})
    for part in (
        "cdr_details and cdr_paginated read the same calls",
        "cdr_details at least 15",
        "cdr_paginated at least 15",
        "select: [cdr_details.*]",
    ):
        assert part in line
    assert len(line.splitlines()) == 1
