"""Records that go out as they are take a shorter way than the SDK's, and it makes no difference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk import Stream

from sandbox import Options, Sandbox
from tap_ozonetel.client import CdrStream
from tests.helpers.sync import Sync, catalog, sync

if TYPE_CHECKING:
    from tests.helpers.clock import FakeClock

ONE_DAY = {"start_date": "2026-03-14", "end_date": "2026-03-14"}


@pytest.fixture
def sdks_way(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The streams of the records that went the SDK's way."""
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
    """A catalog without some fields of cdr_details."""
    found = catalog("cdr_details")
    for stream in found["streams"]:
        for entry in stream["metadata"]:
            if entry["breadcrumb"] and entry["breadcrumb"][-1] in fields:
                entry["metadata"]["selected"] = False
    return found


def nested() -> dict[str, Any]:
    """A catalog in which a field is an object with two of its own, the second deselected."""
    found = catalog("cdr_details")
    for stream in found["streams"]:
        properties = {"ticket": {"type": "string"}, "lines": {"type": "array"}}
        stream["schema"]["properties"]["Sentiment"] = {
            "type": ["object", "null"],
            "properties": properties,
        }
        breadcrumb = ["properties", "Sentiment", "properties", "lines"]
        stream["metadata"].append({"breadcrumb": breadcrumb, "metadata": {"selected": False}})
    return found


def test_whole_records_are_those_of_the_sdk(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch, sdks_way: list[str]
) -> None:
    short = synced(clock)
    assert sdks_way == []
    monkeypatch.setattr(CdrStream, "_writes_whole_records", False)
    long = synced(clock)
    assert len(sdks_way) == len(long.records()) == 6
    messages = [
        [{**each, "time_extracted": "then"} for each in done.of_type("RECORD")]
        for done in (short, long)
    ]
    assert messages[0] == messages[1]
    assert all(each["time_extracted"].endswith(("Z", "+00:00")) for each in short.of_type("RECORD"))


def test_a_field_that_is_deselected_goes_the_sdks_way(
    clock: FakeClock, sdks_way: list[str]
) -> None:
    done = synced(clock, selecting=deselected("CallerID", "DID"))
    assert len(sdks_way) == 6
    for record in done.records():
        assert "CallerID" not in record
        assert "DID" not in record
        assert "AgentName" in record


def test_a_field_that_is_deselected_inside_another_goes_the_sdks_way(
    clock: FakeClock, sdks_way: list[str]
) -> None:
    synced(clock, selecting=nested())
    assert len(sdks_way) == 6


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
def test_a_stream_map_goes_the_sdks_way(
    clock: FakeClock, sdks_way: list[str], stream_map: dict[str, Any], stream: str
) -> None:
    done = synced(clock, stream_maps=stream_map)
    assert len(sdks_way) == 6
    assert len(done.records(stream)) == 6
    if "UCID" in stream_map.get("cdr_details", {}):
        assert all(len(record["UCID"]) == 64 for record in done.records())


def test_a_map_of_another_stream_leaves_the_short_way(
    clock: FakeClock, sdks_way: list[str]
) -> None:
    done = synced(clock, stream_maps={"cdr_paginated": None})
    assert sdks_way == []
    assert len(done.records()) == 6


def test_flattening_goes_the_sdks_way(clock: FakeClock, sdks_way: list[str]) -> None:
    done = synced(clock, flattening_enabled=True, flattening_max_depth=1)
    assert len(sdks_way) == len(done.records()) == 6


def test_versions_go_the_sdks_way(clock: FakeClock, sdks_way: list[str]) -> None:
    with Sandbox(Options(records=6), clock=clock) as box:
        (call, *_) = box.calls(box.today())
        calls = [{"ucid": call["UCID"], "call_date": call["CallDate"]}]
        done = sync(box, clock, "cdr_by_ucid", calls=calls, emit_activate_version_messages=True)
    assert sdks_way == ["cdr_by_ucid"] * len(done.records("cdr_by_ucid"))
    assert all("version" in each for each in done.of_type("RECORD"))
