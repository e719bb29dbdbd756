"""A state or a clock that is wrong is named, and loses no day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel import transport
from tap_ozonetel.errors import ConfigError
from tests.helpers.clock import FakeClock
from tests.helpers.days import ONE_DAY, day, requested_days
from tests.helpers.sync import make_catalog, make_state, make_tap, sync

if TYPE_CHECKING:
    from collections.abc import Callable

HOUR = 3600


@pytest.mark.parametrize("stream", ["cdr_details", "cdr_paginated", "agent_summary"])
@pytest.mark.parametrize("days", [2, 30])
def test_a_bookmark_from_the_future_is_an_error(clock: FakeClock, stream: str, days: int) -> None:
    with Sandbox(clock=clock) as box, pytest.raises(ConfigError) as failed:
        sync(box, clock, stream, state=make_state(**{stream: day(days)}))
    assert str(failed.value) == (
        f"The bookmark of {stream} in the state is {day(days)}, but the clock says {day(0)} 10:00 "
        "(Asia/Kolkata). One of them is wrong, and the days in between would not be read. Correct "
        "the clock or the state"
    )
    assert (box.requests, box.token_requests) == ([], [])


def test_a_future_bookmark_of_a_deselected_stream_stays(clock: FakeClock) -> None:
    state = make_state(cdr_details=day(-1), cdr_paginated=day(9))
    with Sandbox(Options(records=1), clock=clock) as box:
        done = sync(box, clock, "cdr_details", state=state)
    assert done.bookmarks("cdr_paginated") == [day(9)]


def test_a_clock_that_is_behind_does_not_move_the_bookmark_back(clock: FakeClock) -> None:
    with Sandbox(Options(records=1), clock=clock) as box:
        done = sync(box, clock, state=make_state(cdr_details=day(1), settled=True))
    assert requested_days(box) == [day(-1), day(0)]
    assert done.states[-1] == make_state(cdr_details=day(1), settled=True)


@pytest.mark.parametrize("settled", [True, False])
def test_the_state_always_tells_whether_the_day_is_settled(
    clock: FakeClock, *, settled: bool
) -> None:
    last = day(-1) if settled else day(0)
    with Sandbox(Options(records=1), clock=clock) as box:
        done = sync(box, clock, end_date=last)
    assert done.states[-1] == make_state(cdr_details=last, settled=settled)
    assert all(
        isinstance(state["bookmarks"]["cdr_details"]["settled"], bool) for state in done.states[1:]
    )


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (2, "2.0 hours ahead of the server's"),
        (-30, "30.0 hours behind the server's"),
        (0.9, None),
        (0, None),
    ],
)
def test_a_clock_far_from_the_servers_is_named_once(
    clock: FakeClock, caplog: pytest.LogCaptureFixture, hours: float, words: str | None
) -> None:
    server_clock = FakeClock(clock.now - hours * HOUR)
    with Sandbox(Options(records=1, limit=99), clock=server_clock) as box:
        tap = make_tap(box, clock, catalog=make_catalog("cdr_details"), start_date=day(-4))
        stream = tap.streams["cdr_details"]
        fetch: Callable[..., object] = stream.get_records
        days = [record["CallDate"] for record in fetch(None)]  # type: ignore[attr-defined]
    assert len(set(days)) > 1
    warnings = [each.message for each in caplog.records if "clock of this machine" in each.message]
    assert len(warnings) == (words is not None)
    assert all(words in warning for warning in warnings if words)


def test_a_slow_response_is_not_a_wrong_clock(
    clock: FakeClock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = transport.send

    def send_slowly(*arguments: Any, **options: Any) -> transport.RawResponse:  # noqa: ANN401
        response = send(*arguments, **options)
        clock.sleep(1.1 * HOUR)
        return response

    monkeypatch.setattr(transport, "send", send_slowly)
    with Sandbox(Options(records=1, auth_method="api_key"), clock=clock) as box:
        sync(box, clock, **ONE_DAY)
    assert "clock of this machine" not in caplog.text
