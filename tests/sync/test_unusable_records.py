"""Records that cannot be used, in whole syncs: they end the run, or are skipped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel.errors import OzonetelError
from tests.helpers.days import ONE_DAY
from tests.helpers.sync import Sync, sync

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.helpers.clock import FakeClock

TWO_DAYS: dict[str, Any] = {"start_date": "2026-03-14", "end_date": "2026-03-15"}

UNUSABLE = {
    "not-an-object": "that is not a JSON object",
    "id-none-both": "with neither CallID nor UCID",
    "id-garbage": "with a UCID that is not a 64-bit integer",
    "id-huge": "with a UCID that is not a 64-bit integer",
}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_an_unusable_record_ends_the_run(clock: FakeClock, kind: str) -> None:
    done = Sync()
    faults = f"day:2026-03-15=malformed:{kind}"
    with (
        Sandbox(Options(records=3, faults=faults), clock=clock) as box,
        pytest.raises(OzonetelError) as error,
    ):
        sync(box, clock, **TWO_DAYS, output=done)
    message = str(error.value)
    assert message.startswith(
        f"cdr_details, 2026-03-15: 1 record (1 {UNUSABLE[kind]}) cannot be used"
    )
    assert message.endswith("set on_unusable_record to skip")
    assert not any(len(word) > 4 and word.isdigit() for word in message.split())
    assert done.bookmarks() == ["2026-03-14"]
    # The first record of the day is unusable.
    assert {record["CallDate"] for record in done.records()} == {"2026-03-14"}


@pytest.mark.parametrize("kind", UNUSABLE)
@pytest.mark.parametrize("stream", ["cdr_details", "cdr_paginated"])
def test_skipping_costs_only_the_unusable_records(
    clock: FakeClock, caplog: pytest.LogCaptureFixture, kind: str, stream: str
) -> None:
    faults = f"day:2026-03-15=malformed:{kind}"
    skip: dict[str, Any] = {"on_unusable_record": "skip", "page_size": 2}
    with Sandbox(Options(records=5), clock=clock) as box:
        clean = sync(box, clock, stream, **TWO_DAYS).records(stream)
    with Sandbox(Options(records=5, faults=faults), clock=clock) as box:
        done = sync(box, clock, stream, **TWO_DAYS, **skip)
    found = done.records(stream)
    # One fault in each response: of a day, or of a page.
    lost = [5] if stream == "cdr_details" else [5, 7, 9]
    assert found == [record for number, record in enumerate(clean) if number not in lost]
    assert done.bookmarks(stream)[-1] == "2026-03-15"
    warnings = [each.getMessage() for each in caplog.records if "skipped" in each.getMessage()]
    assert len(warnings) == 1
    assert warnings[0].startswith(f"2026-03-15: skipped {len(lost)} record")
    assert f"{len(lost)} {UNUSABLE[kind]}" in warnings[0]


def test_all_unusable_records_of_a_response_are_counted(
    clock: FakeClock, alter: Callable[..., list[bytes]], caplog: pytest.LogCaptureFixture
) -> None:
    alter(lambda body: body.replace(b'"details":[', b'"details":[null,{"UCID":"x"},null,', 1))
    with Sandbox(Options(records=3), clock=clock) as box:
        with pytest.raises(OzonetelError, match=r"3 records \(2 that is .*, 1 with a UCID"):
            sync(box, clock, **ONE_DAY)
        done = sync(box, clock, **ONE_DAY, on_unusable_record="skip")
    assert len(done.records()) == 3
    assert "2026-03-14: skipped 3 records" in caplog.text


def test_a_lookup_skips_an_unusable_record(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with Sandbox(Options(records=3, faults="*=malformed:not-an-object"), clock=clock) as box:
        day = box.today().replace(day=14)
        calls = [{"ucid": str(box.calls_between(day, day)[0]["UCID"]), "call_date": str(day)}]
        done = sync(box, clock, "cdr_by_ucid", calls=calls, on_unusable_record="skip")
    assert done.records("cdr_by_ucid") == []
    assert "2026-03-14: skipped 1 record" in caplog.text
    assert "has no call" not in caplog.text
