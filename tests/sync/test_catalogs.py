"""What a catalog leaves out or has wrong is put right or named before the first request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel.errors import ConfigError, OzonetelError
from tests.helpers.sync import Sync, make_catalog, make_state, sync

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.helpers.clock import FakeClock

TODAY = "2026-03-17"
ONE_DAY: dict[str, Any] = {"start_date": TODAY, "end_date": TODAY}
KEYS = ["CallID", "UCID"]

Entry = dict[str, Any]


@pytest.fixture
def box(clock: FakeClock) -> Iterator[Sandbox]:
    with Sandbox(Options(records=40), clock=clock) as box:
        yield box


def with_entry(change: Callable[[Entry], object], *streams: str) -> dict[str, Any]:
    """The catalog of cdr_details, or of the streams, with a change of each selected entry."""
    selected = streams or ("cdr_details",)
    found = make_catalog(*selected)
    for entry in found["streams"]:
        if entry["tap_stream_id"] in selected:
            change(entry)
    return found


def root(entry: Entry) -> dict[str, Any]:
    """The metadata of a stream."""
    return next(each["metadata"] for each in entry["metadata"] if not each["breadcrumb"])


def field(entry: Entry, name: str) -> dict[str, Any]:
    """The metadata of a field."""
    breadcrumbs = (["properties", name], ("properties", name))
    return next(each["metadata"] for each in entry["metadata"] if each["breadcrumb"] in breadcrumbs)


def remove_fields(entry: Entry, *names: str) -> None:
    for name in names:
        del entry["schema"]["properties"][name]


def assert_whole(done: Sync, box: Sandbox) -> None:
    """Assert that the keys and the bookmark's field are in the SCHEMA and in every record."""
    (schema,) = done.of_type("SCHEMA")
    assert schema["key_properties"] == KEYS
    assert schema["bookmark_properties"] == ["CallDate"]
    assert schema["schema"]["properties"].keys() >= {*KEYS, "CallDate"}
    expected = {(leg["CallID"], leg["UCID"]) for leg in box.calls(box.today())}
    assert {(record["CallID"], record["UCID"]) for record in done.records()} == expected
    assert all(record["CallDate"] == TODAY for record in done.records())


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: entry.pop("key_properties"),
        lambda entry: entry.update(key_properties=None),
        lambda entry: entry.update(key_properties=[]),
        lambda entry: root(entry).update({"table-key-properties": []}),
        lambda entry: (entry.pop("key_properties"), root(entry).pop("table-key-properties", None)),
    ],
    ids=["no key", "null", "empty", "empty metadata", "nowhere"],
)
def test_a_catalog_without_key_properties(
    box: Sandbox, clock: FakeClock, change: Callable[[Entry], object]
) -> None:
    assert_whole(sync(box, clock, catalog=with_entry(change), **ONE_DAY), box)


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: remove_fields(entry, "UCID"),
        lambda entry: remove_fields(entry, "CallID", "UCID", "CallDate"),
        lambda entry: field(entry, "UCID").update(inclusion="available", selected=False),
        lambda entry: field(entry, "CallDate").update(inclusion="available", selected=False),
        lambda entry: field(entry, "UCID").update(inclusion="unsupported"),
        lambda entry: field(entry, "UCID").update(
            {"inclusion": "available", "selected-by-default": False}
        ),
        lambda entry: entry.update(
            metadata=[{"breadcrumb": ["properties", "UCID"], "metadata": {"selected": False}}]
        ),
        lambda entry: entry.update(metadata=[]),
        lambda entry: entry.pop("metadata"),
        lambda entry: entry["schema"].update(properties={}),
    ],
    ids=[
        *("no UCID in the schema", "none of the three in the schema"),
        *("UCID deselected", "CallDate deselected", "UCID unsupported", "UCID not by default"),
        *("no root", "empty metadata", "no metadata", "no fields"),
    ],
)
def test_a_catalog_that_excludes_the_keys(
    box: Sandbox, clock: FakeClock, change: Callable[[Entry], object]
) -> None:
    assert_whole(sync(box, clock, catalog=with_entry(change), **ONE_DAY), box)


