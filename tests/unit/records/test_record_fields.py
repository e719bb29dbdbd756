"""The fields of a record: other spellings, unknown fields, and fields added to the catalog."""

from __future__ import annotations

from typing import Any

import pytest

from tap_ozonetel.records.calls import CdrNormalizer
from tap_ozonetel.records.normalizer import MAX_PLANS, MAX_WARNINGS
from tap_ozonetel.records.schema import CDR_SCHEMA
from tests.helpers.records import CALL, DAY, read

SPELLINGS = [
    ("TransferTo", "TransferredTo"),
    ("transferto", "TransferredTo"),
    ("transferredTo", "TransferredTo"),
    ("WrapupEndTime", "WrapUpEndTime"),
    ("WrapupStartTime", "WrapUpStartTime"),
    ("WrapUpDuration", "WrapupDuration"),
    ("callDate", "CallDate"),
    ("callID", "CallID"),
    ("ucid", "UCID"),
    ("rating", "Rating"),
    ("agentName", "AgentName"),
]


@pytest.mark.parametrize(("spelling", "name"), SPELLINGS)
def test_other_spellings_are_renamed(spelling: str, name: str) -> None:
    value: object = {"CallID": 5, "UCID": 6, "Rating": 3, "CallDate": "2026-03-11"}.get(name, "x")
    base = {each: CALL for each in ("CallID", "UCID") if each != name}
    record = read({**base, spelling: value})
    assert record[name] == value
    assert spelling not in record


@pytest.mark.parametrize(
    ("canonical", "other", "kept"),
    [
        ("a", "b", "a"),
        ("a", "", "a"),
        ("a", None, "a"),
        ("", "b", "b"),
        (None, "b", "b"),
        (None, None, None),
        (0, "b", "0"),
        (False, "b", "false"),
        ([], "b", "[]"),
        ({}, "b", "{}"),
        (["a"], "b", '["a"]'),
        ("a", ["b"], "a"),
        (None, ["b"], '["b"]'),
    ],
    ids=repr,
)
def test_of_two_spellings_the_one_with_a_value_wins(
    canonical: object, other: object, kept: object
) -> None:
    one = {"CallID": CALL, "TransferredTo": canonical, "TransferTo": other}
    for sent in (one, dict(reversed(one.items()))):
        assert read(sent)["TransferredTo"] == kept
        assert "TransferTo" not in read(sent)


def test_an_unknown_field_is_dropped_with_one_warning() -> None:
    warnings: list[str] = []
    reader = CdrNormalizer(CDR_SCHEMA["properties"], warnings.append, warnings.append)
    for sent in ({"Sentiment": "glad"}, {"Sentiment": "sad", "Mood": 1}, {"Mood": 2, "UUI": "x"}):
        record = reader.normalize({"CallID": CALL, **sent}, DAY)
        assert record.keys() <= CDR_SCHEMA["properties"].keys()
    assert warnings == ["Sentiment", "Mood"]


def test_an_unknown_field_is_dropped_from_every_record() -> None:
    reader = CdrNormalizer(CDR_SCHEMA["properties"], lambda _: None, lambda _: None)
    for _ in range(3):
        assert "Sentiment" not in reader.normalize({"CallID": CALL, "Sentiment": "glad"}, DAY)


def test_a_known_field_missing_in_the_catalog_is_dropped() -> None:
    warnings: list[str] = []
    known = dict(CDR_SCHEMA["properties"])
    del known["TransferredTo"]
    record = CdrNormalizer(known, warnings.append, warnings.append).normalize(
        {"CallID": CALL, "TransferTo": "x"}, DAY
    )
    assert record == dict.fromkeys(known) | {"CallID": CALL, "UCID": CALL, "CallDate": DAY}
    assert warnings == ["TransferTo"]


@pytest.mark.parametrize("value", [None, "x", 7, True, 1.5, ["a"], {"a": [1]}], ids=repr)
def test_a_field_added_to_the_catalog_is_unchanged(value: object) -> None:
    record = read({"CallID": CALL, "Sentiment": value}, added=["Sentiment"])
    assert record["Sentiment"] == value


def test_an_added_field_may_be_a_spelling_of_a_known_one() -> None:
    record = read({"CallID": CALL, "TransferTo": "x"}, added=["TransferTo"])
    assert record["TransferTo"] == "x"
    assert record["TransferredTo"] is None


def test_records_of_different_shapes_may_alternate() -> None:
    reader = CdrNormalizer(CDR_SCHEMA["properties"], lambda _: None, lambda _: None)
    empty = dict.fromkeys(CDR_SCHEMA["properties"])
    for _ in range(2):
        assert reader.normalize({"TransferTo": "a", "CallID": 1, "Skill": 2}, DAY) == empty | {
            "TransferredTo": "a",
            "CallID": 1,
            "UCID": 1,
            "Skill": "2",
            "CallDate": DAY,
        }
        assert reader.normalize({"UCID": "2", "Odd": 1}, DAY) == empty | {
            "UCID": 2,
            "CallID": 2,
            "CallDate": DAY,
        }


def test_records_of_many_shapes_take_bounded_memory() -> None:
    dropped: list[str] = []
    normalizer = CdrNormalizer(CDR_SCHEMA["properties"], dropped.append, lambda _: None)
    count = 3 * MAX_PLANS
    for number in range(count):
        sent: dict[str, Any] = {"CallID": CALL, "UCID": number, f"field {number}": 1, "DID": "7"}
        record = normalizer.normalize(sent, DAY)
        assert (record["UCID"], record["DID"], f"field {number}" in record) == (number, "7", False)
    assert len(normalizer._plans) <= MAX_PLANS < count
    assert len(dropped) == len(normalizer._warned) == MAX_WARNINGS
