"""Unmapped records are written on a fast path, with the same result as the SDK's path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk import Stream

from sandbox import Options, Sandbox
from tap_ozonetel.streams.base import OzonetelStream
from tests.helpers.days import ONE_DAY
from tests.helpers.sync import Sync, make_catalog, sync

if TYPE_CHECKING:
    from tests.helpers.clock import FakeClock


@pytest.fixture
def sdk_path(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The streams of the records that the SDK wrote."""
    streams = []
    generate = Stream._generate_record_messages

    def spy(stream: Stream, record: dict[str, Any]) -> Any:  # noqa: ANN401 - as the SDK has it
        streams.append(stream.name)
        return generate(stream, record)

    monkeypatch.setattr(Stream, "_generate_record_messages", spy)
    return streams


def synced(clock: FakeClock, *streams: str, **more: Any) -> Sync:  # noqa: ANN401 - settings
    with Sandbox(Options(records=6), clock=clock) as box:
        return sync(box, clock, *streams, **{**ONE_DAY, **more})


def deselected(*fields: str) -> dict[str, Any]:
    """Return a catalog that deselects fields of cdr_details."""
    found = make_catalog("cdr_details")
    for stream in found["streams"]:
        for entry in stream["metadata"]:
            if entry["breadcrumb"] and entry["breadcrumb"][-1] in fields:
                entry["metadata"]["selected"] = False
    return found


def nested() -> dict[str, Any]:
    """Return a catalog with an object that has a selected and a deselected property."""
    found = make_catalog("cdr_details")
    for stream in found["streams"]:
        properties = {"ticket": {"type": "string"}, "lines": {"type": "array"}}
        stream["schema"]["properties"]["Sentiment"] = {
            "type": ["object", "null"],
            "properties": properties,
        }
        breadcrumb = ["properties", "Sentiment", "properties", "lines"]
        stream["metadata"].append({"breadcrumb": breadcrumb, "metadata": {"selected": False}})
    return found


def test_the_fast_path_writes_the_same_messages_as_the_sdk(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch, sdk_path: list[str]
) -> None:
    fast = synced(clock)
    assert sdk_path == []
    monkeypatch.setattr(OzonetelStream, "_writes_whole_records", False)
    slow = synced(clock)
    assert len(sdk_path) == len(slow.records()) == 6
    messages = [
        [{**each, "time_extracted": "then"} for each in done.of_type("RECORD")]
        for done in (fast, slow)
    ]
    assert messages[0] == messages[1]
    assert all(each["time_extracted"].endswith(("Z", "+00:00")) for each in fast.of_type("RECORD"))


def test_deselected_fields_use_the_sdk_path(clock: FakeClock, sdk_path: list[str]) -> None:
    done = synced(clock, catalog=deselected("CallerID", "DID"))
    assert len(sdk_path) == 6
    for record in done.records():
        assert "CallerID" not in record
        assert "DID" not in record
        assert "AgentName" in record


def test_a_deselected_nested_field_uses_the_sdk_path(clock: FakeClock, sdk_path: list[str]) -> None:
    synced(clock, catalog=nested())
    assert len(sdk_path) == 6


@pytest.mark.parametrize(
    ("stream_map", "stream"),
    [
        ({"cdr_details": {"UCID": "str(sha256(str(UCID)))"}}, "cdr_details"),
        ({"cdr_details": {"__alias__": "calls"}}, "calls"),
        ({"cdr_det*": {"CallerID": None}}, "cdr_details"),
        ({"cdr_details": {"__filter__": "True"}, "copy": {"__source__": "cdr_details"}}, "copy"),
    ],
    ids=["hashed", "renamed", "pattern", "copied"],
)
def test_a_stream_map_uses_the_sdk_path(
    clock: FakeClock, sdk_path: list[str], stream_map: dict[str, Any], stream: str
) -> None:
    done = synced(clock, stream_maps=stream_map)
    assert len(sdk_path) == 6
    assert len(done.records(stream)) == 6
    if "UCID" in stream_map.get("cdr_details", {}):
        assert all(len(record["UCID"]) == 64 for record in done.records())


def test_a_map_of_another_stream_keeps_the_fast_path(clock: FakeClock, sdk_path: list[str]) -> None:
    done = synced(clock, stream_maps={"cdr_paginated": None})
    assert sdk_path == []
    assert len(done.records()) == 6


def test_flattening_uses_the_sdk_path(clock: FakeClock, sdk_path: list[str]) -> None:
    done = synced(clock, flattening_enabled=True, flattening_max_depth=1)
    assert len(sdk_path) == len(done.records()) == 6


def test_activate_version_messages_use_the_sdk_path(clock: FakeClock, sdk_path: list[str]) -> None:
    with Sandbox(Options(records=6), clock=clock) as box:
        (call, *_) = box.calls(box.today())
        calls = [{"ucid": call["UCID"], "call_date": call["CallDate"]}]
        done = sync(box, clock, "cdr_by_ucid", calls=calls, emit_activate_version_messages=True)
    assert sdk_path == ["cdr_by_ucid"] * len(done.records("cdr_by_ucid"))
    assert all("version" in each for each in done.of_type("RECORD"))
