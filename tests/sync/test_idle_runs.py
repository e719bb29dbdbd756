"""A run that cannot read any new day says which setting keeps it from doing so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel.errors import OzonetelError
from tests.helpers.days import day, requested_days
from tests.helpers.sync import make_state, sync

if TYPE_CHECKING:
    from tests.helpers.clock import FakeClock

STREAMS = ["cdr_details", "cdr_paginated", "agent_summary"]
IDLE: dict[str, tuple[dict[str, Any], str | None, str]] = {
    "start in the future": (
        {"start_date": day(3)},
        None,
        f"start_date is {day(3)}, which is in the future",
    ),
    "start after end": (
        {"start_date": day(-3), "end_date": day(-5)},
        None,
        f"start_date is {day(-3)}, which is after end_date, {day(-5)}",
    ),
    "start today after end": (
        {"start_date": day(0), "end_date": day(-1)},
        None,
        f"start_date is {day(0)}, which is after end_date, {day(-1)}",
    ),
    "one day before the bookmark": (
        {"start_date": day(-9), "end_date": day(-9)},
        day(-2),
        f"end_date is {day(-9)}, which is before the first day to read",
    ),
    "end before the bookmark": (
        {"end_date": day(-9)},
        day(-2),
        f"end_date is {day(-9)}, which is before the first day to read",
    ),
    "end reached": (
        {"end_date": day(-2)},
        day(-2),
        f"end_date is {day(-2)}, but the bookmark is already at {day(-2)}",
    ),
}


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.message for each in caplog.records if "No new day" in each.message]


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("case", IDLE)
def test_an_idle_run_is_a_warning(
    clock: FakeClock, caplog: pytest.LogCaptureFixture, case: str, stream: str
) -> None:
    settings, bookmark, reason = IDLE[case]
    state = make_state(**{stream: bookmark}) if bookmark else None
    with Sandbox(Options(records=1), clock=clock) as box:
        done = sync(box, clock, stream, state=state, **settings)
    # Only the lookback before a bookmark is read.
    assert bool([*box.requests, *box.summary_requests]) == (case == "end reached")
    assert bool(box.token_requests) == bool(done.records(stream)) == (case == "end reached")
    assert done.states
    assert messages(caplog) == [
        f"No new day to read: {stream}: {reason}. Correct or remove the setting"
    ]


@pytest.mark.parametrize("case", IDLE)
def test_an_idle_run_can_be_an_error(clock: FakeClock, case: str) -> None:
    settings, bookmark, reason = IDLE[case]
    state = make_state(cdr_details=bookmark) if bookmark else None
    with Sandbox(clock=clock) as box, pytest.raises(OzonetelError, match=reason):
        sync(box, clock, "cdr_details", state=state, on_retention_gap="fail", **settings)
    assert (box.requests, box.token_requests) == ([], [])


@pytest.mark.parametrize(
    ("bookmark", "settings"),
    [
        (None, {"end_date": day(-2)}),
        (day(-5), {"end_date": day(-2)}),
        (day(0), {"end_date": day(0)}),
        (day(0), {}),
    ],
)
def test_a_run_that_reads_a_new_day_is_not_warned(
    clock: FakeClock,
    caplog: pytest.LogCaptureFixture,
    bookmark: str | None,
    settings: dict[str, Any],
) -> None:
    state = make_state(cdr_details=bookmark) if bookmark else None
    with Sandbox(Options(records=1), clock=clock) as box:
        sync(box, clock, "cdr_details", state=state, **settings)
        assert requested_days(box)
    assert messages(caplog) == []
