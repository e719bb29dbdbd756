"""Every fault that the API is known for: nothing is lost, nothing comes twice."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel.errors import OzonetelError
from tests.helpers.sync import Sync, sync

if TYPE_CHECKING:
    from tests.helpers.clock import FakeClock

TODAY = dt.date(2026, 3, 17)
FIRST, LAST = dt.date(2026, 3, 14), dt.date(2026, 3, 16)
THREE_DAYS: dict[str, Any] = {"start_date": FIRST.isoformat(), "end_date": LAST.isoformat()}

PASSING = ["500", "502:html", "503:empty", "504", "html", "html502", "reset", "empty-body"]
PASSING += ["cut", "cut-chunked", "cut-in-string", "broken", "unterminated", "408"]


def assert_whole(done: Sync, box: Sandbox, stream: str = "cdr_details") -> None:
    """Every record of the three days is there, and once."""

    def in_order(records: list[dict[str, object]]) -> list[dict[str, object]]:
        return sorted(records, key=lambda record: (str(record["CallID"]), str(record["UCID"])))

    assert in_order(done.records(stream)) == in_order(box.calls_between(FIRST, LAST))
    assert done.bookmarks(stream)[-1] == LAST.isoformat()


@pytest.mark.parametrize("fault", PASSING)
def test_a_transient_error_is_retried(clock: FakeClock, fault: str) -> None:
    with Sandbox(Options(records=30, faults=f"2={fault}"), clock=clock) as box:
        assert_whole(sync(box, clock, **THREE_DAYS), box)
    assert len(box.requests) == 4
    assert box.rate_limited_count == 0


@pytest.mark.parametrize("fault", ["cut", "cut-chunked", "cut-in-string", "unterminated"])
def test_a_long_truncated_body_is_read_again_from_the_start(clock: FakeClock, fault: str) -> None:
    # Some 200 kB a day: longer than what is judged in one piece.
    with Sandbox(Options(records=200, faults=f"2={fault}"), clock=clock) as box:
        assert_whole(sync(box, clock, **THREE_DAYS), box)


def test_a_stalled_body_times_out(clock: FakeClock) -> None:
    with Sandbox(Options(records=30, faults="2=stall:20"), clock=clock) as box:
        assert_whole(sync(box, clock, **THREE_DAYS, request_timeout=0.3), box)


def test_a_window_is_tried_8_times_with_growing_waits(clock: FakeClock) -> None:
    done = Sync()
    with (
        Sandbox(Options(records=3, limit=100, faults="2-9=502"), clock=clock) as box,
        pytest.raises(OzonetelError, match=r"cdr_details, 2026-03-15: 8 tries failed.*502"),
    ):
        sync(box, clock, **THREE_DAYS, into=done)
    assert len(box.requests) == 1 + 8
    assert len(clock.slept) == 7
    assert all(60 / 30 <= wait <= 60 for wait in clock.slept)
    assert clock.slept[-1] == 60
    assert done.bookmarks() == ["2026-03-14"]


def test_a_sync_survives_7_transient_errors_in_a_row(clock: FakeClock) -> None:
    with Sandbox(Options(records=3, faults="2-8=503"), clock=clock) as box:
        assert_whole(sync(box, clock, **THREE_DAYS), box)
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
        sync(box, clock, **THREE_DAYS, into=done)
    assert len(box.requests) == 2
    assert not box.redirect_followed
    assert done.bookmarks() == ["2026-03-14"]


def test_the_run_after_a_failed_one_reads_the_missing_days(clock: FakeClock) -> None:
    failed = Sync()
    with Sandbox(Options(records=5, faults="2=400"), clock=clock) as box:
        with pytest.raises(OzonetelError):
            sync(box, clock, **THREE_DAYS, into=failed)
        again = sync(box, clock, since=failed.states[-1], lookback_days=0, **THREE_DAYS)
        both = Sync([*failed.messages, *again.messages])
        keys = {(record["CallID"], record["UCID"]) for record in both.records()}
        assert keys == {(r["CallID"], r["UCID"]) for r in box.calls_between(FIRST, LAST)}
    assert again.bookmarks()[-1] == LAST.isoformat()


REFUSALS = ["429", "429+retry-after", "429+retry-after-date", "200", "200+token"]


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_rate_limited_request_is_retried_after_a_wait(clock: FakeClock, refusal: str) -> None:
    options = Options(records=5, limit=100, rate_limit_response=refusal, faults="2=rate")
    with Sandbox(options, clock=clock) as box:
        assert_whole(sync(box, clock, **THREE_DAYS), box)
    # One more request than days: a token that came along was adopted, for the old one is dead.
    assert len(box.requests) == 4
    assert clock.slept == [60]


def test_a_retry_after_longer_than_the_period_is_respected(clock: FakeClock) -> None:
    options = Options(records=5, limit=100, faults="2=rate+retry-after:150")
    with Sandbox(options, clock=clock) as box:
        assert_whole(sync(box, clock, **THREE_DAYS), box)
    assert clock.slept == [150]


def test_10_rate_limited_responses_do_not_count_as_tries(clock: FakeClock) -> None:
    with Sandbox(Options(records=5, limit=100, faults="2-11=rate 12-18=502"), clock=clock) as box:
        assert_whole(sync(box, clock, **THREE_DAYS), box)
    assert len(box.requests) == 3 + 10 + 7


def test_an_11th_rate_limited_response_ends_the_sync(clock: FakeClock) -> None:
    with (
        Sandbox(Options(records=5, limit=100, faults="2-40=rate"), clock=clock) as box,
        pytest.raises(
            OzonetelError,
            match=r"2026-03-15: .*Rate limit exceeded.*something else uses the account",
        ),
    ):
        sync(box, clock, **THREE_DAYS)
    assert len(box.requests) == 1 + 11


def windows_asked(box: Sandbox) -> list[tuple[str, str]]:
    bodies = [seen.body or {} for seen in box.requests]
    return [(str(body["fromDate"]), str(body["toDate"])) for body in bodies]


@pytest.mark.parametrize("stream", ["cdr_details", "cdr_paginated"])
@pytest.mark.parametrize("fault", ["504", "slow:20"])
def test_a_day_that_times_out_is_split_and_so_are_later_days(
    clock: FakeClock, stream: str, fault: str
) -> None:
    options = Options(records=40, limit=100, faults=f"longer-than:22000={fault}")
    with Sandbox(options, clock=clock) as box:
        done = sync(box, clock, stream, **THREE_DAYS, request_timeout=0.2)
        assert_whole(done, box, stream)
    asked = windows_asked(box)
    # Twice the whole day, twice its first half, and quarters from then on.
    assert asked[:2] == [("2026-03-14 00:00:00", "2026-03-14 23:59:59")] * 2
    assert asked[2:4] == [("2026-03-14 00:00:00", "2026-03-14 11:59:59")] * 2
    quarters = ["00:00:00", "06:00:00", "12:00:00", "18:00:00"]
    ends = ["05:59:59", "11:59:59", "17:59:59", "23:59:59"]
    assert asked[4:] == [
        (f"2026-03-{day} {first}", f"2026-03-{day} {last}")
        for day in (14, 15, 16)
        for first, last in zip(quarters, ends, strict=True)
    ]
    assert done.bookmarks(stream) == ["2026-03-14", "2026-03-15", "2026-03-16"]


def test_windows_read_before_a_split_are_not_read_again(clock: FakeClock) -> None:
    options = Options(records=40, limit=100, faults="1-2=504 4-5=504")
    with Sandbox(options, clock=clock) as box:
        assert_whole(sync(box, clock, **THREE_DAYS), box)
    first_day = [(first[11:], last[11:]) for first, last in windows_asked(box) if "-14 " in first]
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
        sync(box, clock, **THREE_DAYS, into=done)
    asked = windows_asked(box)
    assert len(asked) == 6 * 2 + 8
    assert set(asked[-8:]) == {("2026-03-14 00:00:00", "2026-03-14 00:22:29")}
    assert done.bookmarks() == []


def test_one_timeout_does_not_split_a_window(clock: FakeClock) -> None:
    with Sandbox(Options(records=10, faults="1=504 3=504"), clock=clock) as box:
        assert_whole(sync(box, clock, **THREE_DAYS), box)
    assert all(last.endswith("23:59:59") for _, last in windows_asked(box))


def test_an_error_in_one_stream_keeps_the_others_bookmark(clock: FakeClock) -> None:
    done = Sync()
    with (
        Sandbox(Options(records=5, limit=100, faults="5=400"), clock=clock) as box,
        pytest.raises(OzonetelError, match="cdr_paginated, 2026-03-15"),
    ):
        sync(box, clock, "cdr_details", "cdr_paginated", **THREE_DAYS, into=done)
    assert done.bookmarks("cdr_details")[-1] == LAST.isoformat()
    assert done.bookmarks("cdr_paginated") == ["2026-03-14"]
