"""A state that is there is understood or refused: it never counts as no state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel.errors import ConfigError
from tests.helpers.sync import Sync, make_catalog, make_state, make_tap, sync

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.helpers.clock import FakeClock

TODAY = "2026-03-17"
BOOKMARK = make_state(cdr_details=TODAY)
LOOK = r'should look like {"bookmarks": {"cdr_details": {"replication_key_value": "YYYY-MM-DD"}}}'

#: Bookmarks of other taps in shapes that the SDK cannot load.
FOREIGN: dict[str, Any] = {
    "text": "2026-03-17",
    "number": 5,
    "list": [1, {"a": None}],
    "null": None,
    "markers": {"progress_markers": {"Note": "x"}, "partitions": None, "replication_key": 3},
    "partitions": {"partitions": [{"context": {"a": 1}, "progress_markers": {"b": 2}}]},
}


@pytest.fixture
def box(clock: FakeClock) -> Iterator[Sandbox]:
    with Sandbox(Options(records=40, limit=50), clock=clock) as box:
        yield box


def given(since: object) -> dict[str, Any]:
    return cast("dict[str, Any]", since)


@pytest.mark.parametrize(
    "since",
    [
        BOOKMARK,
        {"type": "STATE", "value": BOOKMARK},
        {"singer_state": BOOKMARK},
        {"type": "STATE", "value": {"singer_state": BOOKMARK}},
        {**BOOKMARK, "currently_syncing": None},
        {**BOOKMARK, "currently_syncing": "cdr_paginated"},
    ],
    ids=["bare", "message", "meltano", "both", "with another key", "of a stream not selected"],
)
def test_a_state_is_unwrapped(box: Sandbox, clock: FakeClock, since: object) -> None:
    done = sync(box, clock, state=given(since))
    # The bookmark's day, and the one before it for the lookback.
    assert len(box.requests) == 2
    assert done.bookmarks() == [TODAY]


@pytest.mark.parametrize(
    "since",
    [
        None,
        {},
        {"bookmarks": None},
        {"bookmarks": {}},
        {"bookmarks": {"cdr_details": None}},
        {"bookmarks": {"cdr_details": {}}},
        {"bookmarks": {"cdr_details": {"replication_key": "CallDate"}}},
        {"bookmarks": {"cdr_details": {"replication_key_value": None}}},
        {"bookmarks": {"cdr_details": {"starting_replication_value": None}}},
        {"type": "STATE", "value": {}},
        {"type": "STATE", "value": None},
        {"singer_state": {}},
    ],
)
def test_no_state_is_no_state(box: Sandbox, clock: FakeClock, since: object) -> None:
    sync(box, clock, state=given(since), end_date="2026-03-04")
    assert len(box.requests) == 2


@pytest.mark.parametrize(
    ("since", "words"),
    [
        ({"cdr_details": {"replication_key_value": TODAY}}, "has no bookmarks, only 'cdr_details'"),
        ({"completed": BOOKMARK}, "has no bookmarks, only 'completed'"),
        ({"value": BOOKMARK}, "has no bookmarks, only 'value'"),
        ({"type": "STATE"}, "has no bookmarks, only 'type'"),
        ({"bookmarks": [BOOKMARK]}, "bookmarks must be an object, not a list"),
        ({"bookmarks": {"cdr_details": TODAY}}, "cdr_details .* must be an object, not a string"),
        ({"bookmarks": {"cdr_details": {"CallDate": TODAY}}}, "no replication_key_value, only"),
        (
            {"bookmarks": {"cdr_details": {"partitions": [{"context": {"day": TODAY}}]}}},
            "no replication_key_value, only 'partitions'",
        ),
    ],
)
def test_a_state_that_is_not_understood_is_refused(
    box: Sandbox, clock: FakeClock, since: object, words: str
) -> None:
    with pytest.raises(ConfigError, match=words) as refused:
        sync(box, clock, state=given(since))
    assert LOOK in str(refused.value)
    assert box.requests == []


@pytest.mark.parametrize("since", [[], [BOOKMARK], 5, False, "singer_state"])
def test_a_state_that_is_no_object_is_refused(
    box: Sandbox, clock: FakeClock, since: object
) -> None:
    with pytest.raises(ConfigError):
        sync(box, clock, state=given(since))
    assert box.requests == []


@pytest.mark.parametrize("value", ["yesterday", "", 20260317, True, ["2026-03-17"], "2026-3-17"])
def test_a_bookmark_that_is_no_date_is_refused(
    box: Sandbox, clock: FakeClock, value: object
) -> None:
    since = {"bookmarks": {"cdr_details": {"replication_key_value": value}}}
    with pytest.raises(ConfigError, match="bookmark of cdr_details in the state is not a date"):
        sync(box, clock, state=since)
    assert box.requests == []


@pytest.mark.parametrize(
    "odd",
    [
        {"partitions": 5},
        {"partitions": None},
        {"partitions": [{"context": {"day": "2026-03-01"}}, {"context": {"day": "2026-03-02"}}]},
        {"partitions": [None]},
        {"progress_markers": 5},
        {"progress_markers": {"replication_key": "CallDate"}},
        {
            "progress_markers": {
                "replication_key": "CallDate",
                "replication_key_value": "2030-01-01",
            }
        },
        {"replication_key_signpost": 7},
        {"starting_replication_value": {}},
        {"replication_key": "StartTime"},
        {"replication_key": None},
    ],
)
def test_parts_of_the_sdks_state_do_no_harm(
    box: Sandbox, clock: FakeClock, odd: dict[str, Any]
) -> None:
    since = {"bookmarks": {"cdr_details": {**BOOKMARK["bookmarks"]["cdr_details"], **odd}}}
    done = sync(box, clock, "cdr_details", state=since)
    assert len(box.requests) == 2
    bookmark = done.states[-1]["bookmarks"]["cdr_details"]
    assert bookmark == BOOKMARK["bookmarks"]["cdr_details"]


@pytest.mark.parametrize("shape", [None, 5, "x", [], {"partitions": [{}]}, {"a": 1}])
def test_a_lookup_of_calls_has_no_state(box: Sandbox, clock: FakeClock, shape: object) -> None:
    (call, *_) = box.calls(box.today())
    calls = [{"ucid": call["UCID"], "call_date": call["CallDate"]}]
    done = sync(box, clock, "cdr_by_ucid", state={"bookmarks": {"cdr_by_ucid": shape}}, calls=calls)
    assert len(done.records("cdr_by_ucid")) >= 1


def test_bookmarks_of_other_taps_go_through_untouched(box: Sandbox, clock: FakeClock) -> None:
    since = {"bookmarks": {**FOREIGN, **BOOKMARK["bookmarks"]}}
    done = sync(box, clock, state=since)
    assert done.states
    for emitted in done.states:
        others = {name: emitted["bookmarks"][name] for name in FOREIGN}
        assert others == FOREIGN
    assert done.bookmarks() == [TODAY]


def test_bookmarks_of_other_taps_alone_are_a_first_run(box: Sandbox, clock: FakeClock) -> None:
    done = sync(box, clock, state={"bookmarks": dict(FOREIGN)}, end_date="2026-03-04")
    assert len(box.requests) == 2
    assert done.states[-1]["bookmarks"].keys() == {*FOREIGN, "cdr_details"}


def test_a_bookmark_of_long_ago_is_a_gap(
    box: Sandbox, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    sync(box, clock, state=make_state(cdr_details="0001-01-01"), end_date="2026-03-04")
    assert len(box.requests) == 2
    assert "Data loss" in caplog.text


def test_the_state_of_a_stream_that_is_not_selected_stays(box: Sandbox, clock: FakeClock) -> None:
    since = make_state(cdr_details=TODAY, cdr_paginated="2026-03-01")
    done = sync(box, clock, "cdr_details", state=since)
    assert done.bookmarks("cdr_paginated") == ["2026-03-01"]


def test_a_state_may_be_loaded_later(box: Sandbox, clock: FakeClock) -> None:
    done = Sync()
    tap = make_tap(box, clock, output=done, catalog=make_catalog("cdr_details"))
    tap.load_state({"type": "STATE", "value": BOOKMARK})
    assert tap.state == BOOKMARK
