"""A stream that fails keeps no other from being read."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel.errors import OzonetelError, RunError
from tap_ozonetel.streams.agent_summary import AgentSummary
from tap_ozonetel.streams.calls import CdrDetails, CdrPaginated
from tests.helpers.days import day
from tests.helpers.sync import Sync, make_state, sync

if TYPE_CHECKING:
    from tests.helpers.clock import FakeClock

BOTH = ("agent_summary", "cdr_details")
THREE_DAYS: dict[str, Any] = {"start_date": day(-2)}
STATE = make_state(agent_summary=day(-1))


def sync_both(clock: FakeClock, faults: str) -> tuple[Sync, str, Sandbox]:
    """Sync both streams, which fails.

    Returns:
        The output, the message of the error, and the sandbox.
    """
    done = Sync()
    with Sandbox(Options(records=5, faults=faults), clock=clock) as box:
        with pytest.raises(OzonetelError) as failed:
            sync(box, clock, *BOTH, output=done, state=STATE, **THREE_DAYS)
        return done, str(failed.value), box


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelno == logging.ERROR]


def test_the_calls_are_read_before_the_agent_summary(clock: FakeClock) -> None:
    with Sandbox(Options(records=5), clock=clock) as box:
        done = sync(box, clock, *BOTH, **THREE_DAYS)
    assert [each["stream"] for each in done.of_type("SCHEMA")] == ["cdr_details", "agent_summary"]


def test_calls_are_read_if_the_agent_summary_fails(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    done, message, box = sync_both(clock, "summary*=404")
    assert len(box.requests) == 3
    assert len(box.summary_requests) == 1
    assert done.bookmarks() == [day(-2), day(-1), day(0)]
    assert message == "Not read completely: agent_summary. See the errors above"
    (error,) = errors(caplog)
    assert error.startswith(f"agent_summary, {day(-2)} to {day(0)}: The API rejected the request")
    assert done.states[-1]["bookmarks"]["agent_summary"] == {
        "replication_key": "CallDate",
        "replication_key_value": day(-1),
        "settled": False,
    }


def test_the_agent_summary_is_read_if_the_calls_fail(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    done, message, box = sync_both(clock, "2=400")
    assert len(box.requests) == 2
    assert done.bookmarks() == [day(-2)]
    assert done.bookmarks("agent_summary")[-1] == day(0)
    assert done.records("agent_summary")
    assert "starting_replication_value" not in done.states[-1]["bookmarks"]["cdr_details"]
    assert message == "Not read completely: cdr_details. See the errors above"
    assert [error.split(":")[0] for error in errors(caplog)] == [f"cdr_details, {day(-1)}"]


def test_all_streams_that_fail_are_named(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    _, message, _ = sync_both(clock, "*=400 summary*=404")
    assert message.startswith("Not read completely: cdr_details, agent_summary.")
    assert len(errors(caplog)) == 2


def test_an_unexpected_error_fails_its_stream_and_shows_no_data(
    clock: FakeClock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise KeyError("009198765")

    monkeypatch.setattr(CdrDetails, "fetch_records", fail)
    done, message, _ = sync_both(clock, "")
    assert message.startswith("Not read completely: cdr_details.")
    assert errors(caplog) == ["KeyError (set TAP_OZONETEL_LOGLEVEL=debug for a traceback)"]
    assert done.records("agent_summary")


def test_the_error_of_the_only_stream_is_the_last(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        Sandbox(Options(faults="1=400"), clock=clock) as box,
        pytest.raises(OzonetelError, match=f"cdr_details, {day(-14)}: The API rejected"),
    ):
        sync(box, clock)
    assert errors(caplog) == []


@pytest.mark.parametrize("auth_method", ["token", "api_key"])
@pytest.mark.parametrize("wrong", ["api_key", "username"])
def test_rejected_credentials_end_the_run_at_once(
    clock: FakeClock, caplog: pytest.LogCaptureFixture, auth_method: str, wrong: str
) -> None:
    settings: dict[str, Any] = {wrong: "nobody"}
    with Sandbox(Options(auth_method=auth_method), clock=clock) as box:
        with pytest.raises(RunError, match=r"rejected the credentials|no token"):
            sync(box, clock, *BOTH, **settings)
        assert box.summary_requests == []
        assert len(box.requests) + len(box.token_requests) in {1, 2}
    assert errors(caplog) == []


@pytest.mark.parametrize("fault", ["token*=503", "token1=429", "token1=404"])
def test_a_token_endpoint_without_a_token_ends_the_run_at_once(
    clock: FakeClock, fault: str
) -> None:
    with Sandbox(Options(faults=fault), clock=clock) as box:
        with pytest.raises(RunError):
            sync(box, clock, *BOTH)
        assert box.requests == box.summary_requests == []


def test_no_connection_ends_the_run_after_one_request(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        Sandbox(clock=clock) as box,
        pytest.raises(RunError, match=f"cdr_details, {day(-14)}: 8 tries failed"),
    ):
        sync(box, clock, *BOTH, api_url="http://127.0.0.1:9", auth_method="api_key")
    assert sum("(try " in each.getMessage() for each in caplog.records) == 7


def test_an_error_of_the_run_names_all_streams_not_read(
    clock: FakeClock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise RunError("The target has stopped reading")

    monkeypatch.setattr(AgentSummary, "fetch_records", fail)
    _, message, _ = sync_both(clock, "1=400")
    assert message.startswith("Not read completely: cdr_details, agent_summary.")
    assert errors(caplog)[-1] == "The target has stopped reading"


def test_no_stream_is_read_after_an_error_of_the_run(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise RunError("The target has stopped reading")

    monkeypatch.setattr(CdrPaginated, "fetch_records", fail)
    with Sandbox(Options(records=5, faults="1=400"), clock=clock) as box:
        names = "Not read completely: cdr_details, cdr_paginated, agent_summary"
        with pytest.raises(OzonetelError, match=names):
            sync(box, clock, *BOTH, "cdr_paginated", **THREE_DAYS)
        assert box.summary_requests == []


def test_the_state_has_no_markers_of_a_stream_that_failed(clock: FakeClock) -> None:
    done = Sync()
    state = make_state(cdr_details=day(-1))
    with (
        Sandbox(Options(records=5, faults="1=400"), clock=clock) as box,
        pytest.raises(OzonetelError, match="cdr_details"),
    ):
        sync(box, clock, *BOTH, output=done, state=state)
    assert done.states[-1]["bookmarks"]["cdr_details"] == state["bookmarks"]["cdr_details"]
