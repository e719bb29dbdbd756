"""Syncs of the stream agent_summary."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel.errors import ConfigError, OzonetelError
from tests.helpers.days import TODAY, day
from tests.helpers.summary import STREAM, ranges, requested
from tests.helpers.sync import Sync, make_catalog, make_state, make_tap, sync

if TYPE_CHECKING:
    from tests.helpers.clock import FakeClock

#: No limit in the way.
FREE: dict[str, Any] = {"limit": 99, "summary_limit": 99}


def key(record: dict[str, Any]) -> tuple[str, ...]:
    return record["CallDate"], record["AgentUniqueID"], record["ModeType"]


def assert_rows(done: Sync, box: Sandbox, first: int, last: int = 0) -> None:
    """Assert that every row of the days was emitted once, with every value, and in day order."""
    rows = done.records(STREAM)
    expected = box.agent_summary(*(TODAY + dt.timedelta(days=n) for n in (first, last)))
    assert sorted(rows, key=key) == sorted(expected, key=key)
    assert len(rows) > 0
    days = [row["CallDate"] for row in rows]
    assert days == sorted(days)


@pytest.mark.parametrize("auth_method", ["token", "api_key"])
@pytest.mark.parametrize("shape", ["details", "message-list", "message-object"])
def test_a_first_run_reads_the_last_30_days_with_one_request(
    clock: FakeClock, shape: str, auth_method: str
) -> None:
    with Sandbox(
        Options(records=40, summary_shape=shape, auth_method=auth_method), clock=clock
    ) as box:
        done = sync(box, clock, STREAM)
        assert [request.has_apikey for request in box.summary_requests] == [
            auth_method == "api_key"
        ]
        assert box.requests == []
        assert requested(box) == ranges((-29, 0))
        assert_rows(done, box, -29)
    assert done.states[-1]["bookmarks"][STREAM] == {
        "replication_key": "CallDate",
        "replication_key_value": day(0),
        "settled": False,
    }
    (schema,) = done.of_type("SCHEMA")
    assert schema["key_properties"] == ["AgentUniqueID", "CallDate", "ModeType"]
    assert schema["bookmark_properties"] == ["CallDate"]
    assert [kind for kind in (m["type"] for m in done.messages) if kind == "STATE"] != []


def test_a_row_as_an_object_is_a_list_of_one(clock: FakeClock) -> None:
    options = Options(records=1, summary_shape="message-object", **FREE)
    with Sandbox(options, clock=clock) as box:
        single = next(
            n for n in range(-29, 0) if len(box.agent_summary(*[TODAY + dt.timedelta(n)] * 2)) == 1
        )
        done = sync(box, clock, STREAM, start_date=day(single), end_date=day(single))
        assert_rows(done, box, single, single)
        assert len(done.records(STREAM)) == 1


def test_it_is_not_selected_by_default(clock: FakeClock) -> None:
    with Sandbox(Options(records=3, limit=99), clock=clock) as box:
        done = sync(box, clock)
        assert box.summary_requests == []
    assert {message["stream"] for message in done.of_type("RECORD")} == {"cdr_details"}


def test_an_older_start_date_is_read_in_ranges(clock: FakeClock) -> None:
    with Sandbox(Options(records=20, **FREE), clock=clock) as box:
        done = sync(box, clock, STREAM, start_date=day(-70))
        assert requested(box) == ranges((-70, -41), (-40, -11), (-10, 0))
        assert_rows(done, box, -70)
    assert done.bookmarks(STREAM) == [day(-41), day(-11), day(0)]
    seen: list[str] = []
    for message in done.messages:
        if message["type"] == "RECORD":
            seen.append(message["record"]["CallDate"])
        elif message["type"] == "STATE" and seen and message["value"]["bookmarks"].get(STREAM):
            assert max(seen) <= message["value"]["bookmarks"][STREAM]["replication_key_value"]


def test_a_run_continues_at_the_bookmark_with_the_lookback(clock: FakeClock) -> None:
    with Sandbox(Options(records=20, **FREE), clock=clock) as box:
        first = sync(box, clock, STREAM, end_date=day(-3))
        assert first.states[-1]["bookmarks"][STREAM]["settled"] is True
        requested(box)
        for lookback_days, start in ((0, -3), (1, -4), (14, -17)):
            done = sync(box, clock, STREAM, state=first.states[-1], lookback_days=lookback_days)
            assert requested(box) == ranges((start, 0))
            assert_rows(done, box, start)


def test_a_bookmark_older_than_30_days_leaves_no_gap(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with Sandbox(Options(records=5, **FREE), clock=clock) as box:
        sync(
            box,
            clock,
            STREAM,
            state=make_state(agent_summary=day(-40)),
            on_retention_gap="fail",
        )
        assert requested(box) == ranges((-41, -12), (-11, 0))
    assert "Data loss" not in caplog.text


def test_full_table_reads_the_same_days_and_keeps_the_bookmark(clock: FakeClock) -> None:
    catalog = make_catalog(STREAM)
    for stream in catalog["streams"]:
        stream["replication_method"] = "FULL_TABLE"
        for entry in stream["metadata"]:
            entry["metadata"].pop("forced-replication-method", None)
    with Sandbox(Options(records=5, **FREE), clock=clock) as box:
        sync(box, clock, catalog=catalog, state=make_state(agent_summary=day(-3)))
        assert requested(box) == ranges((-29, 0))


def test_a_run_at_night_keeps_the_bookmark_at_yesterday(clock: FakeClock) -> None:
    india = ZoneInfo("Asia/Kolkata")
    clock.set_time(dt.datetime.combine(TODAY, dt.time(0, 30), tzinfo=india))
    with Sandbox(Options(records=5, **FREE), clock=clock) as box:
        done = sync(box, clock, STREAM)
        assert done.bookmarks(STREAM) == [day(-1)]
        assert done.states[-1]["bookmarks"][STREAM]["settled"] is False
        requested(box)
        clock.now += 3 * 3600
        again = sync(box, clock, STREAM, state=done.states[-1], lookback_days=0)
        assert requested(box) == ranges((-1, 0))
        assert again.bookmarks(STREAM) == [day(-1), day(0)]


def test_a_state_that_is_not_understood_is_an_error(clock: FakeClock) -> None:
    with (
        Sandbox(Options(records=5), clock=clock) as box,
        pytest.raises(ConfigError, match="The bookmark of agent_summary in the state"),
    ):
        make_tap(box, clock, STREAM, state={"bookmarks": {STREAM: {"replication_key_value": "x"}}})


def test_an_empty_range_moves_the_bookmark(clock: FakeClock) -> None:
    with Sandbox(Options(records=0, **FREE), clock=clock) as box:
        done = sync(box, clock, STREAM)
        assert box.summary_requests[0].outcome == "empty"
    assert done.records(STREAM) == []
    assert done.bookmarks(STREAM) == [day(0)]


@pytest.mark.parametrize(("fault", "request_timeout"), [("504", 60), ("slow:20", 0.5)])
def test_ranges_that_time_out_are_halved_down_to_one_day(
    clock: FakeClock, fault: str, request_timeout: float
) -> None:
    options = Options(records=10, faults=f"summary-longer-than:1={fault}", **FREE)
    with Sandbox(options, clock=clock) as box:
        done = sync(box, clock, STREAM, start_date=day(-6), request_timeout=request_timeout)
        assert requested(box) == ranges(
            *[(-6, 0)] * 2, *[(-6, -4)] * 2, *((n, n) for n in range(-6, 1))
        )
        assert_rows(done, box, -6)
    assert done.bookmarks(STREAM) == [day(n) for n in range(-6, 1)]


def test_a_day_that_times_out_is_not_halved(clock: FakeClock) -> None:
    done = Sync()
    with (
        Sandbox(Options(records=10, faults="summary*=504", **FREE), clock=clock) as box,
        pytest.raises(OzonetelError, match=f"agent_summary, {day(-1)}: 8 tries failed"),
    ):
        sync(box, clock, STREAM, start_date=day(-1), output=done)
    assert done.records(STREAM) == []


@pytest.mark.parametrize("shape", ["details", "message-list"])
@pytest.mark.parametrize("fault", ["503", "html", "cut", "reset", "cut-in-string"])
def test_transient_errors_are_retried(clock: FakeClock, fault: str, shape: str) -> None:
    options = Options(records=10, faults=f"summary1={fault}", summary_shape=shape, **FREE)
    with Sandbox(options, clock=clock) as box:
        done = sync(box, clock, STREAM)
        assert requested(box) == ranges(*[(-29, 0)] * 2)
        assert_rows(done, box, -29)


def test_a_revoked_token_is_replaced(clock: FakeClock) -> None:
    options = Options(records=10, faults="summary1=token-revoked", **FREE)
    with Sandbox(options, clock=clock) as box:
        assert_rows(sync(box, clock, STREAM), box, -29)
        assert box.tokens_made == 2


def test_both_streams_share_one_token(clock: FakeClock) -> None:
    with Sandbox(Options(records=3, **FREE), clock=clock) as box:
        sync(box, clock, "cdr_details", STREAM)
        assert box.tokens_made == 1


@pytest.mark.parametrize(
    ("auth_method", "problem"),
    [
        ("token", "The token endpoint returned no token"),
        ("api_key", "Unauthorized: the API rejected the credentials"),
    ],
)
def test_invalid_credentials_are_a_final_error(
    clock: FakeClock, auth_method: str, problem: str
) -> None:
    with (
        Sandbox(Options(records=3, auth_method=auth_method, **FREE), clock=clock) as box,
        pytest.raises(OzonetelError, match=f"agent_summary, {day(-29)} to {day(0)}: {problem}"),
    ):
        sync(box, clock, STREAM, api_key="wrong")
    assert len(box.summary_requests) == (auth_method == "api_key")


@pytest.mark.parametrize("shape", ["details", "message-list"])
@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("agent-missing", "without a usable AgentUniqueID"),
        ("mode-missing", "without a usable ModeType"),
        ("calldate-missing", "without a usable CallDate"),
        ("calldate-garbage", "without a usable CallDate"),
        ("not-an-object", "that is not a JSON object"),
    ],
)
def test_unusable_rows_fail_or_are_skipped(
    clock: FakeClock, caplog: pytest.LogCaptureFixture, kind: str, reason: str, shape: str
) -> None:
    done = Sync()
    options = Options(records=10, faults=f"summary*=malformed:{kind}", summary_shape=shape, **FREE)
    with Sandbox(options, clock=clock) as box:
        with pytest.raises(OzonetelError, match=rf"1 record \(1 {reason}\) cannot be used"):
            sync(box, clock, STREAM, output=done)
        assert done.records(STREAM) == []
        assert done.bookmarks(STREAM) == []
        skipped = sync(box, clock, STREAM, on_unusable_record="skip")
        everything = box.agent_summary(TODAY - dt.timedelta(days=29), TODAY)
        assert len(skipped.records(STREAM)) == len(everything) - 1
    assert f"skipped 1 record (1 {reason})" in caplog.text


@pytest.mark.parametrize("kind", ["calldate-missing", "calldate-garbage"])
def test_a_row_without_a_date_gets_the_only_requested_day(clock: FakeClock, kind: str) -> None:
    options = Options(records=10, faults=f"summary*=malformed:{kind}", **FREE)
    with Sandbox(options, clock=clock) as box:
        done = sync(box, clock, STREAM, start_date=day(-2), end_date=day(-2))
        assert_rows(done, box, -2, -2)


def test_unselected_fields_are_left_out(clock: FakeClock) -> None:
    catalog = make_catalog(STREAM)
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if entry["breadcrumb"] == ["properties", "AgentName"]:
                entry["metadata"]["selected"] = False
    with Sandbox(Options(records=10, **FREE), clock=clock) as box:
        records = sync(box, clock, catalog=catalog).records(STREAM)
    assert {len(record) for record in records} == {10}
