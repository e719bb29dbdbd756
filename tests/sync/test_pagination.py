"""Pagination: every page is read once, and the records are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel.errors import OzonetelError
from tests.helpers.days import ONE_DAY, THREE_DAYS, assert_complete
from tests.helpers.sync import Sync, sync

if TYPE_CHECKING:
    from tests.helpers.clock import FakeClock

STREAM = "cdr_paginated"


def requested_pages(box: Sandbox) -> list[str]:
    return [request.query["pageNo"] for request in box.requests]


@pytest.mark.parametrize("total", ["number", "text"])
def test_pages_are_read_up_to_the_total_count(clock: FakeClock, total: str) -> None:
    with Sandbox(Options(records=20, total=total), clock=clock) as box:
        assert_complete(sync(box, clock, STREAM, **THREE_DAYS, page_size=8), box, STREAM)
    assert requested_pages(box) == ["1", "2", "3"] * 3
    assert {request.query["pageSize"] for request in box.requests} == {"8"}
    assert box.rate_limited_count == 0


def test_no_page_is_requested_after_a_full_last_page(clock: FakeClock) -> None:
    with Sandbox(Options(records=20), clock=clock) as box:
        assert_complete(sync(box, clock, STREAM, **THREE_DAYS, page_size=10), box, STREAM)
    assert requested_pages(box) == ["1", "2"] * 3


def test_a_short_page_is_not_taken_for_the_last(clock: FakeClock) -> None:
    with Sandbox(Options(records=20, page_cap=6), clock=clock) as box:
        assert_complete(sync(box, clock, STREAM, **THREE_DAYS, page_size=10), box, STREAM)
    assert requested_pages(box) == ["1", "2", "3", "4"] * 3


@pytest.mark.parametrize("empty", ["list", "null+message", "missing+message"])
def test_a_day_without_calls_is_one_page(clock: FakeClock, empty: str) -> None:
    with Sandbox(Options(records=0, empty=empty), clock=clock) as box:
        done = sync(box, clock, STREAM, **THREE_DAYS)
    assert done.records(STREAM) == []
    assert done.bookmarks(STREAM) == ["2026-03-14", "2026-03-15", "2026-03-16"]
    assert requested_pages(box) == ["1"] * 3


@pytest.mark.parametrize("fault", ["cut", "html", "503"])
def test_a_failed_page_is_retried_without_duplicates(clock: FakeClock, fault: str) -> None:
    with Sandbox(Options(records=20, faults=f"2={fault}"), clock=clock) as box:
        assert_complete(sync(box, clock, STREAM, **THREE_DAYS, page_size=8), box, STREAM)
    assert requested_pages(box) == ["1", "2", "2", "3", *["1", "2", "3"] * 2]


def test_nothing_is_emitted_before_the_last_page_is_read(clock: FakeClock) -> None:
    done = Sync()
    with (
        Sandbox(Options(records=20, faults="3=400"), clock=clock) as box,
        pytest.raises(OzonetelError, match="cdr_paginated, 2026-03-14"),
    ):
        sync(box, clock, STREAM, **ONE_DAY, page_size=8, output=done)
    assert done.records(STREAM) == []
    assert done.bookmarks(STREAM) == []


def test_a_wrong_total_count_makes_the_window_read_again(clock: FakeClock) -> None:
    # Pages 1 to 3 have 20 records and page 4 is empty. The second attempt succeeds.
    with Sandbox(Options(records=20, faults="1-4=total+1"), clock=clock) as box:
        assert_complete(sync(box, clock, STREAM, **THREE_DAYS, page_size=8), box, STREAM)
    assert requested_pages(box)[:7] == ["1", "2", "3", "4", "1", "2", "3"]


def test_a_total_count_that_is_wrong_twice_ends_the_sync(clock: FakeClock) -> None:
    done = Sync()
    with (
        Sandbox(Options(records=20, faults="*=total+3"), clock=clock) as box,
        pytest.raises(
            OzonetelError,
            match=r"2026-03-14: The pages have 20 records, but totalCount is 23, twice",
        ),
    ):
        sync(box, clock, STREAM, **ONE_DAY, page_size=8, output=done)
    assert requested_pages(box) == ["1", "2", "3", "4"] * 2
    assert done.records(STREAM) == []


def test_a_total_count_that_decreases_is_ignored(clock: FakeClock) -> None:
    with Sandbox(Options(records=20, faults="page2=total-15"), clock=clock) as box:
        assert_complete(sync(box, clock, STREAM, **THREE_DAYS, page_size=8), box, STREAM)
    assert requested_pages(box) == ["1", "2", "3"] * 3


def test_records_without_a_total_count_are_rejected(clock: FakeClock) -> None:
    with (
        Sandbox(Options(records=20, faults="*=no-total"), clock=clock) as box,
        pytest.raises(OzonetelError, match="without a totalCount"),
    ):
        sync(box, clock, STREAM, **ONE_DAY)
    assert len(box.requests) == 1


def test_a_repeated_page_ends_the_sync(clock: FakeClock) -> None:
    with (
        Sandbox(Options(records=20, faults="*=repeat"), clock=clock) as box,
        pytest.raises(OzonetelError, match=r"2026-03-14: Page 2 repeats an earlier page"),
    ):
        sync(box, clock, STREAM, **ONE_DAY, page_size=8)
    assert requested_pages(box) == ["1", "2"]


def test_endless_pages_end_the_sync(clock: FakeClock) -> None:
    with (
        Sandbox(Options(records=20, faults="*=endless"), clock=clock) as box,
        pytest.raises(OzonetelError, match=r"2026-03-14: There is no last page"),
    ):
        sync(box, clock, STREAM, **ONE_DAY, page_size=8)
    assert len(box.requests) < 20


@pytest.mark.parametrize("fault", ["total-25", "total-15", "total-3"])
def test_a_total_that_the_pages_exceed_moves_nothing(clock: FakeClock, fault: str) -> None:
    # 25 records in pages of 10: no count, the count of a page, and one that is too small.
    done = Sync()
    with (
        Sandbox(Options(records=25, faults=f"*={fault}"), clock=clock) as box,
        pytest.raises(OzonetelError, match=r"2026-03-14: The pages have .*, twice in a row"),
    ):
        sync(box, clock, STREAM, **ONE_DAY, page_size=10, output=done)
    assert (done.records(STREAM), done.bookmarks(STREAM)) == ([], [])
    assert len(box.requests) <= 6


def test_a_full_first_page_that_is_the_only_one_costs_a_request(clock: FakeClock) -> None:
    with Sandbox(Options(records=10), clock=clock) as box:
        assert_complete(sync(box, clock, STREAM, **THREE_DAYS, page_size=10), box, STREAM)
    assert requested_pages(box) == ["1", "2"] * 3
