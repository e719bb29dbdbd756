"""Calls of today that still go on, and the fields that are filled in later."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sandbox import Options
from sandbox.calls.days import calls, day_of
from sandbox.calls.legs import settled_at
from sandbox.calls.records import UNFILLED
from tests.helpers.sandbox_client import TODAY, Record, keys, serving

_OPTIONS = Options(records=1_500)


def _by_key(now: datetime) -> dict[tuple[int, int], Record]:
    records = calls(_OPTIONS, TODAY, now)
    return dict(zip(keys(records), records, strict=True))


def _at(hour: int, minute: int = 0) -> datetime:
    return datetime.combine(TODAY, time(hour, minute))


def _ongoing(*, answered: bool) -> list[Record]:
    """Return records of legs that have not ended yet, at several moments."""
    day = day_of(_OPTIONS, TODAY)
    found = []
    for now in (_at(12) + timedelta(minutes=minute) for minute in range(0, 240, 5)):
        records = _by_key(now)
        ongoing = [leg for leg in day.legs if leg.appears <= now < leg.ended]
        connected = {leg for leg in ongoing if leg.answered and leg.picked_up <= now}
        found += [records[day.ids(leg, 0)] for leg in ongoing if (leg in connected) == answered]
    return found


def test_connected_calls() -> None:
    connected = _ongoing(answered=True)
    assert len(connected) > 10
    for record in connected:
        assert record["Status"] == "Answered"
        assert (record["HangupBy"], record["TalkTime"]) == ("", "00:00:01")
        assert record["EndTime"] == record["PickupTime"] != record["StartTime"]
        assert record["DialStatus"] == "answered"
        assert record["AgentDialStatus"] == ("answered" if record["AgentID"] else "")
        assert {name: record[name] for name in UNFILLED} == UNFILLED
        assert (record["CallAudio"], record["TransferType"]) == ("", "")


def test_dialing_calls() -> None:
    dialing = _ongoing(answered=False)
    assert len(dialing) > 3
    for record in dialing:
        assert record["Status"] == "Unanswered"
        assert record["DialStatus"] == "not_answered"
        assert record["AgentDialStatus"] == "Queued"
        assert record["CustomerDialStatus"] == "NotDialed"
        assert record["HangupBy"] == ""
        assert record["EndTime"] == record["StartTime"]
        assert record["TalkTime"] == record["Duration"] == "00:00:00"
        assert record["PickupTime"] is None
        assert record["HandlingTime"] is None


def test_a_call_appears_within_a_minute() -> None:
    now = _at(12, 30)
    starts = {record["StartTime"] for record in _by_key(now).values()}
    assert all(start <= "12:30:00" for start in starts)
    day = day_of(_OPTIONS, TODAY)
    started = {day.ids(leg, 0) for leg in day.legs if leg.started <= now - timedelta(minutes=1)}
    assert started <= set(_by_key(now))
    for leg in day.legs[::100]:
        assert day.ids(leg, 0) not in _by_key(leg.appears - timedelta(seconds=1))
        assert day.ids(leg, 0) in _by_key(leg.appears)
    delays = {(leg.appears - leg.started).total_seconds() for leg in day.legs}
    assert (min(delays), max(delays)) == (1, 59)


def test_no_call_vanishes_and_its_constant_fields_stay() -> None:
    before = _by_key(_at(9))
    assert before
    for quarter in range(1, 60):
        after = _by_key(_at(9) + timedelta(minutes=15 * quarter))
        assert set(before) <= set(after)
        for key, record in before.items():
            for name in ("StartTime", "CallerID", "Type", "Event", "AgentID", "CampaignName"):
                assert after[key][name] == record[name]
        before = after
    assert len(before) > 1_400


def test_a_connected_call_becomes_an_ended_one() -> None:
    connected = {
        key: record for key, record in _by_key(_at(12)).items() if record["TalkTime"] == "00:00:01"
    }
    assert connected
    settled = _by_key(settled_at(TODAY))
    for key in connected:
        assert settled[key]["Status"] == "Answered"
        assert settled[key]["HangupBy"] in {"AgentHangup", "UserHangup"}
        assert settled[key]["TalkTime"] > "00:00:01"
        assert settled[key]["CallAudio"]


def test_late_fields_are_filled_in_during_the_day() -> None:
    noon, night = _by_key(_at(12)), _by_key(_at(23))
    ended = {key for key, record in noon.items() if record["HangupBy"] == "AgentHangup"}
    changed = {
        name for key in ended for name, value in noon[key].items() if night[key][name] != value
    }
    assert changed == set(UNFILLED)
    unfilled = [key for key in ended if noon[key]["HandlingTime"] is None]
    assert len(unfilled) > len([key for key in ended if night[key]["HandlingTime"] is None]) > 0


def test_fields_are_filled_in_until_three_at_night() -> None:
    midnight = datetime.combine(TODAY + timedelta(days=1), time())
    early, settled = (_by_key(now) for now in (midnight, settled_at(TODAY)))
    changed = {
        name
        for key, record in early.items()
        for name in record
        if settled[key][name] != record[name]
    }
    assert changed == {*UNFILLED}
    for hours in (1, 24, 24 * 14):
        assert _by_key(settled_at(TODAY) + timedelta(hours=hours)) == settled


def test_a_call_past_midnight_is_in_its_day_once_ended() -> None:
    midnight = datetime.combine(TODAY + timedelta(days=1), time())
    day = day_of(_OPTIONS, TODAY)
    (overnight,) = (leg for leg in day.legs if leg.talk >= 900 and leg.ended > midnight)
    key = day.ids(overnight, 0)
    before_midnight = _by_key(midnight - timedelta(seconds=1))
    assert before_midnight[key]["TalkTime"] == "00:00:01"
    assert key not in _by_key(overnight.ended - timedelta(seconds=1))
    assert _by_key(overnight.ended)[key]["HangupBy"] in {"AgentHangup", "UserHangup"}
    assert key not in set(keys(calls(_OPTIONS, TODAY + timedelta(days=1), _at(23))))


def test_ongoing_calls_are_served() -> None:
    with serving(records=1_500, auth_method="api_key") as client:
        client.clock.set_time(_at(12).replace(tzinfo=client.box.account.zone))
        assert client.records(day=TODAY) == calls(_OPTIONS, TODAY, _at(12))
        first = client.details(day=TODAY)
        assert any(record["TalkTime"] == "00:00:01" for record in first)
        starts = [record["StartTime"] for record in first]
        assert starts == sorted(starts, reverse=True)
