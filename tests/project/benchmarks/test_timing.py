"""Waits for the rate limit and start-up times are measured."""

from __future__ import annotations

import pytest

from benchmarks.startup import SDK_IMPORT, measure_startup
from benchmarks.waiting import measure_waits


def test_the_tap_waits_no_longer_than_the_limit_requires() -> None:
    first, later = measure_waits(lambda _: None, period=0.4).values()
    assert first.requests == 15
    assert first.minimum == pytest.approx(7 * 0.4)
    assert first.seconds >= first.minimum
    assert (later.requests, later.minimum) == (2, 0)


def test_startup_is_measured_beside_the_sdk() -> None:
    lines: list[str] = []
    seconds = measure_startup(lines.append, rounds=1)
    assert list(seconds) == [SDK_IMPORT, "tap-ozonetel --version", "tap-ozonetel --discover"]
    assert all(0 < each < 60 for each in seconds.values())
    assert len(lines) == 1
