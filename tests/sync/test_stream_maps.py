"""Stream maps: what is wrong in them is named, and a stream that they remove is not read."""

from __future__ import annotations

import logging
import re
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel.errors import ConfigError, OzonetelError
from tests.helpers.sync import Sync, make_catalog, make_state, sync

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.helpers.clock import FakeClock

TODAY = "2026-03-17"
ONE_DAY: dict[str, Any] = {"start_date": TODAY, "end_date": TODAY}
NUMBERS = ("CallerID", "DialedNumber", "DID", "E164")


@pytest.fixture
def box(clock: FakeClock) -> Iterator[Sandbox]:
    with Sandbox(Options(records=40, limit=50), clock=clock) as box:
        yield box


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


@pytest.mark.parametrize(
    "maps",
    [
        {"cdr_details": None},
        {"cdr_details": "__NULL__"},
        {"cdr_*": None},
        {"__else__": None},
        {"__else__": "__NULL__", "other": {}},
    ],
    ids=["null", "word", "glob", "else", "else as a word"],
)
def test_a_stream_that_is_mapped_away_is_not_read(
    box: Sandbox, clock: FakeClock, caplog: pytest.LogCaptureFixture, maps: dict[str, Any]
) -> None:
    done = sync(box, clock, stream_maps=maps, state=make_state(cdr_details="2026-03-10"))
    assert box.requests == []
    assert done.of_type("SCHEMA") == []
    assert done.bookmarks() == ["2026-03-10"]
    assert "Nothing to read: stream_maps removes cdr_details" in warnings(caplog)


def test_a_stream_that_is_mapped_away_beside_another_is_said(
    box: Sandbox, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    maps = {"cdr_paginated": None}
    done = sync(box, clock, "cdr_details", "cdr_paginated", stream_maps=maps, **ONE_DAY)
    assert [request.path for request in box.requests] == ["/ca_reports/fetchCDRDetails"]
    assert done.bookmarks("cdr_paginated") == []
    assert warnings(caplog)[-1] == "stream_maps removes cdr_paginated"


def test_a_stream_that_is_mapped_away_is_an_error_if_gaps_are(
    box: Sandbox, clock: FakeClock
) -> None:
    with pytest.raises(OzonetelError, match="Nothing to read: stream_maps removes cdr_details"):
        sync(box, clock, stream_maps={"cdr_details": None}, on_retention_gap="fail")


def test_a_copy_of_a_stream_that_is_mapped_away_is_read(box: Sandbox, clock: FakeClock) -> None:
    maps = {"cdr_details": None, "copy": {"__source__": "cdr_details"}}
    done = sync(box, clock, stream_maps=maps, **ONE_DAY)
    assert len(done.records("copy")) == len(box.calls(box.today()))
    assert done.records() == []


@pytest.mark.parametrize(
    "maps",
    [
        {"cdr_paginated": {"CallerID": None}},
        {"cdr_paginated": {"CallerID": "md5(self)"}},
        {"cdr_paginated": {"CallID": None}},
        {"cdr_paginated": {"CallerID": "not a python"}},
        {"cdr_paginated": {"__alias__": "pages"}},
        {"cdr_by_ucid": None},
    ],
)
@pytest.mark.parametrize("chosen", [None, make_catalog("cdr_details")], ids=["default", "catalog"])
def test_a_map_of_a_stream_that_is_not_selected_does_no_harm(
    box: Sandbox, clock: FakeClock, maps: dict[str, Any], chosen: dict[str, Any] | None
) -> None:
    done = sync(box, clock, catalog=chosen, stream_maps=maps, **ONE_DAY)
    assert done.of_type("SCHEMA") == sync(box, clock, **ONE_DAY).of_type("SCHEMA")
    assert len(done.records()) == len(box.calls(box.today()))


@pytest.mark.parametrize("null", [None, "__NULL__"])
@pytest.mark.parametrize("chosen", [None, make_catalog("cdr_details")], ids=["default", "catalog"])
def test_a_glob_applies_to_the_selected_streams(
    box: Sandbox, clock: FakeClock, null: str | None, chosen: dict[str, Any] | None
) -> None:
    maps = {"cdr_*": dict.fromkeys(NUMBERS, null)}
    done = sync(box, clock, catalog=chosen, stream_maps=maps, **ONE_DAY)
    (schema,) = done.of_type("SCHEMA")
    assert not set(NUMBERS) & schema["schema"]["properties"].keys()
    assert done.records()
    assert not any(set(NUMBERS) & record.keys() for record in done.records())


@pytest.mark.parametrize(
    ("field", "expression", "error"),
    [
        ("CallerID", "int(CallerID + 'x')", "ValueError"),
        ("CallerID", "CallerID + 1", "TypeError"),
        ("CallerID", "CallerID[99]", "IndexError"),
        ("CallerID", "config['salt'] + self", "KeyError"),
        ("CallerID", "self.unknown()", "AttributeDoesNotExist"),
        ("CallerID", "1 / 0", "ZeroDivisionError"),
        ("__filter__", "int(CallerID) / 0 > 1", "ZeroDivisionError"),
    ],
)
def test_an_expression_that_fails_is_named_without_the_record(
    box: Sandbox,
    clock: FakeClock,
    caplog: pytest.LogCaptureFixture,
    field: str,
    expression: str,
    error: str,
) -> None:
    done = Sync()
    maps = {"cdr_details": {field: expression}}
    with pytest.raises(OzonetelError) as failed:
        sync(box, clock, output=done, stream_maps=maps, **ONE_DAY)
    assert str(failed.value) == (
        f"The stream map of cdr_details fails at {field} ({error}): {expression}"
    )
    log = caplog.text + "".join(traceback.format_exception(failed.value))
    numbers = {str(leg.get(name)) for leg in box.calls(box.today()) for name in NUMBERS}
    assert not any(number in log for number in numbers - {"None", ""})
    assert done.bookmarks() == []


@pytest.mark.parametrize("field", ["CallerID", "__filter__"])
@pytest.mark.parametrize(
    "expression", ["", "a b", "(", "a\0b", "CampaignName = 'x'", "CallerID; 1", "del CallerID"]
)
def test_what_is_not_one_expression_is_named(
    box: Sandbox, clock: FakeClock, field: str, expression: str
) -> None:
    words = f"stream_maps, cdr_details, {field}: this is not a single Python expression: "
    with pytest.raises(ConfigError, match=words):
        sync(box, clock, stream_maps={"cdr_details": {field: expression}})
    assert box.requests == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"CallerID": "sha256(CallerId)"}, "CallerID: CallerId is not a field of the stream or a"),
        ({"CallerID": "unknown(self)"}, "CallerID: unknown is not a field"),
        ({"CallerID": "fake.name()"}, "CallerID: fake is not a field"),
        ({"new": "sha256(self)"}, "new: self is not a field"),
        ({"__filter__": "status == 'x'"}, "__filter__: status is not a field"),
        ({"callerid": "sha256(CallerID)"}, "callerid: the stream has CallerID, which would not"),
        (
            {"callerid": None},
            "callerid: the stream has CallerID, which would not be changed. Write",
        ),
        ({"CALLERID": "__NULL__"}, "CALLERID: the stream has CallerID, which would not"),
    ],
)
@pytest.mark.parametrize("key", ["cdr_details", "cdr_*", "copy"])
def test_a_wrong_name_is_an_error_before_the_first_request(
    box: Sandbox, clock: FakeClock, key: str, fields: dict[str, Any], words: str
) -> None:
    source = {"__source__": "cdr_details"} if key == "copy" else {}
    with pytest.raises(ConfigError, match=f"stream_maps, {re.escape(key)}, {words}"):
        sync(box, clock, stream_maps={key: {**source, **fields}})
    assert box.requests == []


