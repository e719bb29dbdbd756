"""After stream maps, records fit their SCHEMA message, and privacy holds."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft7Validator

from sandbox import Options, Sandbox
from tap_ozonetel.errors import OzonetelError
from tap_ozonetel.records.calls import CdrNormalizer
from tests.helpers.days import TODAY, day
from tests.helpers.sync import Sync, sync

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.helpers.clock import FakeClock

#: A past day, on which calls have ratings and durations.
PAST = TODAY - dt.timedelta(days=1)
PAST_DAY: dict[str, Any] = {"start_date": day(-1), "end_date": day(-1)}


@pytest.fixture
def box(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    normalize = CdrNormalizer.normalize

    def with_rating(self: CdrNormalizer, record: object, day: str | None) -> dict[str, Any]:
        # The sandbox has whole numbers only.
        return {**normalize(self, record, day), "Rating": Decimal("4.1")}

    monkeypatch.setattr(CdrNormalizer, "normalize", with_rating)
    with Sandbox(Options(records=30, limit=50), clock=clock) as box:
        yield box


def schema_of(done: Sync) -> dict[str, Any]:
    """The only SCHEMA message, which all records and its own key fit."""
    (schema,) = done.of_type("SCHEMA")
    properties = schema["schema"]["properties"]
    validator = Draft7Validator(schema["schema"])
    records = [each["record"] for each in done.of_type("RECORD")]
    assert len(records) == 30
    for record in records:
        validator.validate(record)
        assert record.keys() <= properties.keys()
    named = [*schema["key_properties"], *(schema.get("bookmark_properties") or [])]
    assert set(named) <= properties.keys()
    return dict(schema)


@pytest.mark.parametrize(
    ("fields", "types"),
    [
        ({"CallerID": None, "hash": "sha256(CallerID)"}, {"hash": "string"}),
        (
            {"UCID": None, "__key_properties__": ["leg"], "leg": "UCID", "next": "UCID + 1"},
            {"leg": "integer", "next": "integer"},
        ),
        ({"UCID": "str(UCID)", "number": "UCID"}, {"UCID": "string", "number": "integer"}),
        ({"answered": "Status == 'Answered'"}, {"answered": "boolean"}),
        ({"Status": "Status == 'Answered'"}, {"Status": "boolean"}),
        ({"good": "Rating > 3 and UCID > 1"}, {"good": "boolean"}),
        (
            {"__else__": None, "CallID": "self", "UCID": "self", "CallerID": "self"},
            {"UCID": "integer"},
        ),
        ({"Rating": "'good' if Rating else 'bad'"}, {"Rating": "string"}),
        ({"CallDate": "CallDate[:4]"}, {"CallDate": "string"}),
        ({"year": "int(CallDate[:4])", "part": "UCID / 2"}, {"year": "integer", "part": "number"}),
        ({"half": "Rating * 0.5", "more": "1.5 - Rating"}, {"half": "number", "more": "number"}),
        ({"nothing": "None", "Skill": "None"}, {"nothing": "string", "Skill": "string"}),
    ],
    ids=lambda each: " ".join(each) or "-",
)
def test_records_fit_their_schema(
    box: Sandbox, clock: FakeClock, fields: dict[str, Any], types: dict[str, str]
) -> None:
    schema = schema_of(sync(box, clock, stream_maps={"cdr_details": fields}, **PAST_DAY))
    for field, kind in types.items():
        assert schema["schema"]["properties"][field]["type"] == [kind, "null"]


def test_arithmetic_is_exact(box: Sandbox, clock: FakeClock) -> None:
    maps = {"cdr_details": {"product": "Rating * 0.1", "weighted": "config['weight'] * Rating"}}
    done = sync(
        box, clock, stream_maps=maps, stream_map_config={"weight": Decimal("0.3")}, **PAST_DAY
    )
    assert {(each["product"], each["weighted"]) for each in done.records()} == {(0.41, 1.23)}


@pytest.mark.parametrize(
    ("fields", "bookmarks"),
    [({"CallDate": None}, None), ({"CallDate": "self"}, ["CallDate"]), ({}, ["CallDate"])],
)
def test_a_bookmark_property_is_a_field_of_the_schema(
    box: Sandbox, clock: FakeClock, fields: dict[str, Any], bookmarks: list[str] | None
) -> None:
    done = sync(box, clock, stream_maps={"cdr_details": fields}, **PAST_DAY)
    assert schema_of(done).get("bookmark_properties") == bookmarks
    assert done.bookmarks() == [day(-1)]


def test_a_value_that_does_not_fit_its_type_is_an_error(box: Sandbox, clock: FakeClock) -> None:
    maps = {"cdr_details": {"half": "[UCID][0]"}}
    with pytest.raises(OzonetelError) as failed:
        sync(box, clock, stream_maps=maps, **PAST_DAY)
    assert str(failed.value) == (
        "The stream map of cdr_details fails at half (the value has the type integer, but the "
        "field has string; put str(), int(), float() or bool() around the expression): [UCID][0]"
    )


def test_the_log_level_debug_shows_no_value_of_a_record(
    box: Sandbox, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    maps = {"__filter__": "CallerID != ''", "CallerID": "CallerID[-10:]", "DID": "'x' + DID"}
    done = sync(box, clock, stream_maps={"cdr_details": maps}, **PAST_DAY)
    numbers = {str(record["CallerID"])[-6:] for record in box.calls_between(*[PAST] * 2)}
    assert len(done.records()) > 1 < len(numbers)
    assert not [number for number in numbers if number in caplog.text]
