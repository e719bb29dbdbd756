"""The days that a sync reads, and the bookmark of each."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Options, Sandbox
from tests.helpers.days import TODAY, day, requested_days
from tests.helpers.sync import make_state, sync

if TYPE_CHECKING:
    from tests.helpers.clock import FakeClock


def by_key(records: list[dict[str, Any]]) -> dict[tuple[int, int], dict[str, Any]]:
    """Return the records by key, and assert that the keys are unique."""
    found = {(record["CallID"], record["UCID"]): record for record in records}
    assert len(found) == len(records)
    return found


def all_calls(box: Sandbox, first: int = -14, last: int = 0) -> dict[tuple[int, int], Any]:
    """Return all calls of the days between two offsets from today, by key."""
    days = (TODAY + dt.timedelta(days=n) for n in (first, last))
    return by_key(box.calls_between(*days))


def test_a_first_sync_reads_15_days_at_the_rate_limit(
    clock: FakeClock,
) -> None:
    with Sandbox(Options(records=20), clock=clock) as box:
        done = sync(box, clock)
        assert by_key(done.records()) == all_calls(box)
    assert requested_days(box) == [day(n) for n in range(-14, 1)]
    assert done.bookmarks() == [day(n) for n in range(-14, 1)]
    assert (box.rate_limited_count, box.tokens_made) == (0, 1)
    assert sum(clock.slept) == 7 * 60


def test_each_day_is_followed_by_its_state(clock: FakeClock) -> None:
    with Sandbox(Options(records=30), clock=clock) as box:
        done = sync(box, clock, start_date=day(-2))
    last_record_of: dict[str, int] = {}
    bookmark_at: dict[str, int] = {}
    for position, message in enumerate(done.messages):
        if message["type"] == "RECORD":
            last_record_of[message["record"]["CallDate"]] = position
        if message["type"] == "STATE":
            value = message["value"]["bookmarks"]["cdr_details"]["replication_key_value"]
            bookmark_at.setdefault(value, position)
    assert set(last_record_of) == set(bookmark_at) == {day(-2), day(-1), day(0)}
    assert all(bookmark_at[each] == last_record_of[each] + 1 for each in bookmark_at)


def test_the_final_state_contains_only_the_bookmark(clock: FakeClock) -> None:
    with Sandbox(Options(records=1), clock=clock) as box:
        done = sync(box, clock)
    assert done.states[-1] == make_state(cdr_details=day(0))


@pytest.mark.parametrize(
    ("days_later", "lookback_days", "offsets"),
    [(0, 1, [-1, 0]), (1, 0, [0, 1]), (1, 1, [-1, 0, 1]), (3, 1, [-1, 0, 1, 2, 3])],
)
def test_a_later_run_resumes_from_the_state(
    clock: FakeClock, days_later: int, lookback_days: int, offsets: list[int]
) -> None:
    with Sandbox(Options(records=20), clock=clock) as box:
        first = sync(box, clock, start_date=day(-1))
        clock.now += days_later * 86_400 + 60
        box.requests.clear()
        clock.slept.clear()
        second = sync(box, clock, state=first.states[-1], lookback_days=lookback_days)
    assert requested_days(box) == [day(each) for each in offsets]
    assert sum(clock.slept) == (len(offsets) - 1) // 2 * 60
    assert second.bookmarks()[-1] == day(days_later)


def test_completed_records_are_emitted_again_with_the_same_key(clock: FakeClock) -> None:
    with Sandbox(Options(records=60), clock=clock) as box:
        first = sync(box, clock, start_date=day(0))
        clock.now += 86_400
        second = sync(box, clock, state=first.states[-1])
    before, after = by_key(first.records()), by_key(second.records())
    again = before.keys() & after.keys()
    assert again == before.keys()
    assert any(before[key] != after[key] for key in again)


def test_days_without_calls_advance_the_bookmark(clock: FakeClock) -> None:
    empty = {TODAY - dt.timedelta(days=n): 0 for n in (0, 1, 2, 5)}
    with Sandbox(Options(records=2, records_by_day=empty), clock=clock) as box:
        done = sync(box, clock)
        assert by_key(done.records()) == all_calls(box)
    assert done.bookmarks() == [day(n) for n in range(-14, 1)]


@pytest.mark.parametrize("empty", ["list", "null+message", "missing+message"])
def test_an_account_without_calls_gets_a_bookmark_per_day(clock: FakeClock, empty: str) -> None:
    with Sandbox(Options(records=0, empty=empty), clock=clock) as box:
        done = sync(box, clock)
    assert done.records() == []
    assert done.bookmarks() == [day(n) for n in range(-14, 1)]


@pytest.mark.parametrize("spelling", ["success", "true", "boolean"])
@pytest.mark.parametrize("details_first", [True, False])
@pytest.mark.parametrize("ids", ["number", "text"])
def test_every_form_of_a_successful_response_is_read(
    clock: FakeClock, spelling: str, ids: str, *, details_first: bool
) -> None:
    options = Options(records=9, success=spelling, details_first=details_first, ids=ids)
    with Sandbox(options, clock=clock) as box:
        done = sync(box, clock, start_date=day(-1))
        assert by_key(done.records()) == all_calls(box, -1)


def test_both_streams_share_one_rate_limit(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    config: dict[str, Any] = {"start_date": day(-4), "end_date": day(-1), "page_size": 8}
    with Sandbox(Options(records=20), clock=clock) as box:
        done = sync(box, clock, "cdr_details", "cdr_paginated", **config)
        assert by_key(done.records()) == all_calls(box, -4, -1)
        assert by_key(done.records("cdr_paginated")) == all_calls(box, -4, -1)
    assert (box.rate_limited_count, box.tokens_made) == (0, 1)
    assert len(box.requests) == 4 + 4 * 3
    assert sum(clock.slept) == (16 - 1) // 2 * 60
    warnings = [each.message for each in caplog.records if "the same calls" in each.message]
    assert len(warnings) == 1
    assert "cdr_details at least 4" in warnings[0]
    assert "select" in warnings[0]


def test_a_bookmark_with_a_time_is_truncated_to_its_date(clock: FakeClock) -> None:
    with Sandbox(Options(records=2), clock=clock) as box:
        done = sync(box, clock, state=make_state(cdr_details=f"{day(-1)}T00:00:00+00:00"))
    assert requested_days(box) == [day(-2), day(-1), day(0)]
    assert done.bookmarks() == [day(-1), day(0)]


def test_the_lookback_does_not_move_the_bookmark_back(clock: FakeClock) -> None:
    with Sandbox(Options(records=2), clock=clock) as box:
        done = sync(box, clock, state=make_state(cdr_details=day(-1)), lookback_days=5)
    assert requested_days(box) == [day(n) for n in range(-6, 1)]
    assert done.bookmarks() == [day(-1), day(0)]


def test_the_bookmark_is_the_requested_day_not_the_calldate(clock: FakeClock) -> None:
    with Sandbox(Options(records=2, faults="*=malformed:calldate-future"), clock=clock) as box:
        done = sync(box, clock, start_date=day(-2), end_date=day(-1))
    assert max(record["CallDate"] for record in done.records()) == day(0)
    assert done.bookmarks() == [day(-2), day(-1)]


def test_the_last_day_is_the_end_date(clock: FakeClock) -> None:
    with Sandbox(Options(records=2), clock=clock) as box:
        done = sync(box, clock, start_date=day(-9), end_date=day(-7))
    assert requested_days(box) == done.bookmarks() == [day(-9), day(-8), day(-7)]


@pytest.mark.parametrize(
    ("timezone", "today"),
    [("Pacific/Kiritimati", day(0)), ("Pacific/Pago_Pago", day(-1)), ("Asia/Kolkata", day(0))],
)
def test_days_are_in_the_accounts_time_zone(clock: FakeClock, timezone: str, today: str) -> None:
    # 04:30 UTC: the 17th in Kiritimati (UTC+14) and in India, the 16th in Pago Pago (UTC-11).
    with Sandbox(Options(records=5, timezone=timezone), clock=clock) as box:
        done = sync(box, clock, timezone=timezone)
        assert box.today().isoformat() == today
    assert done.bookmarks()[-1] == today
    assert len(box.requests) == 15
    assert all(request.outcome in {"records", "empty"} for request in box.requests)


def test_progress_is_logged(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    with Sandbox(Options(records=4), clock=clock) as box:
        sync(box, clock, state=make_state(cdr_details=day(-3)), lookback_days=0)
    lines = [each.message for each in caplog.records if each.name == "tap-ozonetel.cdr_details"]
    assert f"Reading 4 days, {day(-3)} to {day(0)}: 4 requests, 1 min waiting" in "\n".join(lines)
    assert f"Day 1 of 4, {day(-3)}: 4 records; next request in 0 s, 1 min left" in lines
    assert f"Day 2 of 4, {day(-2)}: 4 records; next request in 1 min, 1 min left" in lines
    assert any(line.startswith(f"Day 4 of 4, {day(0)}: ") for line in lines)
