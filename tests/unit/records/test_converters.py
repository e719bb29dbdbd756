"""Records follow the schema of the stream, whatever a catalog makes of it."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from singer_sdk.contrib.msgspec import encoder

from tap_ozonetel.bodies.envelope import read_records
from tap_ozonetel.errors import ConfigError, UnusableRecordError
from tap_ozonetel.records.calls import CdrNormalizer
from tap_ozonetel.records.converters import check_schemas, to_string
from tap_ozonetel.records.schema import CDR_KEY_PROPERTIES, CDR_SCHEMA
from tests.helpers.examples import examples
from tests.helpers.json_values import values

DAY = "2026-03-17"
CALL, LEG = 31733467784618213, 31733467784618215


def normalize(
    sent: object, warnings: list[str] | None = None, **overrides: dict[str, Any]
) -> dict[str, Any]:
    """A record that went all the way from JSON to the message."""
    (record,) = read_records(io.BytesIO(json.dumps({"details": [sent]}).encode()))
    fields = {**CDR_SCHEMA["properties"], **overrides}
    normalizer = CdrNormalizer(
        fields, lambda _: None, ([] if warnings is None else warnings).append
    )
    record = normalizer.normalize(record, DAY)
    written: dict[str, Any] = json.loads(encoder.encode(record))
    return written


def convert(schema: dict[str, Any], value: object) -> tuple[Any, list[str]]:
    """What becomes of a field with this schema, and the warnings."""
    warnings: list[str] = []
    record = normalize({"CallID": CALL, "Own": value}, warnings, Own=schema)
    assert Draft7Validator(schema).is_valid(record["Own"])
    return record["Own"], warnings


def nullable(*types: str, **more: object) -> dict[str, Any]:
    return {"type": [*types, "null"], **more}


@pytest.mark.parametrize(
    ("schema", "sent", "value"),
    [
        (nullable("number"), "0.5", 0.5),
        (nullable("number"), 0.5, 0.5),
        (nullable("number"), " -3 ", -3),
        (nullable("number"), "", None),
        (nullable("number"), None, None),
        (nullable("number"), 2**63 - 1, 2**63 - 1),
        (nullable("number"), str(-(2**63)), -(2**63)),
        (nullable("integer"), "7", 7),
        (nullable("integer"), "7.0", 7),
        (nullable("integer"), 7.0, 7),
        (nullable("integer"), "", None),
        (nullable("boolean"), "True", True),
        (nullable("boolean"), "false", False),
        (nullable("boolean"), False, False),
        (nullable("boolean"), "", None),
        (nullable("string"), 7, "7"),
        (nullable("string"), True, "true"),
        (nullable("string"), {"a": [1.5]}, '{"a":[1.5]}'),
        (nullable("string"), "", ""),
        (nullable("string"), "a\0b", "ab"),
        (nullable("string", format="date"), "2026-03-17", "2026-03-17"),
        (nullable("string", format="date"), "", None),
        (nullable("string", format="time"), "10:00:05", "10:00:05"),
        (nullable("string", format="time"), "", None),
        (nullable("string", format="date-time"), "2026-03-17 10:00:05", "2026-03-17T10:00:05"),
        (nullable("string", format="uri"), "not one", "not one"),
        (nullable("object"), {"a": 1}, {"a": 1}),
        (nullable("object"), '{"a": 31733467784618213}', {"a": CALL}),
        (nullable("array"), "[1]", [1]),
        (nullable("array"), "", None),
        (nullable("number", "string"), "0.5", "0.5"),
        (nullable("number", "string"), 0.5, 0.5),
        (nullable("number", "boolean"), "true", True),
        (nullable("string", "integer"), True, "true"),
        (nullable("string", enum=["a", None]), "a", "a"),
        (nullable("string", maxLength=2), 12, "12"),
        (nullable("number", multipleOf=0.5), "1.5", 1.5),
        (nullable("integer", minimum=0), "", None),
        ({"anyOf": [{"type": "number"}, {"type": "null"}]}, "0.5", 0.5),
        ({"type": "null"}, None, None),
        ({}, {"a": [1, "b"]}, {"a": [1, "b"]}),
        ({}, "a\0", "a"),
    ],
    ids=repr,
)
def test_a_value_is_converted_without_loss(
    schema: dict[str, Any], sent: object, value: object
) -> None:
    assert convert(schema, sent) == (value, [])


@pytest.mark.parametrize(
    ("schema", "sent"),
    [
        (nullable("number"), "glad"),
        (nullable("number"), True),
        (nullable("number"), "0,5"),
        (nullable("number"), [0.5]),
        (nullable("number"), 2**63),
        (nullable("number"), -(2**63) - 1),
        (nullable("integer"), "7.5"),
        (nullable("integer"), 7.5),
        (nullable("boolean"), "yes"),
        (nullable("boolean"), 2),
        (nullable("string", format="date"), "17-03-2026"),
        (nullable("string", format="date"), 20260317),
        (nullable("string", format="time"), "25:00:00"),
        (nullable("string", format="date-time"), "soon"),
        (nullable("object"), "{"),
        (nullable("array"), "[1"),
        (nullable("object"), "[1]"),
        (nullable("array"), {"a": 1}),
        (nullable("string", enum=["a", None]), "b"),
        (nullable("string", maxLength=2), "abc"),
        (nullable("string", pattern="^[0-9]+$"), "x"),
        (nullable("number", minimum=0), "-1"),
        ({"anyOf": [{"type": "number"}, {"type": "null"}]}, "glad"),
        ({"type": "null"}, "x"),
    ],
    ids=repr,
)
def test_a_value_that_does_not_fit_is_null_with_a_warning(
    schema: dict[str, Any], sent: object
) -> None:
    assert convert(schema, sent) == (None, ["Own"])


def test_a_long_number_and_a_deep_list_as_strings() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert to_string(10**5_000) == f"1{'0' * 5_000}"
    with pytest.raises(UnusableRecordError, match="nested too deeply"):
        to_string(deep)


def test_there_is_one_warning_per_field() -> None:
    warnings: list[str] = []
    fields = {**CDR_SCHEMA["properties"], "DialCount": nullable("integer")}
    normalizer = CdrNormalizer(fields, lambda _: None, warnings.append)
    for _ in range(3):
        normalizer.normalize({"CallID": 1, "DialCount": "x", "Rating": "very good"}, DAY)
    assert warnings == ["Rating", "DialCount"]


@examples(200)
@given(
    values,
    st.sampled_from(
        [
            *(nullable(name) for name in ("integer", "number", "boolean", "string", "object")),
            *(nullable("string", format=name) for name in ("date", "time", "date-time")),
            *(nullable("array"), nullable("integer", "string"), nullable("string", maxLength=3)),
            {"anyOf": [{"type": "integer", "minimum": 3}, {"type": ["null", "boolean"]}]},
        ]
    ),
)
def test_any_value_fits_the_schema_or_is_null(value: object, schema: dict[str, Any]) -> None:
    convert(schema, value)


@pytest.mark.parametrize("sent", [{"CallID": CALL}, {"CallID": f" {CALL}", "UCID": f"0{LEG}"}])
def test_ids_as_text(sent: dict[str, Any]) -> None:
    text = nullable("string")
    record = normalize(sent, CallID=text, UCID=text)
    assert record["CallID"] == str(CALL)
    assert record["UCID"] == str(LEG if "UCID" in sent else CALL)


def test_an_id_that_does_not_fit_is_unusable() -> None:
    with pytest.raises(
        UnusableRecordError, match="with a CallID that does not fit its type in the catalog"
    ):
        normalize({"CallID": CALL}, CallID=nullable("string", maxLength=5))


def test_records_have_the_fields_in_the_schemas_order() -> None:
    fields = {"Own": nullable("string"), **CDR_SCHEMA["properties"], "Last": nullable("number")}
    normalizer = CdrNormalizer(fields, lambda _: None, lambda _: None)
    for sent in (
        {"UCID": LEG},
        {"UCID": LEG, "CallID": CALL, "TransferTo": "x", "Odd": 1},
        {"Last": 1, "wrapupendtime": "x", "CallID": str(CALL)},
        dict.fromkeys(reversed(CDR_SCHEMA["properties"]), "1"),
    ):
        record = normalizer.normalize(dict(sent), DAY)
        assert list(record) == list(fields)
        missing = set(fields) - {*sent, "CallID", "UCID", "CallDate"}
        missing -= {"TransferredTo", "WrapUpEndTime"}
        assert {record[name] for name in missing} <= {None}


def test_a_catalog_without_text_fields() -> None:
    names = ("CallID", "UCID", "CallDate")
    for more in ((), ("Skill",), ("Skill", "UUI")):
        fields = {name: CDR_SCHEMA["properties"][name] for name in (*names, *more)}
        normalizer = CdrNormalizer(fields, lambda _: None, lambda _: None)
        record = normalizer.normalize({"CallID": CALL, "Skill": 7, "UUI": "a\0"}, DAY)
        ids = {"CallID": CALL, "UCID": CALL, "CallDate": DAY}
        assert record == ids | {name: {"Skill": "7", "UUI": "a"}[name] for name in more}


def check(**overrides: object) -> None:
    stream: Any = SimpleNamespace(
        name="cdr_details",
        selected=True,
        primary_keys=CDR_KEY_PROPERTIES,
        effective_schema={"properties": {**CDR_SCHEMA["properties"], **overrides}},
    )
    check_schemas([stream])


@pytest.mark.parametrize(
    ("name", "schema", "problem"),
    [
        ("CallID", {"type": ["boolean", "null"]}, "must have the type integer or string"),
        ("UCID", {"type": "object"}, "must have the type integer or string"),
        ("UCID", {"type": "null"}, "must have the type integer or string"),
        ("UCID", {}, "must have the type integer or string"),
        ("CallID", nullable("string", format="date"), "must have the type integer or string"),
        ("CallDate", nullable("integer"), "must have the type string"),
        ("CallDate", nullable("string", format="date-time"), "must have the type string"),
        ("Skill", {"type": "string"}, "must allow null"),
        ("Own", {"type": "number"}, "must allow null"),
        ("Own", {"enum": ["a", "b"]}, "must allow null"),
        ("Own", {"anyOf": [{"type": "string"}]}, "must allow null"),
        ("Own", {"type": "text"}, "has no valid JSON schema"),
        ("Own", {"type": ["number", "null"], "minimum": "0"}, "has no valid JSON schema"),
    ],
    ids=repr,
)
def test_an_override_that_cannot_be_met_is_rejected_by_name(
    name: str, schema: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ConfigError, match=f"the field {name} of cdr_details {problem}"):
        check(**{name: schema})


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("CallID", {"type": "integer"}),
        ("UCID", nullable("string")),
        ("UCID", {"type": "string"}),
        ("CallID", nullable("number")),
        ("CallDate", {"type": "string", "format": "date"}),
        ("CallDate", nullable("string")),
        ("Rating", nullable("string")),
        ("DialCount", nullable("integer")),
        ("StartTime", nullable("string", format="time")),
        ("Own", {}),
        ("Own", nullable("object", "array")),
    ],
    ids=repr,
)
def test_an_override_that_can_be_met_is_accepted(name: str, schema: dict[str, Any]) -> None:
    check(**{name: schema})


def test_ids_have_the_bounds_of_64_bits() -> None:
    for name in ("CallID", "UCID"):
        schema = CDR_SCHEMA["properties"][name]
        assert (schema["minimum"], schema["maximum"]) == (-(2**63), 2**63 - 1)
    assert "$schema" not in CDR_SCHEMA


def test_a_rating_keeps_its_digits() -> None:
    fields = CDR_SCHEMA["properties"]
    normalizer = CdrNormalizer(fields, lambda _: None, lambda _: None)
    record = normalizer.normalize({"CallID": 1, "Rating": Decimal("4.10")}, DAY)
    assert str(record["Rating"]) == "4.10"
