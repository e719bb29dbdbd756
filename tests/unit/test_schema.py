"""The schema of the records, against the contract and a snapshot."""

from __future__ import annotations

import json
from pathlib import Path

from jsonschema import Draft7Validator

from tap_ozonetel.schema import CDR_SCHEMA, KEY_PROPERTIES, REPLICATION_KEY, TEXT_FIELDS

#: What a warehouse has been told of the records. It changes with a new version of the tap only.
SNAPSHOT = Path(__file__).parent / "snapshots" / "cdr.json"

#: The contract's table "Records": the seed's 43 names and the 4 that production answers besides.
SEED = """
    AgentDialStatus AgentID AgentName CallAudio CallDate CallID UCID CallerConfAudioFile CallerID
    CampaignName Comments ConferenceDuration CustomerDialStatus CustomerRingTime DID DialOutName
    DialStatus DialedNumber Disposition Duration DynamicDID E164 EndTime Event HandlingTime HangupBy
    HoldDuration Location PickupTime Rating RatingComments Skill StartTime Status TalkTime
    TimeToAnswer TransferType TransferredTo Type UUI WrapUpEndTime WrapUpStartTime WrapupDuration
"""
PRODUCTION = "CallFlow QueueTime DialCount VideoRecordingURL"


def test_the_schema_equals_the_snapshot() -> None:
    assert json.loads(SNAPSHOT.read_text()) == CDR_SCHEMA


def test_the_schema_has_the_documented_names() -> None:
    seed, production = SEED.split(), PRODUCTION.split()
    assert (len(seed), len(production)) == (43, 4)
    assert sorted(CDR_SCHEMA["properties"]) == sorted(seed + production)


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
    assert KEY_PROPERTIES == ("CallID", "UCID")
    assert REPLICATION_KEY == "CallDate"
    assert set(CDR_SCHEMA["properties"]) - set(TEXT_FIELDS) == {
        *KEY_PROPERTIES,
        REPLICATION_KEY,
        "Rating",
    }
