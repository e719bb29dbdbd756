"""Failed requests are retried without losing or duplicating records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel.errors import OzonetelError
from tests.helpers.days import FIRST_DAY, LAST_DAY, THREE_DAYS, assert_complete
from tests.helpers.sync import Sync, sync

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.helpers.clock import FakeClock

TRANSIENT = ["500", "502:html", "503:empty", "504", "html", "html502", "reset", "empty-body"]
TRANSIENT += ["cut", "cut-chunked", "cut-in-string", "broken", "unterminated", "408"]


@pytest.mark.parametrize("fault", TRANSIENT)
def test_a_transient_error_is_retried(clock: FakeClock, fault: str) -> None:
    with Sandbox(Options(records=30, faults=f"2={fault}"), clock=clock) as box:
        assert_complete(sync(box, clock, **THREE_DAYS), box)
    assert len(box.requests) == 4
    assert box.rate_limited_count == 0


@pytest.mark.parametrize("fault", ["cut", "cut-chunked", "cut-in-string", "unterminated"])
def test_a_long_truncated_body_is_read_again_from_the_start(clock: FakeClock, fault: str) -> None:
    # About 200 kB a day, which is read in several chunks.
    with Sandbox(Options(records=200, faults=f"2={fault}"), clock=clock) as box:
        assert_complete(sync(box, clock, **THREE_DAYS), box)


def test_a_stalled_body_times_out(clock: FakeClock) -> None:
    with Sandbox(Options(records=30, faults="2=stall:20"), clock=clock) as box:
        assert_complete(sync(box, clock, **THREE_DAYS, request_timeout=0.5), box)


@pytest.mark.parametrize(
    ("jitter", "waits"), [(min, [2, 4, 8, 16, 32, 60, 60]), (max, [4, 8, 16, 32, 60, 60, 60])]
)
def test_a_window_is_tried_8_times_with_growing_waits(
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    jitter: Callable[[tuple[float, float]], float],
    waits: list[float],
) -> None:
    monkeypatch.setattr("random.uniform", lambda *bounds: jitter(bounds))
    done = Sync()
    with (
        Sandbox(Options(records=3, limit=100, faults="2-9=502"), clock=clock) as box,
        pytest.raises(OzonetelError, match=r"cdr_details, 2026-03-15: 8 tries failed.*502"),
    ):
        sync(box, clock, **THREE_DAYS, output=done)
    assert len(box.requests) == 1 + 8
    assert clock.slept == waits
    assert done.bookmarks() == ["2026-03-14"]


def test_a_sync_survives_7_transient_errors_in_a_row(clock: FakeClock) -> None:
    with Sandbox(Options(records=3, faults="2-8=503"), clock=clock) as box:
        assert_complete(sync(box, clock, **THREE_DAYS), box)
    assert box.rate_limited_count == 0


@pytest.mark.parametrize(
    "fault",
    ["400", "404", "405", "unknown", "null-details", "no-details", "details-object", "redirect"],
)
def test_a_rejected_request_is_not_retried(clock: FakeClock, fault: str) -> None:
    done = Sync()
    with (
        Sandbox(Options(records=3, faults=f"2={fault}"), clock=clock) as box,
        pytest.raises(
            OzonetelError, match=r"cdr_details, 2026-03-15: The API rejected the request"
        ),
    ):
        sync(box, clock, **THREE_DAYS, output=done)
    assert len(box.requests) == 2
    assert not box.redirect_followed
    assert done.bookmarks() == ["2026-03-14"]


def test_the_run_after_a_failed_one_reads_the_missing_days(clock: FakeClock) -> None:
    failed = Sync()
    with Sandbox(Options(records=5, faults="2=400"), clock=clock) as box:
        with pytest.raises(OzonetelError):
            sync(box, clock, **THREE_DAYS, output=failed)
        again = sync(box, clock, state=failed.states[-1], lookback_days=0, **THREE_DAYS)
        both = Sync([*failed.messages, *again.messages])
        keys = {(record["CallID"], record["UCID"]) for record in both.records()}
        assert keys == {(r["CallID"], r["UCID"]) for r in box.calls_between(FIRST_DAY, LAST_DAY)}
    assert again.bookmarks()[-1] == LAST_DAY.isoformat()


RATE_LIMIT_RESPONSES = ["429", "429+retry-after", "429+retry-after-date", "200", "200+token"]


@pytest.mark.parametrize("response", RATE_LIMIT_RESPONSES)
def test_a_rate_limited_request_is_retried_after_a_wait(clock: FakeClock, response: str) -> None:
    options = Options(records=5, limit=100, rate_limit_response=response, faults="2=rate")
    with Sandbox(options, clock=clock) as box:
        assert_complete(sync(box, clock, **THREE_DAYS), box)
    # One more request than days: a token in the response is stored, because the old one is invalid.
    assert len(box.requests) == 4
    assert clock.slept == [60]


def test_a_retry_after_longer_than_the_period_is_respected(clock: FakeClock) -> None:
    options = Options(records=5, limit=100, faults="2=rate+retry-after:150")
    with Sandbox(options, clock=clock) as box:
        assert_complete(sync(box, clock, **THREE_DAYS), box)
    assert clock.slept == [150]


def test_10_rate_limited_responses_do_not_count_as_tries(clock: FakeClock) -> None:
    with Sandbox(Options(records=5, limit=100, faults="2-11=rate 12-18=502"), clock=clock) as box:
        assert_complete(sync(box, clock, **THREE_DAYS), box)
    assert len(box.requests) == 3 + 10 + 7


def test_an_11th_rate_limited_response_ends_the_sync(clock: FakeClock) -> None:
    with (
        Sandbox(Options(records=5, limit=100, faults="2-40=rate"), clock=clock) as box,
        pytest.raises(
            OzonetelError,
            match=r"2026-03-15: .*Rate limit exceeded.*another client is using the account",
        ),
    ):
        sync(box, clock, **THREE_DAYS)
    assert len(box.requests) == 1 + 11


def test_an_error_in_one_stream_keeps_the_others_bookmark(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    done = Sync()
    with (
        Sandbox(Options(records=5, limit=100, faults="5=400"), clock=clock) as box,
        pytest.raises(OzonetelError, match="Not read completely: cdr_paginated"),
    ):
        sync(box, clock, "cdr_details", "cdr_paginated", **THREE_DAYS, output=done)
    assert done.bookmarks("cdr_details")[-1] == LAST_DAY.isoformat()
    assert done.bookmarks("cdr_paginated") == ["2026-03-14"]
    assert "cdr_paginated, 2026-03-15: The API rejected the request" in caplog.text
