"""The schema of the records, compared with the API's documentation and a snapshot."""

from __future__ import annotations

import json
from pathlib import Path

from jsonschema import Draft7Validator

from tap_ozonetel.schema import CDR_SCHEMA, CDR_KEY_PROPERTIES, REPLICATION_KEY, TEXT_FIELDS

#: The schema that warehouses rely on. It changes only with a new version of the tap.
SNAPSHOT = Path(__file__).parent / "snapshots" / "cdr.json"

#: The 43 fields of the original schema, and 4 more that the API returns (docs/ozonetel-api.md).
ORIGINAL = """
    AgentDialStatus AgentID AgentName CallAudio CallDate CallID UCID CallerConfAudioFile CallerID
    CampaignName Comments ConferenceDuration CustomerDialStatus CustomerRingTime DID DialOutName
    DialStatus DialedNumber Disposition Duration DynamicDID E164 EndTime Event HandlingTime HangupBy
    HoldDuration Location PickupTime Rating RatingComments Skill StartTime Status TalkTime
    TimeToAnswer TransferType TransferredTo Type UUI WrapUpEndTime WrapUpStartTime WrapupDuration
"""
ADDITIONAL = "CallFlow QueueTime DialCount VideoRecordingURL"


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
    assert set(CDR_SCHEMA["properties"]) - set(TEXT_FIELDS) == {
        *CDR_KEY_PROPERTIES,
        REPLICATION_KEY,
        "Rating",
    }