@pytest.mark.parametrize("schema", [None, {}, {"type": "object"}, {"properties": None}])
def test_an_entry_without_a_schema_has_that_of_the_stream(
    box: Sandbox, clock: FakeClock, schema: object
) -> None:
    chosen = with_entry(lambda entry: entry.update(schema=schema))
    done = sync(box, clock, catalog=chosen, **ONE_DAY)
    assert done.of_type("SCHEMA") == sync(box, clock, **ONE_DAY).of_type("SCHEMA")
    assert_whole(done, box)


def test_the_fields_of_the_catalog_stay_as_they_are_chosen(box: Sandbox, clock: FakeClock) -> None:
    def change(entry: Entry) -> None:
        root(entry)["selected"] = True
        field(entry, "CallerID")["selected"] = False
        remove_fields(entry, "DID")

    done = sync(box, clock, catalog=with_entry(change), **ONE_DAY)
    (schema,) = done.of_type("SCHEMA")
    assert not {"CallerID", "DID"} & schema["schema"]["properties"].keys()
    assert all(not {"CallerID", "DID"} & record.keys() for record in done.records())
    assert "AgentName" in done.records()[0]


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: entry.update(key_properties=["CallID", "UCId"]),
        lambda entry: root(entry).update({"table-key-properties": ["UCId"]}),
    ],
    ids=["entry", "metadata"],
)
def test_a_key_that_is_no_field_is_named(
    box: Sandbox, clock: FakeClock, change: Callable[[Entry], object]
) -> None:
    with pytest.raises(ConfigError, match="'UCId' is not a field of cdr_details"):
        sync(box, clock, catalog=with_entry(change))
    assert box.requests == []


def test_another_key_is_put_right_with_a_warning(
    box: Sandbox, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    chosen = with_entry(lambda entry: entry.update(key_properties=["UCID"]))
    assert_whole(sync(box, clock, catalog=chosen, **ONE_DAY), box)
    assert "The stream cdr_details has the key CallID, UCID, not 'UCID'" in caplog.text


def test_a_key_that_is_a_wish_of_a_stream_map_is_one(box: Sandbox, clock: FakeClock) -> None:
    maps = {"cdr_details": {"__key_properties__": ["UCID"]}}
    done = sync(box, clock, stream_maps=maps, **ONE_DAY)
    assert done.of_type("SCHEMA")[0]["key_properties"] == ["UCID"]


METHOD_PLACES: dict[str, Callable[[str], Callable[[Entry], object]]] = {
    "entry": lambda value: lambda entry: entry.update(replication_method=value),
    "metadata": lambda value: lambda entry: root(entry).update({"replication-method": value}),
    "forced": lambda value: (
        lambda entry: (
            entry.pop("replication_method"),
            root(entry).update({"forced-replication-method": value}),
        )
    ),
}


@pytest.mark.parametrize("place", METHOD_PLACES)
@pytest.mark.parametrize("value", ["incremental", "Incremental", "INCREMENTAL"])
def test_incremental_in_any_case_moves_the_bookmark(
    box: Sandbox, clock: FakeClock, place: str, value: str
) -> None:
    chosen = with_entry(METHOD_PLACES[place](value))
    done = sync(box, clock, state=make_state(cdr_details=TODAY), catalog=chosen)
    assert len(box.requests) == 2
    assert done.bookmarks()[-1] == TODAY


@pytest.mark.parametrize("place", METHOD_PLACES)
@pytest.mark.parametrize("value", ["full_table", "FULL_TABLE"])
def test_full_table_in_any_case_reads_all_days(
    box: Sandbox, clock: FakeClock, place: str, value: str
) -> None:
    chosen = with_entry(METHOD_PLACES[place](value))
    sync(
        box,
        clock,
        state=make_state(cdr_details=TODAY),
        catalog=chosen,
        end_date="2026-03-04",
    )
    assert len(box.requests) == 2


@pytest.mark.parametrize("place", METHOD_PLACES)
@pytest.mark.parametrize("value", ["LOG_BASED", "log_based", "INCREMENT", 7, ["FULL_TABLE"]])
def test_another_replication_method_is_refused_by_name(
    box: Sandbox, clock: FakeClock, place: str, value: str
) -> None:
    expected = f"cdr_details must be INCREMENTAL or FULL_TABLE, not {re.escape(repr(value))}"
    with pytest.raises(ConfigError, match=expected):
        sync(box, clock, catalog=with_entry(METHOD_PLACES[place](value)))
    assert box.requests == []


def test_the_guard_against_gaps_stays_on(box: Sandbox, clock: FakeClock) -> None:
    chosen = with_entry(METHOD_PLACES["metadata"]("incremental"))
    since = make_state(cdr_details="2026-01-01")
    with pytest.raises(OzonetelError, match="Data loss"):
        sync(box, clock, state=since, catalog=chosen, on_retention_gap="fail")


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: entry.update(replication_key="StartTime"),
        lambda entry: root(entry).update({"replication-key": "StartTime"}),
        lambda entry: entry.update(replication_key="update"),
    ],
    ids=["entry", "metadata", "no field"],
)
def test_another_replication_key_is_put_right_with_a_warning(
    box: Sandbox,
    clock: FakeClock,
    caplog: pytest.LogCaptureFixture,
    change: Callable[[Entry], object],
) -> None:
    done = sync(box, clock, catalog=with_entry(change), **ONE_DAY)
    assert_whole(done, box)
    assert done.states[-1]["bookmarks"]["cdr_details"]["replication_key"] == "CallDate"
    assert "The stream cdr_details has the replication key CallDate, not '" in caplog.text