@pytest.mark.parametrize(
    "rest", [{"CallerID": None}, {"__else__": None, "CallID": "self", "UCID": "self"}]
)
def test_a_field_may_be_renamed_to_lower_case(
    box: Sandbox, clock: FakeClock, rest: dict[str, Any]
) -> None:
    maps = {"cdr_details": {"callerid": "sha256(CallerID)", **rest}}
    records = sync(box, clock, stream_maps=maps, **ONE_DAY).records()
    assert records
    assert all("callerid" in each and "CallerID" not in each for each in records)


@pytest.mark.parametrize(
    ("maps", "words"),
    [
        ({"cdr_details": "md5"}, "stream_maps.cdr_details must be an object, __NULL__ or null"),
        ({"cdr_details": {"CallID": None}}, "Removing key property 'CallID' is not permitted"),
        ({"cdr_details": {"__key_properties__": ["x"]}}, "'x' was not detected in schema"),
        ({"cdr_details": {"__alias__": "1 +"}}, r"Failed to evaluate .* 1 \+"),
    ],
)
def test_a_map_that_is_wrong_is_named_with_its_place(
    box: Sandbox, clock: FakeClock, maps: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        sync(box, clock, stream_maps=maps)
    assert box.requests == []


def test_a_map_without_a_stream_is_named(
    box: Sandbox, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    sync(box, clock, stream_maps={"cdr_detail": {"CallerID": None}}, **ONE_DAY)
    assert "The setting stream_maps has 'cdr_detail', which is not a stream" in warnings(caplog)


def test_a_field_that_a_map_cannot_remove_is_named(
    box: Sandbox, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    sync(box, clock, stream_maps={"cdr_details": {"Caller": None}}, **ONE_DAY)
    message = "The setting stream_maps removes 'Caller' from cdr_details, which has no such field"
    assert message in warnings(caplog)


@pytest.mark.parametrize(
    ("flattening", "words"),
    [
        ({"flattening_max_depth": 1, "flattening_max_key_length": 5}, "Duplicate column name"),
        ({}, "flattening_max_depth is required when flattening is enabled"),
    ],
)
def test_flattening_that_is_not_possible_is_explained(
    box: Sandbox, clock: FakeClock, flattening: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        sync(box, clock, flattening_enabled=True, **flattening)
    assert box.requests == []


def test_the_config_of_somebody_else_is_not_changed(box: Sandbox, clock: FakeClock) -> None:
    maps = {"__else__": None, "cdr_details": {"__alias__": "calls"}}
    done = sync(box, clock, stream_maps=maps, **ONE_DAY)
    assert len(done.records("calls")) == len(box.calls(box.today()))
    assert maps == {"__else__": None, "cdr_details": {"__alias__": "calls"}}


def test_a_field_that_is_not_selected_is_unknown(box: Sandbox, clock: FakeClock) -> None:
    chosen = make_catalog("cdr_details")
    for stream in chosen["streams"]:
        for entry in stream["metadata"]:
            if entry["breadcrumb"] and entry["breadcrumb"][-1] == "Skill":
                entry["metadata"]["selected"] = False
    with pytest.raises(ConfigError, match="Comments: Skill is not a field of the stream"):
        sync(box, clock, catalog=chosen, stream_maps={"cdr_details": {"Comments": "Skill"}})
