"""The schema of the records, compared with the API's documentation and a snapshot."""

from __future__ import annotations

import json
from pathlib import Path

from jsonschema import Draft7Validator

from tap_ozonetel.records.schema import (
    AGENT_SUMMARY_SCHEMA,
    CDR_KEY_PROPERTIES,
    CDR_SCHEMA,
    REPLICATION_KEY,
    STRING_FIELDS,
    SUMMARY_KEY_PROPERTIES,
)

#: The schema that warehouses rely on. It changes only with a new version of the tap.
SNAPSHOT = Path(__file__).parent / "snapshots" / "cdr.json"
SUMMARY_SNAPSHOT = Path(__file__).parent / "snapshots" / "agent_summary.json"

#: The 43 fields of the original schema, and 4 more that the API returns (docs/ozonetel-api.md).
ORIGINAL = """
    AgentDialStatus AgentID AgentName CallAudio CallDate CallID UCID CallerConfAudioFile CallerID
    CampaignName Comments ConferenceDuration CustomerDialStatus CustomerRingTime DID DialOutName
    DialStatus DialedNumber Disposition Duration DynamicDID E164 EndTime Event HandlingTime HangupBy
    HoldDuration Location PickupTime Rating RatingComments Skill StartTime Status TalkTime
    TimeToAnswer TransferType TransferredTo Type UUI WrapUpEndTime WrapUpStartTime WrapupDuration
"""
ADDITIONAL = "CallFlow QueueTime DialCount VideoRecordingURL"

#: docs/ozonetel-api.md, "Agent state summary".
SUMMARY_FIELDS = """
    AgentIncrID AgentName AgentUniqueID CallDate ModeType TotalBusyTime TotalDialTime TotalIdleTime
    TotalLoginDuration TotalPauseTime TotalWrapupTime
"""


def test_the_schema_equals_the_snapshot() -> None:
    assert json.loads(SNAPSHOT.read_text()) == CDR_SCHEMA


def test_the_schema_has_the_documented_names() -> None:
    original, additional = ORIGINAL.split(), ADDITIONAL.split()
    assert (len(original), len(additional)) == (43, 4)
    assert sorted(CDR_SCHEMA["properties"]) == sorted(original + additional)


def test_every_field_is_typed_nullable_and_described() -> None:
    Draft7Validator.check_schema(CDR_SCHEMA)
    types = {"CallID": "integer", "UCID": "integer", "Rating": "number"}
    for name, field in CDR_SCHEMA["properties"].items():
        assert field["type"] == [types.get(name, "string"), "null"], name
        assert len(field["description"]) > 10, name
        assert field.get("format") == ("date" if name == "CallDate" else None), name
    assert "required" not in CDR_SCHEMA


def test_every_field_has_its_own_description() -> None:
    described = [field["description"] for field in CDR_SCHEMA["properties"].values()]
    assert len(set(described)) == 47
    assert all(text.endswith(".") for text in described)


def test_the_keys_are_fields() -> None:
    assert CDR_KEY_PROPERTIES == ("CallID", "UCID")
    assert REPLICATION_KEY == "CallDate"
    assert set(CDR_SCHEMA["properties"]) - set(STRING_FIELDS) == {
        *CDR_KEY_PROPERTIES,
        REPLICATION_KEY,
        "Rating",
    }


def test_the_summary_schema_equals_the_snapshot() -> None:
    assert json.loads(SUMMARY_SNAPSHOT.read_text()) == AGENT_SUMMARY_SCHEMA


def test_the_summary_fields_are_documented_texts_and_nullable() -> None:
    Draft7Validator.check_schema(AGENT_SUMMARY_SCHEMA)
    fields = AGENT_SUMMARY_SCHEMA["properties"]
    assert sorted(fields) == SUMMARY_FIELDS.split()
    assert {*SUMMARY_KEY_PROPERTIES} <= set(fields)
    for name, field in fields.items():
        assert field["type"] == ["string", "null"], name
        assert field.get("format") == ("date" if name == "CallDate" else None), name
    descriptions = {field["description"] for field in fields.values()}
    assert len(descriptions) == 11
    assert all(text.endswith(".") and len(text) > 10 for text in descriptions)
    assert "required" not in AGENT_SUMMARY_SCHEMA
