"""The calls: the same every time, all 47 fields, and what is hard to read is among them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox import Options
from sandbox.calls.days import calls, day_of, settled_at
from sandbox.calls.records import late_fields
from tests.helpers.sandbox_client import DAY, ONE_CALL, PAGES, TODAY, serving

_LATER = datetime(2030, 1, 1)  # noqa: DTZ001
_NAMES = """
AgentDialStatus AgentID AgentName CallAudio CallDate CallID UCID CallerConfAudioFile CallerID
CampaignName Comments ConferenceDuration CustomerDialStatus CustomerRingTime DID DialOutName
DialStatus DialedNumber Disposition Duration DynamicDID E164 EndTime Event HandlingTime HangupBy
HoldDuration Location PickupTime Rating RatingComments Skill StartTime Status TalkTime
TimeToAnswer TransferType TransferredTo Type UUI WrapUpEndTime WrapUpStartTime WrapupDuration
CallFlow QueueTime DialCount VideoRecordingURL
"""


def _settled(day: date = DAY, *, seed: int = 1, records: int = 60) -> list[dict[str, object]]:
    return calls(Options(seed=seed, records=records), day, _LATER)


def test_a_record_has_47_fields() -> None:
    assert len(_NAMES.split()) == 47
    for record in _settled():
        assert sorted(record) == sorted(_NAMES.split())


@settings(max_examples=40, deadline=None)
@given(
    day=st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    seed=st.integers(0, 10**6),
    records=st.integers(0, 400),
)
def test_any_day_has_its_records_each_once(day: date, seed: int, records: int) -> None:
    made = calls(Options(seed=seed, records=records), day, datetime(2040, 1, 1))  # noqa: DTZ001
    assert len(made) == records
    assert len({(record["CallID"], record["UCID"]) for record in made}) == records
    assert {record["CallDate"] for record in made} <= {day.isoformat()}
    for record in made:
        for name in ("CallID", "UCID"):
            number = record[name]
            assert isinstance(number, int)
            assert number > 2**53
            assert len(str(number)) == 17
    legs = day_of(Options(seed=seed, records=records), day).legs
    assert all(leg.started.date() == day for leg in legs)
    assert all(leg.settled <= settled_at(day) for leg in legs)


def test_no_leg_of_a_busy_day_starts_on_the_next() -> None:
    assert {leg.started.date() for leg in day_of(Options(records=19_999), DAY).legs} == {DAY}


def test_the_same_seed_makes_the_same_calls() -> None:
    assert _settled(seed=5) == _settled(seed=5)
    assert _settled(seed=5) != _settled(seed=6)
    assert _settled(DAY) != _settled(DAY + timedelta(days=1))


def test_days_do_not_share_a_pair() -> None:
    days = [DAY + timedelta(days=n) for n in range(30)]
    pairs = [(r["CallID"], r["UCID"]) for day in days for r in _settled(day)]
    assert len(set(pairs)) == len(pairs)


@pytest.mark.parametrize("day", [DAY, date(2026, 1, 1), date(2024, 2, 29)])
def test_every_day_has_what_is_hard_to_read(day: date) -> None:
    made = _settled(day, records=200)
    ids: dict[object, set[object]] = {}
    for record in made:
        ids.setdefault(record["CallID"], set()).add(record["UCID"])
    assert max(map(len, ids.values())) >= 2, "an inbound call that rang several agents"
    assert any(str(r["EndTime"]) < str(r["StartTime"]) for r in made), "a call over midnight"
    assert any(r["TransferredTo"] and r["TransferType"] for r in made)
    assert any(r["Status"] == "NotAnswered" and r["CallAudio"] == "" for r in made)
    assert all(r["TalkTime"] == "00:00:00" for r in made if r["Status"] != "Answered")
    assert any(r["WrapUpEndTime"] is None for r in made if r["Status"] == "Answered")
    assert {type(r["Rating"]) for r in made} == {int, type(None)}
    comments = "".join(str(r["Comments"]) for r in made)
    assert all(sample in comments for sample in ('"', "\n", "\\", "😀", "न"))
    callers = {str(r["CallerID"])[:4] for r in made}
    assert {"0000", "+910"} == callers


def test_the_caller_is_the_same_on_every_leg_of_a_call() -> None:
    callers: dict[object, set[object]] = {}
    for record in _settled(records=300):
        callers.setdefault(record["CallID"], set()).add(record["CallerID"])
    assert all(len(of_one) == 1 for of_one in callers.values())


def test_no_phone_number_can_be_dialled() -> None:
    for record in _settled(records=300):
        for name in ("CallerID", "DialedNumber", "DID", "E164"):
            assert str(record[name]).removeprefix("+91").startswith("00000")


def test_ucid_alone_is_not_a_key() -> None:
    assert len({r["UCID"] for r in _settled(records=500)}) < 500


def test_a_call_appears_when_it_has_ended() -> None:
    with serving(auth_method="api_key") as client:
        client.clock.set_time(datetime.combine(TODAY, time(12), client.box.account.zone))
        at_noon = client.records(day=TODAY)
        legs = day_of(client.box.options, TODAY).legs
        noon = client.box.account.local_now()
        assert len(at_noon) == sum(leg.ended <= noon for leg in legs)
        assert 0 < len(at_noon) < 60
        client.clock.advance(12 * 3600)
        before, whole = client.records(day=TODAY), client.box.options.records
        assert len(before) < whole, "a call over midnight still lasts at midnight"
        client.clock.advance(3 * 3600)
        assert len(client.records(day=TODAY)) == whole


def test_late_fields_are_filled_in_afterwards() -> None:
    with serving(auth_method="api_key") as client:
        client.clock.advance(10 * 3600)
        early = {(r["CallID"], r["UCID"]): r for r in client.records(day=TODAY)}
        client.clock.advance(24 * 3600)
        late = {(r["CallID"], r["UCID"]): r for r in client.records(day=TODAY)}
        changed = {
            name for pair, r in early.items() for name, v in r.items() if late[pair][name] != v
        }
        assert changed
        assert changed <= set(late_fields())
        assert list(late.values()) == client.box.calls(TODAY)
        client.clock.advance(30 * 24 * 3600)
        assert list(late.values()) == client.box.calls(TODAY)


def test_records_by_day_and_varying() -> None:
    options = Options(records=100, varying=True, records_by_day={DAY: 0})
    assert calls(options, DAY, _LATER) == []
    week = [options.records_on(DAY + timedelta(days=n)) for n in range(1, 8)]
    assert len(set(week)) > 3
    assert min(week) < 40
    assert Options(records=7).records_on(DAY) == 7


def test_a_very_big_day_is_a_stream_of_distinct_records() -> None:
    with serving(records=25_000) as client:
        response = client.get(timeout=30)
        assert response.headers["Transfer-Encoding"] == "chunked"
        details = response.json()["details"]
        assert len({(r["CallID"], r["UCID"]) for r in details}) == 25_000
        assert details == client.box.calls(DAY)
        page = client.records(PAGES, params={"pageNo": 50, "pageSize": 500})
        last = [(r["CallID"], r["UCID"]) for r in details[-500:]]
        assert [(r["CallID"], r["UCID"]) for r in page] == last
        one = client.records(ONE_CALL, ucid=details[12_345]["UCID"])
        assert (details[12_345]["CallID"], details[12_345]["UCID"]) in [
            (r["CallID"], r["UCID"]) for r in one
        ]


def test_calls_between_is_the_sum_of_the_days() -> None:
    with serving(records=9) as client:
        made = client.box.calls_between(DAY, TODAY - timedelta(days=1))
        assert len(made) == 27
        assert made[:9] == client.box.calls(DAY)
