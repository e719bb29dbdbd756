"""Which days a sync reads, and what its bookmark says of them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel.errors import OzonetelError
from tests.helpers.sync import Sync, state, sync

if TYPE_CHECKING:
    from tests.helpers.clock import FakeClock

TODAY = dt.date(2026, 3, 17)


def day(offset: int) -> str:
    """A day so many days from today."""
    return (TODAY + dt.timedelta(days=offset)).isoformat()


def days_asked(box: Sandbox) -> list[str]:
    """The days that the requests were for."""
    return [str((seen.body or {})["fromDate"])[:10] for seen in box.requests]


def by_key(records: list[dict[str, Any]]) -> dict[tuple[int, int], dict[str, Any]]:
    """The records by their key, which none of them shares."""
    found = {(record["CallID"], record["UCID"]): record for record in records}
    assert len(found) == len(records)
    return found


def everything(box: Sandbox, first: int = -14, last: int = 0) -> dict[tuple[int, int], Any]:
    days = (TODAY + dt.timedelta(days=n) for n in (first, last))
    return by_key(box.calls_between(*days))


def test_a_first_sync_reads_every_record_of_15_days_as_fast_as_the_limit_allows(
    clock: FakeClock,
) -> None:
    with Sandbox(Options(records=20), clock=clock) as box:
        done = sync(box, clock)
        assert by_key(done.records()) == everything(box)
    assert days_asked(box) == [day(n) for n in range(-14, 1)]
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


def test_the_state_in_the_end_is_the_bookmark_and_nothing_else(clock: FakeClock) -> None:
    with Sandbox(Options(records=1), clock=clock) as box:
        done = sync(box, clock)
    assert done.states[-1] == state(cdr_details=day(0))


@pytest.mark.parametrize(
    ("days_later", "lookback_days", "asked"),
    [(0, 1, [-1, 0]), (1, 0, [0, 1]), (1, 1, [-1, 0, 1]), (3, 1, [-1, 0, 1, 2, 3])],
)
def test_a_later_run_goes_on_where_the_state_says(
    clock: FakeClock, days_later: int, lookback_days: int, asked: list[int]
) -> None:
    with Sandbox(Options(records=20), clock=clock) as box:
        first = sync(box, clock, start_date=day(-1))
        clock.now += days_later * 86_400 + 60
        box.requests.clear()
        clock.slept.clear()
        second = sync(box, clock, since=first.states[-1], lookback_days=lookback_days)
    assert days_asked(box) == [day(each) for each in asked]
    assert sum(clock.slept) == (len(asked) - 1) // 2 * 60
    assert second.bookmarks()[-1] == day(days_later)


def test_records_that_were_filled_in_later_come_again_with_the_same_key(clock: FakeClock) -> None:
    with Sandbox(Options(records=60), clock=clock) as box:
        first = sync(box, clock, start_date=day(0))
        clock.now += 86_400
        second = sync(box, clock, since=first.states[-1])
    before, after = by_key(first.records()), by_key(second.records())
    again = before.keys() & after.keys()
    assert again == before.keys()
    assert any(before[key] != after[key] for key in again)


def test_days_without_calls_move_the_bookmark(clock: FakeClock) -> None:
    empty = {TODAY - dt.timedelta(days=n): 0 for n in (0, 1, 2, 5)}
    with Sandbox(Options(records=2, records_by_day=empty), clock=clock) as box:
        done = sync(box, clock)
        assert by_key(done.records()) == everything(box)
    assert done.bookmarks() == [day(n) for n in range(-14, 1)]


@pytest.mark.parametrize("empty", ["list", "null+message", "missing+message"])
def test_an_account_without_calls_has_a_bookmark_for_every_day(
    clock: FakeClock, empty: str
) -> None:
    with Sandbox(Options(records=0, empty=empty), clock=clock) as box:
        done = sync(box, clock)
    assert done.records() == []
    assert done.bookmarks() == [day(n) for n in range(-14, 1)]


@pytest.mark.parametrize("spelling", ["success", "true", "boolean"])
@pytest.mark.parametrize("details_first", [True, False])
@pytest.mark.parametrize("ids", ["number", "text"])
def test_every_spelling_of_success_is_read(
    clock: FakeClock, spelling: str, ids: str, *, details_first: bool
) -> None:
    options = Options(records=9, success=spelling, details_first=details_first, ids=ids)
    with Sandbox(options, clock=clock) as box:
        done = sync(box, clock, start_date=day(-1))
        assert by_key(done.records()) == everything(box, -1)


def test_both_streams_read_the_same_calls_within_one_limit(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    config: dict[str, Any] = {"start_date": day(-4), "end_date": day(-1), "page_size": 8}
    with Sandbox(Options(records=20), clock=clock) as box:
        done = sync(box, clock, "cdr_details", "cdr_paginated", **config)
        assert by_key(done.records()) == everything(box, -4, -1)
        assert by_key(done.records("cdr_paginated")) == everything(box, -4, -1)
    assert (box.rate_limited_count, box.tokens_made) == (0, 1)
    assert len(box.requests) == 4 + 4 * 3
    assert sum(clock.slept) == (16 - 1) // 2 * 60
    warnings = [each.message for each in caplog.records if "the same calls" in each.message]
    assert len(warnings) == 1
    assert "cdr_details at least 4" in warnings[0]
    assert "select" in warnings[0]


def test_a_bookmark_after_today_counts_as_today_in_every_state(clock: FakeClock) -> None:
    with Sandbox(Options(records=2), clock=clock) as box:
        done = sync(box, clock, since=state(cdr_details=day(30)))
    assert days_asked(box) == [day(-1), day(0)]
    assert done.bookmarks() == [day(0)]


def test_a_bookmark_with_a_time_is_its_day(clock: FakeClock) -> None:
    with Sandbox(Options(records=2), clock=clock) as box:
        done = sync(box, clock, since=state(cdr_details=f"{day(-1)}T00:00:00+00:00"))
    assert days_asked(box) == [day(-2), day(-1), day(0)]
    assert done.bookmarks() == [day(-1), day(0)]


@pytest.mark.parametrize(
    "since",
    [
        {"bookmarks": {"cdr_details": {"replication_key_value": "yesterday"}}},
        {"bookmarks": {"cdr_details": "2026-03-01"}},
        {"bookmarks": []},
    ],
)
def test_a_state_that_is_none_is_refused(clock: FakeClock, since: dict[str, Any]) -> None:
    with Sandbox(clock=clock) as box, pytest.raises(OzonetelError, match=r"bookmark"):
        sync(box, clock, since=since)
    assert box.requests == []


def test_the_bookmark_never_goes_back_for_the_lookback(clock: FakeClock) -> None:
    with Sandbox(Options(records=2), clock=clock) as box:
        done = sync(box, clock, since=state(cdr_details=day(-1)), lookback_days=5)
    assert days_asked(box) == [day(n) for n in range(-6, 1)]
    assert done.bookmarks() == [day(-1), day(0)]


def test_the_bookmark_does_not_follow_what_a_record_claims(clock: FakeClock) -> None:
    with Sandbox(Options(records=2, faults="*=malformed:calldate-future"), clock=clock) as box:
        done = sync(box, clock, start_date=day(-2), end_date=day(-1))
    assert max(record["CallDate"] for record in done.records()) == day(0)
    assert done.bookmarks() == [day(-2), day(-1)]


def test_the_last_day_is_the_end_date(clock: FakeClock) -> None:
    with Sandbox(Options(records=2), clock=clock) as box:
        done = sync(box, clock, start_date=day(-9), end_date=day(-7))
    assert days_asked(box) == done.bookmarks() == [day(-9), day(-8), day(-7)]


@pytest.mark.parametrize(
    "config",
    [
        {"start_date": day(1)},
        {"start_date": day(-1), "end_date": day(-2)},
        {"end_date": day(-15)},
    ],
)
def test_without_days_there_are_no_requests(clock: FakeClock, config: dict[str, Any]) -> None:
    with Sandbox(clock=clock) as box:
        done = sync(box, clock, **config)
    assert (box.requests, box.token_requests, done.records()) == ([], [], [])


def test_an_old_start_date_is_no_gap(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    with Sandbox(Options(records=1), clock=clock) as box:
        sync(box, clock, start_date="2020-01-01", on_retention_gap="fail")
    assert days_asked(box) == [day(n) for n in range(-14, 1)]
    assert "gone for ever" not in caplog.text


def test_days_that_are_gone_are_named_in_one_warning(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    since = state(cdr_details=day(-20), cdr_paginated=day(-18))
    with Sandbox(Options(records=1), clock=clock) as box:
        sync(box, clock, "cdr_details", "cdr_paginated", since=since)
    warnings = [each.message for each in caplog.records if "Data loss" in each.message]
    assert len(warnings) == 1
    assert f"cdr_details {day(-20)} (possibly incomplete), {day(-19)} to {day(-15)}" in warnings[0]
    assert f"cdr_paginated {day(-18)} (possibly incomplete), {day(-17)} to" in warnings[0]


@pytest.mark.parametrize("stream", ["cdr_details", "cdr_paginated"])
def test_a_gap_of_any_selected_stream_can_end_the_run_before_its_first_request(
    clock: FakeClock, stream: str
) -> None:
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
            since=state(**{stream: day(-17)}),
            into=done,
            on_retention_gap="fail",
        )
    assert (box.requests, box.token_requests, done.messages) == ([], [], [])


def test_a_gap_of_a_stream_that_is_not_selected_is_none(clock: FakeClock) -> None:
    since = state(cdr_paginated=day(-30), cdr_details=day(0))
    with Sandbox(Options(records=1), clock=clock) as box:
        sync(box, clock, "cdr_details", since=since, on_retention_gap="fail")
    assert days_asked(box) == [day(-1), day(0)]


@pytest.mark.parametrize(
    ("timezone", "today"),
    [("Pacific/Kiritimati", day(0)), ("Pacific/Pago_Pago", day(-1)), ("Asia/Kolkata", day(0))],
)
def test_the_day_is_the_accounts_own(clock: FakeClock, timezone: str, today: str) -> None:
    # 04:30 UTC: the 17th in Kiritimati (UTC+14) and in India, the 16th in Pago Pago (UTC-11).
    with Sandbox(Options(records=5, timezone=timezone), clock=clock) as box:
        done = sync(box, clock, timezone=timezone)
        assert box.today().isoformat() == today
    assert done.bookmarks()[-1] == today
    assert len(box.requests) == 15
    assert all(seen.outcome in {"records", "empty"} for seen in box.requests)


def test_a_day_that_is_no_longer_kept_when_its_turn_comes_ends_the_run(clock: FakeClock) -> None:
    # A minute before midnight, with a limit that lets the third day out on the next day.
    clock.now += 13 * 3600 + 59 * 60 + 30
    with (
        Sandbox(Options(records=1, limit=1, period=120), clock=clock) as box,
        pytest.raises(
            OzonetelError, match=rf"cdr_paginated, {day(-14)}: .*past the API's retention"
        ),
    ):
        sync(
            box,
            clock,
            "cdr_details",
            "cdr_paginated",
            since=state(cdr_details=day(0)),
        )
    assert day(-14) not in days_asked(box)


def test_a_person_sees_how_far_it_is(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    with Sandbox(Options(records=4), clock=clock) as box:
        sync(box, clock, since=state(cdr_details=day(-3)), lookback_days=0)
    lines = [each.message for each in caplog.records if each.name == "tap-ozonetel.cdr_details"]
    assert f"Reading 4 days, {day(-3)} to {day(0)}: 4 requests, 1 min of waiting" in "\n".join(
        lines
    )
    assert f"Day 1 of 4, {day(-3)}: 4 records; next request in 0 s, 1 min left" in lines
    assert f"Day 2 of 4, {day(-2)}: 4 records; next request in 1 min, 1 min left" in lines
    assert any(line.startswith(f"Day 4 of 4, {day(0)}: ") for line in lines)
