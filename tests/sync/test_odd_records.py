"""Records that are odd, as they come out of a sync."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel.errors import OzonetelError
from tests.helpers.sync import Sync, catalog, sync

if TYPE_CHECKING:
    from tests.helpers.clock import FakeClock

ONE_DAY: dict[str, Any] = {"start_date": "2026-03-14", "end_date": "2026-03-14"}


def first_record(clock: FakeClock, kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The day's first record as it comes out, and as it is."""
    with Sandbox(Options(records=3, faults=f"*=malformed:{kind}"), clock=clock) as box:
        done = sync(box, clock, **ONE_DAY)
        (true, *_) = box.calls_between(*[box.today().replace(day=14)] * 2)
    return done.records()[0], true


def test_ids_in_text_are_exact_numbers(clock: FakeClock) -> None:
    found, true = first_record(clock, "id-text")
    assert found == true
    assert found["CallID"] > 2**53


@pytest.mark.parametrize("kind", ["calldate-missing", "calldate-garbage"])
def test_a_date_that_is_none_is_the_day_that_was_asked_for(clock: FakeClock, kind: str) -> None:
    found, _ = first_record(clock, kind)
    assert found["CallDate"] == "2026-03-14"


def test_an_id_with_an_exponent_is_a_whole_number(clock: FakeClock) -> None:
    found, true = first_record(clock, "id-float")
    assert found["CallID"] == int(Decimal(repr(float(true["CallID"]))))


def test_half_of_a_surrogate_pair_is_replaced(clock: FakeClock) -> None:
    found, _ = first_record(clock, "surrogate")
    assert found["Comments"].startswith("half a pair: ")
    found["Comments"].encode()


def test_a_missing_leg_is_named_as_its_call(clock: FakeClock) -> None:
    found, true = first_record(clock, "id-none-ucid")
    assert found["UCID"] == found["CallID"] == true["CallID"]


def test_a_missing_call_is_named_as_its_leg(clock: FakeClock) -> None:
    found, true = first_record(clock, "id-none-callid")
    assert found["UCID"] == found["CallID"] == true["UCID"]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("id-huge", "64-bit integer"),
        ("id-garbage", "64-bit integer"),
        ("id-none-both", "without CallID and UCID"),
        ("not-an-object", "not a JSON object"),
    ],
)
def test_a_record_without_a_key_fails_its_day_without_its_value(
    clock: FakeClock, kind: str, words: str
) -> None:
    done = Sync()
    with (
        Sandbox(Options(records=3, faults=f"*=malformed:{kind}"), clock=clock) as box,
        pytest.raises(OzonetelError, match=rf"cdr_details, 2026-03-14: .*{words}") as failure,
    ):
        sync(box, clock, **ONE_DAY, into=done)
    assert not any(len(word) > 4 and word.isdigit() for word in str(failure.value).split())
    assert done.bookmarks() == []


@pytest.mark.parametrize(
    "kind", ["numbers-in-text", "bool-in-text", "list-in-text", "object-in-text", "nul"]
)
def test_text_fields_are_text(clock: FakeClock, kind: str) -> None:
    found, true = first_record(clock, kind)
    different = {name for name in true if found[name] != true[name]}
    assert different
    for name in different:
        assert isinstance(found[name], str)
        assert "\0" not in found[name]


def test_what_is_nested_too_deep_to_be_written_fails_its_day(clock: FakeClock) -> None:
    # How deep that is differs from one Python to the next.
    done = Sync()
    with Sandbox(Options(records=3, faults="*=malformed:deep"), clock=clock) as box:
        try:
            sync(box, clock, **ONE_DAY, into=done)
        except OzonetelError as failure:
            assert str(failure).startswith("cdr_details, 2026-03-14: ")  # noqa: PT017
            assert done.bookmarks() == []
        else:
            assert set(done.records()[0]["Comments"]) == {"[", "]"}


@pytest.mark.parametrize("kind", ["rating-text", "rating-garbage"])
def test_a_rating_is_a_number_or_null(clock: FakeClock, kind: str) -> None:
    found, _ = first_record(clock, kind)
    assert isinstance(found["Rating"], int | float | None)
    assert (found["Rating"] is None) == (kind == "rating-garbage")


def test_an_unknown_field_is_left_out_with_one_warning(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with Sandbox(Options(records=3, faults="*=malformed:unknown-field"), clock=clock) as box:
        done = sync(box, clock, start_date="2026-03-10")
    assert {len(record) for record in done.records()} == {46}
    warnings = [each.message for each in caplog.records if "It is dropped" in each.message]
    assert len(warnings) == len(set(warnings)) == 2


def test_a_field_that_the_user_has_added_is_passed_on(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with Sandbox(Options(records=1, faults="*=malformed:unknown-field"), clock=clock) as box:
        sync(box, clock, **ONE_DAY)
        with_field = catalog("cdr_details")
        for stream in with_field["streams"]:
            stream["schema"]["properties"]["BridgeID"] = {"type": ["string", "null"]}
        caplog.clear()
        done = sync(box, clock, selecting=with_field, **ONE_DAY)
    assert len(done.records()[0]) == 47
    assert done.records()[0]["BridgeID"] == "b-1"
    assert "BridgeID" not in caplog.text
    assert "SentimentScore" in caplog.text
