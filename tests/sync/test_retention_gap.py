"""Days that the API no longer keeps: a warning, or the end of the run."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel import transport
from tap_ozonetel.errors import OzonetelError
from tests.helpers.days import TODAY, day, requested_days
from tests.helpers.sync import Sync, make_state, sync

if TYPE_CHECKING:
    from tests.helpers.clock import FakeClock

INDIA = ZoneInfo("Asia/Kolkata")


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


def warning(caplog: pytest.LogCaptureFixture, words: str) -> str:
    """The only warning that has these words."""
    found = [each.message for each in caplog.records if words in each.message]
    assert len(found) == 1, found
    return found[0]


def test_the_lookback_before_a_gap_is_possibly_outdated(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with Sandbox(Options(records=1), clock=clock) as box:
        sync(box, clock, state=make_state(cdr_details=day(-16), settled=True), lookback_days=2)
    assert warning(caplog, "Data loss") == (
        f"Data loss: 1 day is past the 15-day retention: cdr_details {day(-15)}, possibly "
        f"outdated: {day(-18)} to {day(-16)}"
    )


def test_a_lookback_past_the_retention_does_not_fail_a_run(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    state = make_state(cdr_details=day(-14), settled=True)
    with Sandbox(Options(records=1), clock=clock) as box:
        sync(box, clock, state=state, on_retention_gap="fail")
    assert "Data loss" not in caplog.text
    assert warning(caplog, "possibly outdated") == (
        "Late changes to days past the 15-day retention are lost: cdr_details possibly outdated: "
        f"{day(-15)}"
    )


@pytest.mark.parametrize("bookmark", [-1, 0])
def test_a_daily_run_with_the_longest_lookback_is_not_warned(
    clock: FakeClock, caplog: pytest.LogCaptureFixture, bookmark: int
) -> None:
    with Sandbox(Options(records=1), clock=clock) as box:
        sync(box, clock, state=make_state(cdr_details=day(bookmark)), lookback_days=14)
    assert "possibly outdated" not in caplog.text


def test_the_longest_lookback_after_a_day_off_has_outdated_days(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with Sandbox(Options(records=1), clock=clock) as box:
        sync(box, clock, state=make_state(cdr_details=day(-2)), lookback_days=14)
    assert warning(caplog, "possibly outdated").endswith(f": {day(-16)} to {day(-15)}")


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


@pytest.mark.parametrize("stream", ["cdr_details", "cdr_paginated"])
def test_a_day_that_expires_during_its_response_is_not_read(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch, stream: str
) -> None:
    clock.set_time(dt.datetime.combine(TODAY, dt.time(23, 59, 50), tzinfo=INDIA))
    send, done = transport.send, Sync()

    def send_slowly(*arguments: Any, **options: Any) -> transport.RawResponse:  # noqa: ANN401
        clock.now += 5 if options.get("params") is None else 20
        return send(*arguments, **options)

    monkeypatch.setattr(transport, "send", send_slowly)
    with (
        Sandbox(Options(records=2), clock=clock) as box,
        pytest.raises(OzonetelError, match=f"Not read completely: {stream}|{day(-14)}: The day"),
    ):
        sync(box, clock, stream, output=done)
    assert requested_days(box) == [day(-14)]
    assert (done.records(stream), done.bookmarks(stream)) == ([], [])
