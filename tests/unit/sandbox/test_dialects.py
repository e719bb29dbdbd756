"""The two dialects of records: today's and that of past days."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest

from sandbox.calls.legs import settled_at
from tests.helpers.sandbox_client import (
    DAY,
    DETAILS,
    ONE_CALL,
    PAGES,
    TODAY,
    Client,
    canonical,
    serving,
)

_EVENTS = {
    "AgentDial": "Agent Dials",
    "CustomerDial": "Customer Dials",
    "DialOut": "Dial Out",
    "Disconnect": "Disconnect",
    "Queue": "Queue",
    "SkillTransfer": "Skill Transfers",
}


def _evening(client: Client) -> None:
    """Move to a moment of TODAY at which calls have ended and most are wrapped up."""
    client.clock.advance(10 * 3600)


@pytest.mark.parametrize("path", [DETAILS, PAGES])
def test_today_has_numbers_and_nulls(path: str) -> None:
    with serving(records=200) as client:
        _evening(client)
        details = client.details(path, TODAY)
        assert {type(record["CallID"]) for record in details} == {int}
        assert {type(record["UCID"]) for record in details} == {int}
        assert {record["Rating"] for record in details} == {0, 1, 2, 3, 4, 5}
        assert {record["Type"] for record in details} == {"InBound", "Manual", "Progressive"}
        assert {record["Event"] for record in details} == set(_EVENTS)
        assert all(record["CallFlow"] == record["Event"] for record in details)
        for name in ("CallAudio", "PickupTime", "HandlingTime"):
            values = {record[name] for record in details}
            assert None in values
            assert len(values) > 10
        assert {record["PickupTime"] is None for record in details} == {True, False}
        assert "" not in {record["PickupTime"] for record in details}


@pytest.mark.parametrize("path", [DETAILS, PAGES])
def test_past_days_have_text_and_no_null(path: str) -> None:
    with serving(records=200) as client:
        details = client.details(path)
        for record in details:
            assert {type(value) for value in record.values()} == {str}
            assert len(record["CallID"]) in {16, 17}
            assert record["CallFlow"] == record["Event"]
        assert {record["Rating"] for record in details} == {"", "1", "2", "3", "4", "5"}
        assert {record["Type"] for record in details} == {"Inbound", "Manual", "Progressive"}
        assert {record["Event"] for record in details} == set(_EVENTS.values())
        for name in ("CallAudio", "PickupTime"):
            assert "" in {record[name] for record in details}
        durations = {record[_wrap_up_field(path)] for record in details}
        assert "00:00:00" in durations
        assert "" not in durations


def _wrap_up_field(path: str) -> str:
    return "WrapUpDuration" if path == PAGES else "WrapupDuration"


def test_without_a_wrap_up_handling_time_is_talk_time() -> None:
    with serving(records=300) as client:
        unwrapped = [
            record
            for record in client.details()
            if record["Status"] == "Answered" and not record["WrapUpStartTime"]
        ]
        assert len(unwrapped) > 5
        assert all(record["HandlingTime"] == record["TalkTime"] for record in unwrapped)


def test_the_same_leg_differs_only_in_spelling() -> None:
    with serving(records=200, auth_method="api_key") as client:
        client.clock.set_time(settled_at(DAY).replace(tzinfo=client.box.account.zone))
        with serving(records=200, auth_method="api_key", dialect="today") as other:
            today, past = (each.details() for each in (other, client))
    assert len(today) == len(past) == 200
    for one, two in zip(today, past, strict=True):
        changed = {name for name in one if one[name] != two[name]}
        assert changed <= {
            *("CallID", "UCID", "Rating", "Type", "Event", "CallFlow", "CallAudio", "PickupTime"),
            *("WrapUpStartTime", "WrapUpEndTime", "WrapupDuration", "HandlingTime"),
        }
        assert (str(one["CallID"]), str(one["UCID"])) == (two["CallID"], two["UCID"])
        assert _EVENTS[one["Event"]] == two["Event"]
        assert str(one["Rating"] or "") == two["Rating"]
        assert two["WrapupDuration"] == (one["WrapupDuration"] or "00:00:00")
        assert two["HandlingTime"] == (one["HandlingTime"] or one["TalkTime"])
        for name in ("CallAudio", "PickupTime", "WrapUpStartTime", "WrapUpEndTime"):
            assert two[name] == (one[name] or "")


def test_a_day_changes_its_dialect_at_midnight() -> None:
    with serving(auth_method="api_key") as client:
        midnight = settled_at(TODAY) - timedelta(hours=3)
        client.clock.set_time(midnight.replace(tzinfo=client.box.account.zone))
        client.clock.advance(-1)
        assert {type(record["UCID"]) for record in client.details(day=TODAY)} == {int}
        client.clock.advance(1)
        assert {type(record["UCID"]) for record in client.details(day=TODAY)} == {str}


def test_midnight_is_that_of_the_accounts_time_zone() -> None:
    with serving("Pacific/Kiritimati", auth_method="api_key") as client:
        assert client.box.account.local_now().time() == time(13)
        client.clock.advance(10.9 * 3600)
        assert {record["Type"] for record in client.details(day=TODAY)} >= {"InBound"}
        client.clock.advance(0.2 * 3600)
        assert {record["Type"] for record in client.details(day=TODAY)} >= {"Inbound"}


@pytest.mark.parametrize(("dialect", "kind"), [("today", int), ("past", str)])
@pytest.mark.parametrize("day", [DAY, TODAY])
def test_one_dialect_for_all_days(dialect: str, kind: type, day: Any) -> None:  # noqa: ANN401
    with serving(dialect=dialect) as client:
        _evening(client)
        details = client.details(day=day)
        assert {type(record["CallID"]) for record in details} == {kind}
        assert {record["Type"] for record in details} >= {"InBound" if kind is int else "Inbound"}


@pytest.mark.parametrize(("ids", "kind"), [("number", int), ("text", str)])
def test_ids_can_have_one_type_on_all_days(ids: str, kind: type) -> None:
    with serving(ids=ids) as client:
        for day in (DAY, TODAY):
            details = client.details(day=day)
            assert {type(record["UCID"]) for record in details} == {kind}
            assert list(map(canonical, details)) == client.box.calls(day)


def test_calls_have_canonical_ids_and_ratings() -> None:
    with serving(records=100) as client:
        _evening(client)
        for day in (DAY, TODAY):
            made = client.box.calls(day)
            assert made == [canonical(record) for record in client.details(day=day)]
            assert {type(record["UCID"]) for record in made} == {int}
        assert None in {record["Rating"] for record in client.box.calls(DAY)}
        assert 0 in {record["Rating"] for record in client.box.calls(TODAY)}


@pytest.mark.parametrize("call_type", ["InBound", "Inbound", "INBOUND"])
def test_the_type_filter_ignores_case(call_type: str) -> None:
    with serving() as client:
        for day in (DAY, TODAY):
            inbound = [r for r in client.box.calls(day) if str(r["Type"]).lower() == "inbound"]
            assert client.records(day=day, callType=call_type) == inbound != []


@pytest.mark.parametrize("status", ["NotAnswered", "Unanswered"])
def test_both_words_for_unanswered_filter_alike(status: str) -> None:
    with serving() as client:
        unanswered = [r for r in client.box.calls(DAY) if r["Status"] == "Unanswered"]
        assert client.records(status=status) == unanswered != []


def test_the_call_endpoint_has_the_dialect_of_the_day() -> None:
    with serving() as client:
        for day, kind in ((DAY, str), (TODAY, int)):
            ucid = client.box.calls(day)[0]["UCID"]
            (record,) = client.details(ONE_CALL, day, ucid=ucid)
            assert type(record["UCID"]) is kind
