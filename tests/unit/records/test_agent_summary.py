"""The records of the agent summary."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tap_ozonetel.errors import UnusableRecordError
from tap_ozonetel.records.agent_summary import SummaryNormalizer
from tap_ozonetel.records.schema import AGENT_SUMMARY_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping

KEYS = {"AgentUniqueID": "0042", "CallDate": "2026-03-16", "ModeType": "Blended"}
PROPERTIES = AGENT_SUMMARY_SCHEMA["properties"]


def read(
    record: object,
    day: str | None = None,
    warnings: list[str] | None = None,
    fields: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    dropped = [] if warnings is None else warnings
    properties = {**PROPERTIES, **(fields or {})}
    return SummaryNormalizer(properties, dropped.append, dropped.append).normalize(record, day)


def test_a_valid_row_is_unchanged() -> None:
    sent = {**dict.fromkeys(PROPERTIES, "07:58:01"), **KEYS}
    assert read({**sent}) == sent


def test_missing_fields_are_null_and_odd_values_are_text() -> None:
    row = read({**KEYS, "TotalBusyTime": 7, "AgentName": "A\0B", "TotalIdleTime": ""})
    assert list(row) == list(PROPERTIES)
    assert (row["TotalBusyTime"], row["AgentName"], row["TotalIdleTime"]) == ("7", "AB", "")
    assert row["TotalPauseTime"] is None


def test_another_casing_is_the_same_field() -> None:
    sent = {name.lower(): value for name, value in KEYS.items()}
    assert read(sent) == {**dict.fromkeys(PROPERTIES), **KEYS}


def test_an_unknown_field_is_dropped_with_a_warning() -> None:
    warnings: list[str] = []
    row = read({**KEYS, "New": 1, "TransferTo": "x"}, warnings=warnings)
    assert warnings == ["New", "TransferTo"]
    assert list(row) == list(PROPERTIES)


@pytest.mark.parametrize("key", ["AgentUniqueID", "ModeType"])
@pytest.mark.parametrize("value", [None, "", "\0", True, [], {"a": 1}], ids=repr)
def test_a_row_without_a_key_is_unusable(key: str, value: object) -> None:
    with pytest.raises(UnusableRecordError, match=f"without a usable {key}"):
        read({**KEYS, key: value}, "2026-03-16")
    with pytest.raises(UnusableRecordError, match=f"without a usable {key}"):
        read({name: text for name, text in KEYS.items() if name != key}, "2026-03-16")


@pytest.mark.parametrize("value", [42, Decimal("4.2"), " 42 "], ids=repr)
def test_a_key_is_text_as_sent(value: object) -> None:
    assert read({**KEYS, "AgentUniqueID": value})["AgentUniqueID"] == str(value)


def test_a_catalog_may_make_the_agent_id_a_number() -> None:
    fields = {"AgentUniqueID": {"type": ["integer", "null"]}}
    assert read({**KEYS}, fields=fields)["AgentUniqueID"] == 42
    with pytest.raises(UnusableRecordError, match="with a AgentUniqueID that does not fit"):
        read({**KEYS, "AgentUniqueID": "x"}, fields=fields)


@pytest.mark.parametrize("date", [None, "", "16-03-2026", "2026-3-16", 20260316], ids=repr)
def test_a_row_without_a_date_needs_a_range_of_one_day(date: object) -> None:
    assert read({**KEYS, "CallDate": date}, "2026-03-15")["CallDate"] == "2026-03-15"
    with pytest.raises(UnusableRecordError, match="without a usable CallDate"):
        read({**KEYS, "CallDate": date})


def test_a_row_that_is_not_an_object_is_unusable() -> None:
    with pytest.raises(UnusableRecordError, match="not a JSON object"):
        read("x")
