"""Numbers, durations and phone numbers as text."""

from __future__ import annotations

import pytest

from dashboard import formatting
from dashboard.masking import mask


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),  # noqa: RUF001
        (0, "0:00"),
        (0.4, "0:00"),
        (42, "0:42"),
        (59.6, "1:00"),
        (605, "10:05"),
        (3599, "59:59"),
        (3599.7, "1 h 00 min"),
        (3600, "1 h 00 min"),
        (3900, "1 h 05 min"),
        (7199, "2 h 00 min"),
        (4_500_000, "1,250 h 00 min"),
        (-7, "-0:07"),
        (-0.2, "0:00"),
    ],
)
def test_durations(seconds: float | None, text: str) -> None:
    assert formatting.format_duration(seconds) == text


def test_counts_and_shares() -> None:
    assert formatting.format_count(1234567) == "1,234,567"
    assert formatting.format_count(None) == formatting.NOTHING
    assert formatting.format_share(0.8126) == "81.3%"
    assert formatting.format_share(None) == formatting.NOTHING


def test_changes() -> None:
    assert formatting.change_of_count(110, 100) == "+10.0%"
    assert formatting.change_of_count(90, 100) == "-10.0%"
    assert formatting.change_of_share(0.8, 0.825) == "-2.5 points"
    assert formatting.change_of_duration(50, 43) == "+0:07"
    assert formatting.change_of_duration(43, 50) == "-0:07"


@pytest.mark.parametrize(
    "change",
    [formatting.change_of_count, formatting.change_of_share, formatting.change_of_duration],
)
def test_nothing_has_no_change(change: object) -> None:
    assert callable(change)
    assert change(None, 1) is None
    assert change(1, None) is None


def test_growth_from_zero_has_no_percentage() -> None:
    assert formatting.change_of_count(5, 0) is None


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+919876543210", "•••210"),
        ("09876 543-210", "•••210"),
        ("9876543", "•••543"),
        # Three digits of a short number would be most of it.
        ("101", "•••"),
        ("987654", "•••"),
        ("anonymous", "•••"),
        ("", "•••"),
        (None, ""),
    ],
)
def test_masked_numbers(number: str | None, shown: str) -> None:
    assert mask(number) == shown
