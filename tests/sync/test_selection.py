"""A run that reads nothing, or has streams that the tap does not know, says so once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel.errors import OzonetelError
from tests.helpers.days import FIRST_DAY, ONE_DAY
from tests.helpers.sync import make_catalog, make_state, sync

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.helpers.clock import FakeClock


@pytest.fixture
def box(clock: FakeClock) -> Iterator[Sandbox]:
    with Sandbox(Options(records=40), clock=clock) as box:
        yield box


#: Catalogs with which a run reads nothing, and what it says.
NOTHING: dict[str, tuple[dict[str, Any], list[str]]] = {
    "no streams": ({"streams": []}, ["the catalog has no streams"]),
    "unknown streams": (
        {"streams": [{"tap_stream_id": "cdr_detail"}, {"tap_stream_id": "calls"}]},
        ["the catalog has 'cdr_detail', 'calls', which this tap does not have", "cdr_paginated"],
    ),
    "deselected": (make_catalog("nothing"), ["none of the streams", "`select: [cdr_details.*]`"]),
    "no calls": (
        make_catalog("cdr_by_ucid"),
        ["cdr_by_ucid is selected, but the setting calls is"],
    ),
}


@pytest.mark.parametrize("case", NOTHING)
def test_a_run_with_nothing_to_read_says_so_once(
    box: Sandbox, clock: FakeClock, caplog: pytest.LogCaptureFixture, case: str
) -> None:
    chosen, words = NOTHING[case]
    done = sync(box, clock, catalog=chosen)
    assert box.requests == []
    assert done.records() == []
    (warning,) = [record for record in caplog.records if record.levelname == "WARNING"]
    assert warning.getMessage().startswith("Nothing to read: ")
    assert all(word in warning.getMessage() for word in words)


@pytest.mark.parametrize("case", NOTHING)
def test_a_run_with_nothing_to_read_is_an_error_if_gaps_are(
    box: Sandbox, clock: FakeClock, case: str
) -> None:
    with pytest.raises(OzonetelError, match=r"^Nothing to read: "):
        sync(box, clock, catalog=NOTHING[case][0], on_retention_gap="fail")


def test_the_state_of_a_run_with_nothing_to_read_stays(box: Sandbox, clock: FakeClock) -> None:
    done = sync(
        box, clock, catalog=make_catalog("nothing"), state=make_state(cdr_details="2026-03-16")
    )
    assert done.bookmarks() == ["2026-03-16"]


def test_unknown_streams_beside_others_are_named(
    box: Sandbox, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    chosen = make_catalog("cdr_details")
    chosen["streams"].append({"tap_stream_id": "calls\nof 0091", "schema": 5})
    done = sync(box, clock, catalog=chosen, **ONE_DAY)
    assert len(done.records()) == len(box.calls(FIRST_DAY)) > 0
    assert r"streams that this tap does not have: 'calls\nof 0091'" in caplog.text
