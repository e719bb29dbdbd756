"""Days that the API no longer keeps: a warning, or the end of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel.errors import OzonetelError
from tests.helpers.days import day, requested_days
from tests.helpers.sync import Sync, make_state, sync

if TYPE_CHECKING:
    from tests.helpers.clock import FakeClock


def test_an_old_start_date_is_not_a_retention_gap(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with Sandbox(Options(records=1), clock=clock) as box:
        sync(box, clock, start_date="2020-01-01", on_retention_gap="fail")
    assert requested_days(box) == [day(n) for n in range(-14, 1)]
    assert "Data loss" not in caplog.text


def test_one_warning_names_the_days_of_a_retention_gap(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    state = make_state(cdr_details=day(-20), cdr_paginated=day(-18))
    with Sandbox(Options(records=1), clock=clock) as box:
        sync(box, clock, "cdr_details", "cdr_paginated", state=state)
    warnings = [each.message for each in caplog.records if "Data loss" in each.message]
    assert len(warnings) == 1
    assert f"cdr_details {day(-20)} (possibly incomplete), {day(-19)} to {day(-15)}" in warnings[0]
    assert f"cdr_paginated {day(-18)} (possibly incomplete), {day(-17)} to" in warnings[0]


@pytest.mark.parametrize("stream", ["cdr_details", "cdr_paginated"])
def test_a_gap_in_any_selected_stream_can_end_the_run(clock: FakeClock, stream: str) -> None:
    done = Sync()
    with (
        Sandbox(clock=clock) as box,
        pytest.raises(OzonetelError, match=f"{stream}.* {day(-16)} to {day(-15)}"),
    ):
        sync(
            box,
            clock,
            "cdr_details",
            "cdr_paginated",
            state=make_state(**{stream: day(-17)}),
            output=done,
            on_retention_gap="fail",
        )
    assert (box.requests, box.token_requests, done.messages) == ([], [], [])


def test_a_gap_in_a_deselected_stream_is_ignored(clock: FakeClock) -> None:
    state = make_state(cdr_paginated=day(-30), cdr_details=day(0))
    with Sandbox(Options(records=1), clock=clock) as box:
        sync(box, clock, "cdr_details", state=state, on_retention_gap="fail")
    assert requested_days(box) == [day(-1), day(0)]


def test_a_day_that_expires_during_a_long_run_ends_it(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    # A minute before midnight, with a rate limit that delays the third request to the next day.
    clock.now += 13 * 3600 + 59 * 60 + 30
    with (
        Sandbox(Options(records=1, limit=1, period=120), clock=clock) as box,
        pytest.raises(OzonetelError, match="Not read completely: cdr_paginated"),
    ):
        sync(
            box,
            clock,
            "cdr_details",
            "cdr_paginated",
            state=make_state(cdr_details=day(0)),
        )
    assert f"cdr_paginated, {day(-14)}: The day expired during the run" in caplog.text
    assert day(-14) not in requested_days(box)
