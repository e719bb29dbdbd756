"""The headers with times, in any size and spelling."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_ozonetel.transport.headers import (
    MAX_RETRY_AFTER_SECONDS,
    parse_http_date,
    parse_retry_after,
)
from tests.helpers.examples import examples

NOW = datetime(2026, 3, 17, 4, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0),
        ("", 0),
        ("0", 0),
        ("17", 17),
        (" 17 ", 17),
        ("17.5", 17.5),
        ("17s", 17),
        ("17, 90", 17),
        ("3600", 3600),
        ("86400", 3600),
        ("9" * 5000, 3600),
        (f"{'9' * 5000}.5", 3600),
        (format_datetime(NOW.replace(minute=31), usegmt=True), 60),
        ("Tue, 17 Mar 2026 04:30:07 GMT", 7),
        ("Tue, 17 Mar 2026 04:29:07 GMT", 0),
        ("Tue, 17 Mar 9999 04:30:07 GMT", 3600),
        ("-5", 0),
        ("soon", 0),
        ("²", 0),
    ],
)
def test_retry_after(header: str | None, seconds: float) -> None:
    assert parse_retry_after(header, NOW.timestamp()) == seconds


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Tue, 17 Mar 2026 04:30:00 GMT", NOW.timestamp()),
        ("Tuesday, 17-Mar-26 04:30:00 GMT", NOW.timestamp()),
        ("Tue Mar 17 04:30:00 2026", NOW.timestamp()),
        ("Tue, 17 Mar 2026 10:00:00 +0530", NOW.timestamp()),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        (None, None),
        ("", None),
        ("17", None),
        ("now", None),
        ("Tue, 99 Mar 2026 04:30:07 GMT", None),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", None),
        ("Mon, 01 Jan 2026 00:00:00 +99999999999999", None),
    ],
)
def test_an_http_date(header: str | None, expected: float | None) -> None:
    assert parse_http_date(header) == expected


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/New_York"])
@pytest.mark.parametrize("date", ["Tue, 17 Mar 2026 04:30:07", "Tue, 17 Mar 2026 04:30:07 -0000"])
def test_a_date_without_a_zone_is_in_utc(
    monkeypatch: pytest.MonkeyPatch, zone: str, date: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert parse_retry_after(date, NOW.timestamp()) == 7
    finally:
        monkeypatch.undo()
        time.tzset()


@examples(200)
@given(st.text(max_size=40) | st.text("0123456789 :,+-.GMTJanMo", max_size=40))
def test_any_retry_after_is_a_bounded_number_of_seconds(header: str) -> None:
    assert 0 <= parse_retry_after(header, NOW.timestamp()) <= MAX_RETRY_AFTER_SECONDS
