"""Records follow the schema of the catalog that was emitted."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel.errors import ConfigError
from tests.helpers.days import ONE_DAY, THREE_DAYS
from tests.helpers.sync import make_catalog, sync

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.helpers.clock import FakeClock


def overridden(**fields: dict[str, Any]) -> dict[str, Any]:
    catalog = make_catalog("cdr_details")
    for stream in catalog["streams"]:
        stream["schema"]["properties"].update(fields)
    return catalog


def test_records_follow_the_schema_that_was_emitted(
    clock: FakeClock, alter: Callable[..., list[bytes]], caplog: pytest.LogCaptureFixture
) -> None:
    scores = iter([b'"0.5"', b'""', b"0.25", b'"glad"', b'"sad"'])
    alter(
        lambda body: re.sub(
            rb"\{(?=\"\w+\":[^\[])(?!\"status)",
            lambda m: m[0] + b'"SentimentScore":' + next(scores) + b",",
            body,
        )
    )
    text, number = {"type": ["string", "null"]}, {"type": ["number", "null"]}
    catalog = overridden(SentimentScore=number, CallID=text, UCID=text)
    with Sandbox(Options(records=5), clock=clock) as box:
        done = sync(box, clock, catalog=catalog, **ONE_DAY)
        true = box.calls_between(*[box.today().replace(day=14)] * 2)
    schema = done.of_type("SCHEMA")[0]["schema"]["properties"]
    assert (schema["CallID"], schema["SentimentScore"]) == (text, number)
    assert [each["SentimentScore"] for each in done.records()] == [0.5, None, 0.25, None, None]
    assert [each["CallID"] for each in done.records()] == [str(each["CallID"]) for each in true]
    assert caplog.text.count("Some values of the field SentimentScore do not fit") == 1


@pytest.mark.parametrize(
    "field", [{"UCID": {"type": ["boolean", "null"]}}, {"Skill": {"type": "string"}}]
)
def test_an_impossible_override_ends_the_run_first(clock: FakeClock, field: dict[str, Any]) -> None:
    with (
        Sandbox(Options(records=1), clock=clock) as box,
        pytest.raises(ConfigError, match=f"the field {next(iter(field))} of cdr_details must"),
    ):
        sync(box, clock, catalog=overridden(**field), **ONE_DAY)
    assert box.requests == []


def test_messages_have_the_fields_in_the_schemas_order(
    clock: FakeClock,
) -> None:
    with Sandbox(
        Options(records=3, faults="day:2026-03-14=malformed:id-none-ucid"), clock=clock
    ) as box:
        done = sync(box, clock, "cdr_details", "cdr_paginated", **THREE_DAYS)
    schemas = {each["stream"]: each["schema"] for each in done.of_type("SCHEMA")}
    records = done.of_type("RECORD")
    assert len(records) == 18
    for message in records:
        assert list(message["record"]) == list(schemas[message["stream"]]["properties"])
    for schema in schemas.values():
        assert "$schema" not in schema
        bounds = json.loads('{"minimum": -9223372036854775808, "maximum": 9223372036854775807}')
        for name in ("CallID", "UCID"):
            assert schema["properties"][name].items() >= bounds.items()
