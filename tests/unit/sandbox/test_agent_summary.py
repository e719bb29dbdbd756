"""The rows of the agent summary: deterministic, and in agreement with the calls."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import Options
from sandbox.calls.agent_summary import agent_summary
from sandbox.calls.days import calls
from sandbox.calls.legs import settled_at
from tests.helpers.examples import examples
from tests.helpers.sandbox_client import DAY, TODAY, Record, serving

_FIELDS = """
AgentIncrID AgentName AgentUniqueID CallDate ModeType TotalBusyTime TotalDialTime TotalIdleTime
TotalLoginDuration TotalPauseTime TotalWrapupTime
"""
_TIMES = ("TotalBusyTime", "TotalDialTime", "TotalIdleTime", "TotalPauseTime", "TotalWrapupTime")
_MODES = {"Inbound": "Inbound", "Manual": "Manual", "Progressive": "Progressive"}
_ONCE_SETTLED = datetime(2040, 1, 1)  # noqa: DTZ001


def _rows(first: date = DAY, last: date = DAY, **options: Any) -> list[Record]:  # noqa: ANN401
    return agent_summary(Options(**options), first, last, _ONCE_SETTLED)


def _seconds(text: str) -> int:
    hours, minutes, seconds = map(int, text.split(":"))
    return 3600 * hours + 60 * minutes + seconds


def _key(row: Record) -> tuple[str, str, str]:
    return row["AgentUniqueID"], row["CallDate"], row["ModeType"]


def _sums(rows: list[Record], name: str) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for row in rows:
        sums[row["AgentUniqueID"]] += _seconds(row[name])
    return dict(sums)


def test_a_row_has_the_documented_fields_as_text() -> None:
    rows = _rows(DAY - timedelta(days=29))
    assert len(rows) > 200
    for row in rows:
        assert sorted(row) == sorted(_FIELDS.split())
        assert all(isinstance(value, str) and value for value in row.values())


def test_rows_come_by_agent_day_and_mode() -> None:
    keys = [_key(row) for row in _rows(DAY - timedelta(days=29))]
    assert keys == sorted(keys)
    assert {day for _, day, _ in keys} == {str(DAY - timedelta(days=n)) for n in range(30)}


@examples(25)
@given(
    day=st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    seed=st.integers(0, 10**6),
    records=st.integers(0, 300),
)
def test_the_rows_of_any_day_agree_with_its_calls(day: date, seed: int, records: int) -> None:
    options = Options(seed=seed, records=records)
    rows: list[Record] = agent_summary(options, day, day, _ONCE_SETTLED)
    legs: dict[str, list[Record]] = defaultdict(list)
    for record in calls(options, day, settled_at(day)):
        if record["AgentID"]:
            legs[str(record["AgentID"])].append(record)

    assert len({_key(row) for row in rows}) == len(rows)
    assert {(row["AgentUniqueID"], row["AgentName"]) for row in rows} == {
        (agent, each["AgentName"]) for agent, of_agent in legs.items() for each in of_agent
    }
    busy = {agent: sum(_seconds(r["TalkTime"]) for r in of) for agent, of in legs.items()}
    wrap_up = {agent: sum(_seconds(r["WrapupDuration"]) for r in of) for agent, of in legs.items()}
    dial = {a: sum(_seconds(r["CustomerRingTime"]) for r in of) for a, of in legs.items()}
    assert _sums(rows, "TotalBusyTime") == busy
    assert _sums(rows, "TotalWrapupTime") == wrap_up
    assert _sums(rows, "TotalDialTime") == dial
    for row in rows:
        login = _seconds(row["TotalLoginDuration"])
        assert 0 <= login - sum(_seconds(row[name]) for name in _TIMES) < 60


def test_modes_are_those_of_the_calls() -> None:
    by_agent: dict[str, set[str]] = defaultdict(set)
    for record in calls(Options(), DAY, settled_at(DAY)):
        by_agent[str(record["AgentID"])].add(_MODES[str(record["Type"])])
    modes: dict[str, set[str]] = defaultdict(set)
    for row in _rows():
        modes[row["AgentUniqueID"]].add(row["ModeType"])
    for agent, found in modes.items():
        assert found - {"Blended"} <= by_agent[agent]
        assert len(by_agent[agent]) > 1 or found == by_agent[agent]
    week = {row["ModeType"] for row in _rows(DAY - timedelta(days=6))}
    assert week == {"Blended", "Inbound", "Manual", "Progressive"}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_without_the_mode_keys_collide(seed: int) -> None:
    first = DAY - timedelta(days=6)
    per_agent_and_day = Counter(_key(row)[:2] for row in _rows(first, seed=seed))
    assert set(per_agent_and_day.values()) == {1, 2}
    assert list(per_agent_and_day.values()).count(2) > 10


def test_an_agent_has_one_id_and_one_number() -> None:
    rows = _rows(DAY - timedelta(days=29))
    names = ("AgentUniqueID", "AgentIncrID", "AgentName")
    assert len({tuple(row[name] for name in names) for row in rows}) == 14
    assert len({row["AgentIncrID"] for row in rows}) == 14


def test_the_same_seed_gives_the_same_rows() -> None:
    assert _rows(seed=5) == _rows(seed=5)
    assert _rows(seed=5) != _rows(seed=6)
    assert _rows(DAY, DAY + timedelta(days=1), seed=5) != _rows(seed=5)


def test_today_has_no_rows() -> None:
    with serving() as client:
        assert client.box.calls(TODAY)
        assert client.box.agent_summary(TODAY, TODAY + timedelta(days=3)) == []
        yesterday = client.box.agent_summary(TODAY - timedelta(days=1), TODAY)
        assert {row["CallDate"] for row in yesterday} == {str(TODAY - timedelta(days=1))}


@pytest.mark.parametrize(("hole", "is_served"), [("complete", True), ("empty", False)])
def test_yesterday_changes_until_it_is_settled(hole: str, *, is_served: bool) -> None:
    yesterday = TODAY - timedelta(days=1)
    with serving(night_hole=hole) as client:
        client.clock.advance(-(12 * 3600 + 59 * 60))  # 00:01
        assert client.box.today() == TODAY
        early = client.box.agent_summary(yesterday, yesterday)
        client.clock.advance(3 * 3600)
        late = client.box.agent_summary(yesterday, yesterday)
        assert early != late
        assert bool(early) == is_served
        client.clock.advance(86_400)
        assert client.box.agent_summary(yesterday, yesterday) == late


def test_a_day_without_calls_has_no_rows() -> None:
    assert _rows(records_by_day={DAY: 0}) == []
    assert _rows(DAY, DAY - timedelta(days=1)) == []


def test_a_large_day_counts_all_copies() -> None:
    options = Options(records=25_000)
    rows: list[Record] = agent_summary(options, DAY, DAY, _ONCE_SETTLED)
    talk = sum(
        _seconds(str(r["TalkTime"])) for r in calls(options, DAY, settled_at(DAY)) if r["AgentID"]
    )
    assert sum(_sums(rows, "TotalBusyTime").values()) == talk
