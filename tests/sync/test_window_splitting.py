"""A day whose requests time out is split into shorter windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel.errors import OzonetelError
from tests.helpers.days import THREE_DAYS, assert_complete, requested_windows
from tests.helpers.sync import Sync, sync

if TYPE_CHECKING:
    from tests.helpers.clock import FakeClock


@pytest.mark.parametrize("stream", ["cdr_details", "cdr_paginated"])
@pytest.mark.parametrize(("fault", "request_timeout"), [("504", 60), ("slow:20", 0.5)])
def test_a_day_that_times_out_is_split_and_so_are_later_days(
    clock: FakeClock, stream: str, fault: str, request_timeout: float
) -> None:
    options = Options(records=40, limit=100, faults=f"longer-than:22000={fault}")
    with Sandbox(options, clock=clock) as box:
        done = sync(box, clock, stream, **THREE_DAYS, request_timeout=request_timeout)
        assert_complete(done, box, stream)
    windows = requested_windows(box)
    # The whole day twice, its first half twice, and then quarters.
    assert windows[:2] == [("2026-03-14 00:00:00", "2026-03-14 23:59:59")] * 2
    assert windows[2:4] == [("2026-03-14 00:00:00", "2026-03-14 11:59:59")] * 2
    quarters = ["00:00:00", "06:00:00", "12:00:00", "18:00:00"]
    ends = ["05:59:59", "11:59:59", "17:59:59", "23:59:59"]
    assert windows[4:] == [
        (f"2026-03-{day} {first}", f"2026-03-{day} {last}")
        for day in (14, 15, 16)
        for first, last in zip(quarters, ends, strict=True)
    ]
    assert done.bookmarks(stream) == ["2026-03-14", "2026-03-15", "2026-03-16"]


def test_windows_read_before_a_split_are_not_read_again(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    options = Options(records=40, limit=100, faults="1-2=504 4-5=504")
    with Sandbox(options, clock=clock) as box:
        assert_complete(sync(box, clock, **THREE_DAYS), box)
    splits = [each.message for each in caplog.records if "at a time from now on" in each.message]
    error = "HTTP 504: Something went wrong, repeatedly"
    assert splits == [
        f"2026-03-14: {error}; requesting 12 h 0 min at a time from now on",
        f"2026-03-14 12:00:00-23:59:59: {error}; requesting 6 h 0 min at a time from now on",
    ]
    first_day = [
        (first[11:], last[11:]) for first, last in requested_windows(box) if "-14 " in first
    ]
    assert first_day == [
        *[("00:00:00", "23:59:59")] * 2,
        ("00:00:00", "11:59:59"),
        *[("12:00:00", "23:59:59")] * 2,
        ("12:00:00", "17:59:59"),
        ("18:00:00", "23:59:59"),
    ]


def test_a_window_under_30_minutes_is_not_split(clock: FakeClock) -> None:
    done = Sync()
    with (
        Sandbox(Options(records=40, limit=100, faults="*=504"), clock=clock) as box,
        pytest.raises(OzonetelError, match=r"2026-03-14: 8 tries failed"),
    ):
        sync(box, clock, **THREE_DAYS, output=done)
    windows = requested_windows(box)
    assert len(windows) == 6 * 2 + 8
    assert set(windows[-8:]) == {("2026-03-14 00:00:00", "2026-03-14 00:22:29")}
    assert done.bookmarks() == []


def test_one_timeout_does_not_split_a_window(clock: FakeClock) -> None:
    with Sandbox(Options(records=10, faults="1=504 3=504"), clock=clock) as box:
        assert_complete(sync(box, clock, **THREE_DAYS), box)
    assert all(last.endswith("23:59:59") for _, last in requested_windows(box))
