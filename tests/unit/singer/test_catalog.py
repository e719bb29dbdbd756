"""A malformed catalog is named with the path of what is wrong in it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tap_ozonetel.errors import ConfigError
from tap_ozonetel.singer.catalog import CheckedCatalog, read_catalog
from tap_ozonetel.singer.catalog_entry import StreamDefinition

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"id": {"type": "integer"}, "day": {"type": "string"}, "name": {}},
}
STREAMS = {"calls": StreamDefinition(SCHEMA, ("id",), "day")}
ENTRY: dict[str, Any] = {"tap_stream_id": "calls", "schema": SCHEMA, "metadata": []}


def schema_of(checked: CheckedCatalog | None) -> dict[str, Any]:
    assert checked
    schema: dict[str, Any] = checked.catalog["calls"].schema.to_dict()
    return schema


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([None], "The catalog must be an object, not a list"),
        (5, "The catalog must be an object, not a number"),
        ({"streams": None}, "streams must be a list, not null"),
        ({"calls": {}}, "streams must be a list, not null"),
        ({"streams": {}}, "streams must be a list, not an object"),
        ({"streams": ["calls"]}, r"streams\[0\] must be an object, not a string"),
        ({"streams": [{"stream": "calls"}]}, r"streams\[0\].tap_stream_id must be a string, not n"),
        ({"streams": [ENTRY] * 2}, "has the stream calls twice"),
    ],
)
def test_a_malformed_catalog(given: object, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read_catalog(given, STREAMS)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"metadata": None}, "metadata must be a list, not null"),
        ({"metadata": [[]]}, r"metadata\[0\] must be an object, not a list"),
        ({"metadata": [{}]}, r"metadata\[0\].breadcrumb must be a list, not null"),
        ({"metadata": [{"breadcrumb": [1]}]}, r"metadata\[0\].metadata must be an object"),
        (
            {"metadata": [{"breadcrumb": [1], "metadata": {}}]},
            r"metadata\[0\].breadcrumb must be a string, not a number",
        ),
        (
            {"metadata": [{"breadcrumb": [], "metadata": {"selected": "yes"}}]},
            r"metadata\[0\].metadata.selected must be true or false, not a string",
        ),
        ({"schema": "x"}, "schema must be an object, not a string"),
        ({"schema": {"properties": []}}, "schema.properties must be an object, not a list"),
        ({"schema": {"properties": {"name": None}}}, "properties.name must be an object, not null"),
        (
            {"schema": {"properties": {"name": {"properties": ["x"]}}}},
            r"streams\[0\].schema is not a JSON schema that the Singer SDK can read",
        ),
        ({"key_properties": "id"}, "key_properties must be a list, not a string"),
    ],
)
def test_a_malformed_entry(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read_catalog({"streams": [{**ENTRY, **change}]}, STREAMS)


@pytest.mark.parametrize("schema", [[], {}, None])
def test_an_empty_schema_is_that_of_the_stream(schema: object) -> None:
    checked = read_catalog({"streams": [{**ENTRY, "schema": schema}]}, STREAMS)
    assert schema_of(checked) == SCHEMA


def test_a_catalog_of_somebody_else_is_not_changed() -> None:
    given = {"streams": [{**ENTRY, "schema": {"properties": {"name": {}}}}]}
    before = copy.deepcopy(given)
    schema = schema_of(read_catalog(given, STREAMS))
    assert schema["properties"].keys() == {"id", "day", "name"}
    assert given == before
