"""The stream cdr_by_ucid, which looks up single calls."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel.errors import OzonetelError
from tests.helpers.raw_server import raw_server, response
from tests.helpers.sync import make_state, sync

if TYPE_CHECKING:
    from tests.helpers.clock import FakeClock

DAY = dt.date(2026, 3, 14)


@pytest.mark.parametrize("kind", [int, str])
def test_each_entry_of_calls_is_one_request(clock: FakeClock, kind: type) -> None:
    with Sandbox(Options(records=30), clock=clock) as box:
        wanted = [box.calls(DAY)[3], box.calls(DAY)[17]]
        calls = [{"ucid": kind(call["UCID"]), "call_date": "2026-03-14"} for call in wanted]
        done = sync(box, clock, "cdr_by_ucid", calls=calls)
    found = done.records("cdr_by_ucid")
    assert all(call in found for call in wanted)
    assert {record["UCID"] for record in found} == {call["UCID"] for call in wanted}
    assert [request.path for request in box.requests] == ["/ca_reports/fetchCdrByUCID"] * 2
    assert [(r.body or {})["fromDate"] for r in box.requests] == ["2026-03-14 00:00:00"] * 2


def test_without_entries_there_are_no_requests(clock: FakeClock) -> None:
    with Sandbox(clock=clock) as box:
        done = sync(box, clock, "cdr_by_ucid")
    assert (box.requests, box.token_requests, done.records("cdr_by_ucid")) == ([], [], [])


def test_an_unknown_call_is_named_with_its_day(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with Sandbox(Options(records=3), clock=clock) as box:
        known = {"ucid": str(box.calls(DAY)[0]["UCID"]), "call_date": str(DAY)}
        unknown = {"ucid": "31733467784618213", "call_date": "2026-03-14"}
        done = sync(box, clock, "cdr_by_ucid", calls=[known, unknown])
    assert (len(box.requests), len(done.records("cdr_by_ucid"))) == (2, 1)
    warnings = [each.message for each in caplog.records if each.levelname == "WARNING"]
    (warning,) = [each for each in warnings if "has no call" in each]
    assert "UCID 31733467784618213 on 2026-03-14. Check both in the setting calls" in warning


@pytest.mark.parametrize("date", ["2026-03-02", "2026-03-18"])
def test_a_day_outside_the_retention_is_not_requested(
    clock: FakeClock, caplog: pytest.LogCaptureFixture, date: str
) -> None:
    with Sandbox(Options(records=3), clock=clock) as box:
        sync(box, clock, "cdr_by_ucid", calls=[{"ucid": "1", "call_date": date}])
    assert box.requests == []
    assert date in caplog.text


def test_it_has_no_bookmark_and_keeps_those_of_other_streams(clock: FakeClock) -> None:
    state = make_state(cdr_details="2026-03-15")
    with Sandbox(Options(records=3), clock=clock) as box:
        calls = [{"ucid": "1", "call_date": "2026-03-14"}]
        done = sync(box, clock, "cdr_by_ucid", state=state, calls=calls)
    assert done.bookmarks("cdr_by_ucid") == []
    assert done.bookmarks("cdr_details") == ["2026-03-15"]


def test_entries_that_are_found_cause_no_warning(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with Sandbox(Options(records=3), clock=clock) as box:
        calls = [{"ucid": str(box.calls(DAY)[0]["UCID"]), "call_date": str(DAY)}]
        done = sync(box, clock, "cdr_by_ucid", calls=calls)
    assert len(done.records("cdr_by_ucid")) == 1
    assert "Nothing to read" not in caplog.text
    warnings = [each for each in caplog.records if each.levelname == "WARNING"]
    assert [each.getMessage() for each in warnings if each.name.endswith("cdr_by_ucid")] == []


def test_a_failure_is_no_unknown_call(clock: FakeClock) -> None:
    body = b'{"status":"failure","message":"No records"}'
    calls = [{"ucid": "1", "call_date": str(DAY)}]
    with (
        raw_server(response(body)) as server,
        Sandbox(Options(auth_method="api_key"), clock=clock) as box,
        pytest.raises(OzonetelError, match=r"cdr_by_ucid, 2026-03-14: .*No records"),
    ):
        sync(box, clock, "cdr_by_ucid", calls=calls, api_url=server.url)
    assert len(server.requests) == 1


def test_an_error_names_the_day(clock: FakeClock) -> None:
    with (
        Sandbox(Options(faults="1=400"), clock=clock) as box,
        pytest.raises(OzonetelError, match=r"cdr_by_ucid, 2026-03-14: .*HTTP 400"),
    ):
        sync(box, clock, "cdr_by_ucid", calls=[{"ucid": "1", "call_date": "2026-03-14"}])
