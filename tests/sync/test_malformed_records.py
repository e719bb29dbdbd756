"""Malformed records, and what a sync emits for them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel.errors import OzonetelError
from tests.helpers.days import FIRST_DAY, ONE_DAY
from tests.helpers.sync import Sync, make_catalog, sync

if TYPE_CHECKING:
    from tests.helpers.clock import FakeClock


def first_record(clock: FakeClock, kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the first record of the day as emitted, and as the account has it."""
    with Sandbox(Options(records=3, faults=f"*=malformed:{kind}"), clock=clock) as box:
        done = sync(box, clock, **ONE_DAY)
        (original, *_) = box.calls_between(*[box.today().replace(day=14)] * 2)
    return done.records()[0], original


@pytest.mark.parametrize(
    ("kind", "copies"),
    [
        *(("id-text", {}), ("calldate-missing", {}), ("calldate-garbage", {})),
        *(("id-none-ucid", {"UCID": "CallID"}), ("id-none-callid", {"CallID": "UCID"})),
    ],
)
def test_ids_and_the_date_are_repaired(clock: FakeClock, kind: str, copies: dict[str, str]) -> None:
    found, original = first_record(clock, kind)
    assert found == original | {name: original[source] for name, source in copies.items()}
    assert (found["CallDate"], found["CallID"] > 2**53) == ("2026-03-14", True)


def test_an_id_with_an_exponent_becomes_an_integer(clock: FakeClock) -> None:
    found, original = first_record(clock, "id-float")
    assert found["CallID"] == int(Decimal(repr(float(original["CallID"]))))


def test_a_lone_surrogate_is_replaced(clock: FakeClock) -> None:
    found, _ = first_record(clock, "surrogate")
    assert found["Comments"].startswith("half a pair: ")
    found["Comments"].encode()


@pytest.mark.parametrize("stream", ["cdr_details", "cdr_paginated", "cdr_by_ucid"])
@pytest.mark.parametrize(
    ("kind", "note"),
    [
        ("id-none-ucid", "1 record without a UCID: the legs of a call overwrite each other"),
        ("calldate-future", "1 record with a CallDate other than the requested day"),
    ],
)
def test_odd_records_are_counted_and_named(
    clock: FakeClock, caplog: pytest.LogCaptureFixture, stream: str, kind: str, note: str
) -> None:
    with Sandbox(Options(records=5, faults=f"*=malformed:{kind}"), clock=clock) as box:
        calls = [{"ucid": str(box.calls(FIRST_DAY)[0]["UCID"]), "call_date": str(FIRST_DAY)}]
        sync(box, clock, stream, **ONE_DAY, calls=calls)
    notes = [each.message for each in caplog.records if note in each.message]
    assert [each[:12] for each in notes] == ["2026-03-14: "]


@pytest.mark.parametrize(
    "kind", ["numbers-in-text", "bool-in-text", "list-in-text", "object-in-text", "nul"]
)
def test_values_of_text_fields_become_text(clock: FakeClock, kind: str) -> None:
    found, original = first_record(clock, kind)
    different = {name for name in original if found[name] != original[name]}
    assert different
    for name in different:
        assert isinstance(found[name], str)
        assert "\0" not in found[name]


def test_a_value_nested_too_deeply_fails_its_day(clock: FakeClock) -> None:
    # The limit differs between versions of Python.
    done = Sync()
    with Sandbox(Options(records=3, faults="*=malformed:deep"), clock=clock) as box:
        try:
            sync(box, clock, **ONE_DAY, output=done)
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


def test_an_unknown_field_is_dropped_with_one_warning(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with Sandbox(Options(records=3, faults="*=malformed:unknown-field"), clock=clock) as box:
        done = sync(box, clock, start_date="2026-03-10")
    assert {len(record) for record in done.records()} == {46}
    warnings = [each.message for each in caplog.records if "Dropping the field" in each.message]
    assert len(warnings) == len(set(warnings)) == 2


def test_a_field_added_to_the_catalog_is_emitted(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with Sandbox(Options(records=1, faults="*=malformed:unknown-field"), clock=clock) as box:
        sync(box, clock, **ONE_DAY)
        with_field = make_catalog("cdr_details")
        for stream in with_field["streams"]:
            stream["schema"]["properties"]["BridgeID"] = {"type": ["string", "null"]}
        caplog.clear()
        done = sync(box, clock, catalog=with_field, **ONE_DAY)
    assert len(done.records()[0]) == 47
    assert done.records()[0]["BridgeID"] == "b-1"
    assert "BridgeID" not in caplog.text
    assert "SentimentScore" in caplog.text
