"""Pages that differ from what the first ones promise: what is the same page, and what is not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel.errors import OzonetelError
from tests.helpers.days import FIRST_DAY, ONE_DAY
from tests.helpers.raw_server import raw_server, response
from tests.helpers.sync import Sync, sync

if TYPE_CHECKING:
    from tests.helpers.clock import FakeClock

STREAM = "cdr_paginated"
Record = dict[str, Any]


def records(*ids: int, **fields: object) -> list[Record]:
    """Return records with these ids as CallID and UCID."""
    return [{"CallID": each, "UCID": each, "CallDate": str(FIRST_DAY), **fields} for each in ids]


def page(found: list[Record], total: int) -> bytes:
    body = {"status": "success", "message": "success", "details": found, "totalCount": total}
    return response(json.dumps(body).encode())


def read_pages(clock: FakeClock, *pages: bytes) -> Sync:
    """Read a day whose pages are these, and assert that each was requested once."""
    done = Sync()
    with raw_server(*pages) as server, Sandbox(Options(auth_method="api_key", limit=99)) as box:
        try:
            sync(box, clock, STREAM, output=done, api_url=server.url, **ONE_DAY)
        finally:
            done.log = f"{len(server.requests)} requests"
    assert done.log == f"{len(pages)} requests"
    return done


def ucids(done: Sync) -> list[int]:
    return [record["UCID"] for record in done.records(STREAM)]


def test_a_page_whose_records_have_changed_is_the_same_page(clock: FakeClock) -> None:
    first = page(records(1, 2, Comments=""), 4)
    again = page(records(1, 2, Comments="filled in"), 4)
    with pytest.raises(OzonetelError, match="Page 2 repeats an earlier page"):
        read_pages(clock, first, again)


def test_pages_with_ids_in_another_spelling_differ(clock: FakeClock) -> None:
    spelled = [
        [{"callid": each, "ucid": each, "CallDate": str(FIRST_DAY)} for each in ids]
        for ids in ((1, 2), (3, 4))
    ]
    done = read_pages(clock, page(spelled[0], 4), page(spelled[1], 4))
    assert ucids(done) == [1, 2, 3, 4]


def test_pages_with_equal_ucids_and_other_calls_differ(clock: FakeClock) -> None:
    other = [{**record, "CallID": record["CallID"] + 10} for record in records(1, 2)]
    done = read_pages(clock, page(records(1, 2), 4), page(other, 4))
    assert [(each["CallID"], each["UCID"]) for each in done.records(STREAM)] == [
        (1, 1), (2, 2), (11, 1), (12, 2),
    ]  # fmt: skip


def test_nothing_is_left_of_a_first_attempt_that_was_longer(clock: FakeClock) -> None:
    done = read_pages(
        clock,
        page(records(1, 2, 3, Comments="x" * 10_000), 4),
        page([], 4),
        page(records(1, 2), 2),
    )
    assert ucids(done) == [1, 2]


def test_uneven_pages_up_to_the_bound_are_read(clock: FakeClock) -> None:
    # The first page suggests 3 pages. Twice as many, and one more, are read.
    singles = [page(records(number), 10) for number in range(5, 11)]
    done = read_pages(clock, page(records(1, 2, 3, 4), 10), *singles)
    assert ucids(done) == list(range(1, 11))


def test_uneven_pages_past_the_bound_end_the_sync(clock: FakeClock) -> None:
    singles = [page(records(number), 11) for number in range(5, 11)]
    with pytest.raises(OzonetelError, match="There is no last page: 7 pages have 10 records of 11"):
        read_pages(clock, page(records(1, 2, 3, 4), 11), *singles)


def test_the_log_names_the_page_that_failed(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    pages = [page(records(1, 2), 4), response(b"", "503 Unavailable"), page(records(3, 4), 4)]
    assert ucids(read_pages(clock, *pages)) == [1, 2, 3, 4]
    (warning,) = [each.getMessage() for each in caplog.records if "retrying" in each.getMessage()]
    assert warning.startswith(f"{FIRST_DAY}, page 2: HTTP 503")