def test_a_lookup_of_calls_is_a_full_table(
    box: Sandbox, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    def change(entry: Entry) -> None:
        entry.update(replication_method="INCREMENTAL", replication_key="CallDate")

    (call, *_) = box.calls(box.today())
    calls = [{"ucid": call["UCID"], "call_date": call["CallDate"]}]
    done = sync(box, clock, catalog=with_entry(change, "cdr_by_ucid"), calls=calls)
    (schema,) = done.of_type("SCHEMA")
    assert schema["key_properties"] == KEYS
    assert schema.get("bookmark_properties") is None
    assert len(done.records("cdr_by_ucid")) >= 1
    assert "cdr_by_ucid has the replication method FULL_TABLE, not 'INCREMENTAL'" in caplog.text


def test_a_stream_that_is_not_selected_is_not_warned_about(
    box: Sandbox, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    chosen = make_catalog("cdr_details")
    for entry in chosen["streams"]:
        root(entry)["replication-key"] = "CallDate"
    sync(box, clock, catalog=chosen, **ONE_DAY)
    assert "as in the catalog" not in caplog.text


def test_a_stream_with_another_name_is_the_stream(
    box: Sandbox, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    chosen = with_entry(lambda entry: entry.update(stream="calls"))
    assert_whole(sync(box, clock, catalog=chosen, **ONE_DAY), box)
    assert "The stream cdr_details is named cdr_details, not 'calls'" in caplog.text


@pytest.mark.parametrize(("value", "requests"), [("true", 1), ("false", 0), (False, 0)])
def test_a_selection_may_be_a_string(
    box: Sandbox, clock: FakeClock, value: object, requests: int
) -> None:
    chosen = with_entry(lambda entry: root(entry).update(selected=value))
    sync(box, clock, catalog=chosen, **ONE_DAY)
    assert len(box.requests) == requests


def test_a_stream_that_is_automatic_can_be_deselected(box: Sandbox, clock: FakeClock) -> None:
    def change(entry: Entry) -> None:
        root(entry).update(inclusion="automatic", selected=False)

    sync(box, clock, catalog=with_entry(change), **ONE_DAY)
    assert box.requests == []
