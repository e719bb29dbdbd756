"""The calls of settled days: deterministic, and with the cases that are hard to read."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import Options
from sandbox.calls.days import calls, day_of
from sandbox.calls.legs import settled_at
from tests.helpers.examples import examples
from tests.helpers.sandbox_client import DAY, ONE_CALL, PAGES, TODAY, Record, keys, serving

_FIELDS = """
AgentDialStatus AgentID AgentName CallAudio CallDate CallID UCID CallerConfAudioFile CallerID
CampaignName Comments ConferenceDuration CustomerDialStatus CustomerRingTime DID DialOutName
DialStatus DialedNumber Disposition Duration DynamicDID E164 EndTime Event HandlingTime HangupBy
HoldDuration Location PickupTime Rating RatingComments Skill StartTime Status TalkTime
TimeToAnswer TransferType TransferredTo Type UUI WrapUpEndTime WrapUpStartTime WrapupDuration
CallFlow QueueTime VideoRecordingURL
"""
_ONCE_ENDED = datetime(2040, 1, 1)  # noqa: DTZ001


def _settled(day: date = DAY, *, seed: int = 1, records: int = 60) -> list[Record]:
    return calls(Options(seed=seed, records=records), day, settled_at(day))


def _by_call(records: list[Record]) -> list[list[Record]]:
    legs = defaultdict(list)
    for record in records:
        legs[record["CallID"]].append(record)
    return list(legs.values())


def test_a_record_has_the_46_fields_of_production() -> None:
    assert len(_FIELDS.split()) == 46
    for record in _settled(records=300):
        assert sorted(record) == sorted(_FIELDS.split())


def test_some_accounts_have_the_field_dial_count() -> None:
    made = calls(Options(dial_count=True), DAY, settled_at(DAY))
    assert {record["DialCount"] for record in made} == {"1"}
    assert {len(record) for record in made} == {47}


@examples(40)
@given(
    day=st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    seed=st.integers(0, 10**6),
    records=st.integers(0, 400),
)
def test_any_day_has_each_record_once(day: date, seed: int, records: int) -> None:
    made = _settled(day, seed=seed, records=records)
    assert made == calls(Options(seed=seed, records=records), day, _ONCE_ENDED)
    assert len(made) == len(set(keys(made))) == records
    assert {record["CallDate"] for record in made} <= {day.isoformat()}
    for record in made:
        outbound = record["Type"] != "Inbound"
        assert (record["CallID"] == record["UCID"]) == outbound
        for name in ("CallID", "UCID"):
            assert record[name] > 2**53
            assert len(str(record[name])) == (16 if outbound else 17)
    starts = [leg.started for leg in day_of(Options(seed=seed, records=records), day).legs]
    assert {start.date() for start in starts} <= {day}
    assert starts == sorted(starts, reverse=True)


def test_no_leg_of_a_busy_day_starts_on_the_next() -> None:
    assert {leg.started.date() for leg in day_of(Options(records=19_999), DAY).legs} == {DAY}


def test_the_same_seed_gives_the_same_calls() -> None:
    assert _settled(seed=5) == _settled(seed=5)
    assert _settled(seed=5) != _settled(seed=6)
    assert _settled(DAY) != _settled(DAY + timedelta(days=1))


def test_days_do_not_share_ids() -> None:
    days = [DAY + timedelta(days=number) for number in range(30)]
    ucids = [record["UCID"] for day in days for record in _settled(day)]
    assert len(set(ucids)) == len(ucids)


def test_a_ucid_belongs_to_one_call() -> None:
    ucids = [record["UCID"] for record in _settled(records=2_000)]
    assert len(set(ucids)) == 2_000


@pytest.mark.parametrize("day", [DAY, date(2026, 1, 1), date(2024, 2, 29)])
def test_every_day_has_the_difficult_cases(day: date) -> None:
    made = _settled(day, records=25)
    assert max(map(len, _by_call(made))) >= 3, "a call that rings several agents"
    assert any(r["EndTime"] < r["StartTime"] for r in made), "a call past midnight"
    assert any(r["TransferType"] == "Agent" and r["TransferredTo"] for r in made)
    assert {r["Type"] for r in made} == {"Inbound", "Manual", "Progressive"}
    assert {r["Event"] for r in made} == {
        *("Agent Dials", "Customer Dials", "Queue", "Disconnect", "Skill Transfers", "Dial Out")
    }


def test_texts_that_are_hard_to_carry() -> None:
    comments = "".join(record["Comments"] for record in _settled(records=300))
    assert all(sample in comments for sample in ('"', "\n", "\r\n", "\\", "\t", "😀", "न"))
    assert {None, 1, 2, 3, 4, 5} == {record["Rating"] for record in _settled(records=300)}


def test_a_call_has_many_legs_but_at_most_two_answered() -> None:
    by_call = _by_call(_settled(records=15_000))
    assert max(map(len, by_call)) in range(40, 76)
    answered = {sum(leg["Status"] == "Answered" for leg in legs) for legs in by_call}
    assert answered == {0, 1, 2}
    for legs in by_call:
        assert len({leg["CallerID"] for leg in legs}) == 1
        assert legs[0]["Type"] == "Inbound" or len(legs) == 1


def test_legs_without_an_agent() -> None:
    without_agent = ("Queue", "Disconnect", "Skill Transfers", "Dial Out")
    for record in _settled(records=500):
        has_agent = record["Event"] not in without_agent
        assert bool(record["AgentID"]) == bool(record["AgentName"]) == has_agent
        assert bool(record["DialedNumber"]) == has_agent
        assert has_agent or record["Type"] == "Inbound"
        assert has_agent or record["WrapupDuration"] == "00:00:00"


def test_an_agent_has_one_name_and_one_number() -> None:
    agents = {
        (record["AgentID"], record["AgentName"], record["DialedNumber"])
        for record in _settled(records=1_000)
    }
    assert len(agents) == len({agent for agent, *_ in agents}) == 15


def test_a_transfer_names_the_agent_that_takes_over() -> None:
    transfers = 0
    for legs in _by_call(_settled(records=500)):
        for leg in legs:
            if leg["TransferType"]:
                transfers += 1
                assert leg["TransferType"] == "Agent"
                names = {each["AgentName"] for each in legs if each is not leg}
                assert leg["TransferredTo"] in names
            else:
                assert leg["TransferredTo"] == ""
    assert transfers > 5


def test_caller_ids_are_the_customers_in_three_forms() -> None:
    forms = defaultdict(set)
    for record in _settled(records=1_000):
        national = record["CallerID"][-10:]
        assert record["E164"] == f"+91{national}"
        forms[record["Type"]].add(record["CallerID"].removesuffix(national))
    assert forms == {"Inbound": {"0091"}, "Progressive": {"0"}, "Manual": {"", "0"}}


def test_no_phone_number_exists() -> None:
    for record in _settled(records=300):
        for name in ("CallerID", "DialedNumber", "DID", "E164"):
            assert not record[name] or record[name][-10:].startswith("00000")


def test_values_of_results() -> None:
    made = _settled(records=5_000)
    assert {record["Status"] for record in made} == {"Answered", "Unanswered"}
    assert {record["HangupBy"] for record in made} == {
        *("UserHangup", "AgentHangup", "SystemHangup", "")
    }
    assert {record["DialStatus"] for record in made} == {
        *("answered", "NormalUnspecified", "InvalidNumber", "agent_disconnect", "error"),
        *("InvalidAgent", "not_answered", "user_disconnected", "Expired", "MaxDialTimeExceeded"),
        *("QTimeExceeded{45}", "QSizeExceeded{1}", ""),
    }
    exceeded = [r for r in made if r["Disposition"] == "Wrap up time exceeded :120"]
    assert {record["WrapupDuration"] for record in exceeded} == {"00:02:00", "00:00:00"}


def test_unanswered_legs_have_no_talk_and_no_wrap_up() -> None:
    for record in _settled(records=500):
        answered = record["Status"] == "Answered"
        assert (record["DialStatus"] == "answered") == answered
        assert (record["TalkTime"] > "00:00:00") == answered
        assert bool(record["CallAudio"]) == bool(record["PickupTime"]) == answered
        if not answered:
            assert (record["WrapupDuration"], record["HandlingTime"]) == ("00:00:00", "00:00:00")
            assert (record["Disposition"], record["Rating"]) == ("", None)


def test_durations_and_times_agree() -> None:
    for record in _settled(records=300):
        parts = (record["QueueTime"], record["TalkTime"])
        ringing = _seconds(record["Duration"]) - sum(map(_seconds, parts))
        assert 0 <= ringing < 25
        length = _seconds(record["EndTime"]) - _seconds(record["StartTime"])
        assert length % 86_400 == _seconds(record["Duration"])
        if record["WrapUpEndTime"]:
            assert record["WrapUpStartTime"] == record["EndTime"]
            handling = _seconds(record["TalkTime"]) + _seconds(record["WrapupDuration"])
            assert _seconds(record["HandlingTime"]) == handling


def _seconds(text: str) -> int:
    hours, minutes, seconds = map(int, text.split(":"))
    return 3600 * hours + 60 * minutes + seconds


def test_records_by_day_and_varying() -> None:
    options = Options(records=100, varying=True, records_by_day={DAY: 0})
    assert calls(options, DAY, settled_at(DAY)) == []
    week = [options.records_on(DAY + timedelta(days=number)) for number in range(1, 8)]
    assert len(set(week)) > 3
    assert min(week) < 40
    assert Options(records=7).records_on(DAY) == 7


def test_a_large_day_is_streamed_and_its_ids_are_distinct() -> None:
    with serving(records=25_000) as client:
        response = client.get(timeout=30)
        assert response.headers["Transfer-Encoding"] == "chunked"
        details = response.json()["details"]
        truth = client.box.calls(DAY)
        assert keys(details) == keys(truth)
        assert len(set(keys(details))) == 25_000
        assert len({record["UCID"] for record in details}) == 25_000
        starts = [record["StartTime"] for record in details]
        assert starts == sorted(starts, reverse=True)
        page = client.records(PAGES, params={"pageNo": 50, "pageSize": 500})
        assert keys(page) == keys(details[-500:])
        wanted: Any = truth[12_345]
        (one,) = client.records(ONE_CALL, ucid=wanted["UCID"])
        assert (one["CallID"], one["UCID"]) == (wanted["CallID"], wanted["UCID"])


def test_a_million_records_have_few_distinct_legs() -> None:
    day = day_of(Options(records=1_000_000), DAY)
    assert len(day.legs) == 500
    assert sum(snapshot.copies for snapshot in day.as_of(settled_at(DAY))) == 1_000_000


def test_calls_between_returns_several_days() -> None:
    with serving(records=9) as client:
        made = client.box.calls_between(DAY, TODAY - timedelta(days=1))
        assert len(made) == 27
        assert made[:9] == client.box.calls(DAY)
        assert made[:9] == client.box.settled_calls(DAY)
