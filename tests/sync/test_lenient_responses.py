"""Responses that only a lenient JSON reader accepts, and malformed ones, in whole syncs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel.errors import OzonetelError
from tests.helpers.bodies import BOM
from tests.helpers.days import ONE_DAY
from tests.helpers.sync import Sync, run, sync

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.helpers.clock import FakeClock

TWO_DAYS: dict[str, Any] = {"start_date": "2026-03-14", "end_date": "2026-03-15"}


def first_comment(text: bytes) -> Callable[[bytes], bytes]:
    return lambda body: re.sub(
        rb'("Comments":)"(?:[^"\\]|\\.)*"', lambda m: m[1] + b'"' + text + b'"', body, count=1
    )


LENIENT: dict[str, tuple[Callable[[bytes], bytes], dict[str, Any], str]] = {
    "a string that is truncated in a letter": (
        first_comment(b"a\xe0\xa4"),
        {"Comments": "a\ufffd"},
        "1 invalid bytes or lone surrogates replaced by U+FFFD",
    ),
    "a lone surrogate": (
        first_comment(rb"a\ud83d\nb"),
        {"Comments": "a\ufffd\nb"},
        "1 invalid bytes or lone surrogates replaced by U+FFFD",
    ),
    "tabs and line ends": (
        first_comment(b"a\tb\r\nc"),
        {"Comments": "a\tb\r\nc"},
        "3 raw control characters kept",
    ),
    "not a number": (
        lambda body: re.sub(rb'("Rating":)[^,}]+', rb"\1NaN", body, count=1),
        {"Rating": None},
        "1 NaN or infinite numbers set to null",
    ),
    "a comment of the gateway": (
        lambda body: body + b"\n<!-- gw-3 -->\n",
        {},
        "1 comments dropped",
    ),
    "a byte order mark": (lambda body: BOM + body, {}, ""),
}


@pytest.mark.parametrize("case", LENIENT)
@pytest.mark.parametrize("stream", ["cdr_details", "cdr_paginated"])
def test_a_lenient_response_is_read_with_one_warning_per_day(
    clock: FakeClock,
    alter: Callable[..., list[bytes]],
    caplog: pytest.LogCaptureFixture,
    case: str,
    stream: str,
) -> None:
    change, values, repair = LENIENT[case]
    with Sandbox(Options(records=5), clock=clock) as box:
        clean = sync(box, clock, stream, **TWO_DAYS).records(stream)
        sent = alter(change)
        caplog.clear()
        done = sync(box, clock, stream, **TWO_DAYS)
    found = done.records(stream)
    first, sixth = ({**record, **values} for record in (clean[0], clean[5]))
    assert found == [first, *clean[1:5], sixth, *clean[6:]]
    assert len(sent) == 2
    assert done.bookmarks(stream)[-1] == "2026-03-15"
    warnings = [
        each.getMessage() for each in caplog.records if "repaired JSON" in each.getMessage()
    ]
    assert [each[:10] for each in warnings] == (["2026-03-14", "2026-03-15"] if repair else [])
    assert all(each.endswith(f": {repair}") for each in warnings)


def test_the_charset_of_the_response_is_used(
    clock: FakeClock, alter: Callable[..., list[bytes]]
) -> None:
    alter(
        lambda body: first_comment("café".encode())(body).decode().encode("iso-8859-1", "replace"),
        Content_Type="application/json; charset=iso-8859-1",
    )
    with Sandbox(Options(records=3), clock=clock) as box:
        done = sync(box, clock, **ONE_DAY)
    assert done.records()[0]["Comments"] == "café"


def test_malformed_json_is_requested_twice_and_named(clock: FakeClock) -> None:
    done = Sync()
    with (
        Sandbox(Options(records=4, faults="day:2026-03-15=broken"), clock=clock) as box,
        pytest.raises(OzonetelError) as error,
    ):
        sync(box, clock, **TWO_DAYS, output=done)
    assert re.match(
        r"cdr_details, 2026-03-15: .*invalid JSON at byte [\d,]+, in record 3, in the field CallID"
        r".*on_unusable_record to skip$",
        str(error.value),
    )
    assert "31733467784618213" not in str(error.value)
    assert len(box.requests) == 1 + 2
    assert done.bookmarks() == ["2026-03-14"]
    assert len(done.records()) == 4


def test_malformed_json_that_changes_is_tried_again(
    clock: FakeClock, alter: Callable[..., list[bytes]]
) -> None:
    bodies = iter([b',"x":,', b',"y":,', b',"z":,', b","])
    alter(lambda body: body.replace(b",", next(bodies), 1))
    with Sandbox(Options(records=3, details_first=False), clock=clock) as box:
        done = sync(box, clock, **ONE_DAY)
    assert len(box.requests) == 4
    assert len(done.records()) == 3


def test_what_is_truncated_is_tried_again_8_times(
    clock: FakeClock, alter: Callable[..., list[bytes]]
) -> None:
    sent = alter(lambda body: body[:-1])
    with (
        Sandbox(Options(records=3), clock=clock) as box,
        pytest.raises(OzonetelError, match=r"8 tries failed.*truncated"),
    ):
        sync(box, clock, **ONE_DAY)
    assert len(sent) == 8


def test_deep_json_is_rejected_at_once(clock: FakeClock, alter: Callable[..., list[bytes]]) -> None:
    deep = b'"Comments":' + b"[" * 200_000 + b"]" * 200_000
    sent = alter(lambda body: re.sub(rb'"Comments":"(?:[^"\\]|\\.)*"', deep, body, count=1))
    done = Sync()
    with (
        Sandbox(Options(records=3), clock=clock) as box,
        pytest.raises(
            OzonetelError, match=r"2026-03-14: .*100 levels deep, at byte .*in record 1\)"
        ),
    ):
        sync(box, clock, **ONE_DAY, output=done)
    assert len(sent) == 1
    assert done.bookmarks() == []


def test_skipping_costs_only_a_record_that_is_not_json(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with Sandbox(Options(records=4), clock=clock) as box:
        clean = sync(box, clock, **ONE_DAY)
    with Sandbox(Options(records=4, faults="day:2026-03-14=broken"), clock=clock) as box:
        done = sync(box, clock, **ONE_DAY, on_unusable_record="skip")
    assert done.records() == clean.records()
    assert len(box.requests) == 2
    assert "in record 3, in the field CallID. Skipping the record" in caplog.text
    assert "2026-03-14: skipped 1 record" in caplog.text


def test_malformed_json_ends_the_run_in_one_line(tmp_path: Path) -> None:
    with Sandbox(Options(records=3, period=0.01, faults="*=broken")) as box:
        day = box.today().isoformat()
        done = run(box, tmp_path, start_date=day, rate_limit_period=0.01)
        skipped = run(
            box, tmp_path, start_date=day, rate_limit_period=0.01, on_unusable_record="skip"
        )
    assert done.code == 1
    assert "on_unusable_record to skip" in done.log.splitlines()[-1]
    assert "317334677846182" not in done.log
    assert skipped.code == 0
