"""The dbt models of agents, over a table of their days and the calls of the sandbox."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Options, Sandbox
from tests.helpers.clock import FakeClock
from tests.helpers.dbt_commands import sql_blocks
from tests.helpers.expected_calls import (
    ExpectedLeg,
    Row,
    expected_calls,
    expected_legs,
    seconds,
)
from tests.helpers.meltano import MELTANO, run_command
from tests.helpers.sync import Sync, sync
from tests.helpers.warehouses import WAREHOUSES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("meltano_lock")

OPTIONS = Options(records=60, seed=3, limit=99)
AGENTS = "select * from analytics.ozonetel__agent_days order by agent_id, call_date"
TIMES = {
    "TotalLoginDuration": "login_seconds",
    "TotalBusyTime": "busy_seconds",
    "TotalDialTime": "dial_seconds",
    "TotalIdleTime": "idle_seconds",
    "TotalPauseTime": "pause_seconds",
    "TotalWrapupTime": "wrapup_seconds",
}


def summary(agent: str, day: dt.date, mode: str, times: str) -> Row:
    """A row of the report, with its times as HH:MM in the order of `TIMES`."""
    return {
        "AgentIncrID": "7",
        "AgentName": f"Name of {agent}",
        "AgentUniqueID": agent,
        "CallDate": str(day),
        "ModeType": mode,
        **{name: f"{time}:00" for name, time in zip(TIMES, times.split(), strict=True)},
    }


def summaries(day: dt.date) -> list[Row]:
    return [
        summary("agent101", day, "Blended", "08:00 03:00 00:10 03:20 01:00 00:30"),
        summary("agent101", day, "Manual", "01:00 00:20 00:05 00:15 00:15 00:05"),
        summary("agent102", day, "Inbound", "26:00 20:00 00:00 04:00 01:30 00:30"),
        # Logged in, but without calls.
        summary("idle", day, "Inbound", "00:30 00:00 00:00 00:00 00:30 00:00"),
        summary("unused", day - dt.timedelta(days=9), "Manual", " ".join(["00:00"] * 6)),
    ]


def summary_messages(rows: list[Row]) -> list[dict[str, Any]]:
    text = {"type": ["string", "null"]}
    properties = dict.fromkeys(rows[0], text) | {"CallDate": {**text, "format": "date"}}
    schema = {"type": "object", "properties": properties}
    key = ["AgentUniqueID", "CallDate", "ModeType"]
    stream = "agent_summary"
    return [
        {"type": "SCHEMA", "stream": stream, "schema": schema, "key_properties": key},
        *({"type": "RECORD", "stream": stream, "record": row} for row in rows),
    ]


def read_calls() -> tuple[Sync, list[ExpectedLeg], dt.date]:
    clock = FakeClock()
    with Sandbox(OPTIONS, clock=clock) as box:
        yesterday = box.today() - dt.timedelta(days=1)
        done = sync(box, clock, start_date=str(yesterday))
    legs = expected_legs(OPTIONS, [(clock.now, done.records())])
    return done, list(legs.values()), yesterday


def _sum(values: Iterator[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def expected_agent_days(legs: list[ExpectedLeg], rows: list[Row]) -> list[Row]:
    of_legs = {(leg.record["AgentID"], leg.record["CallDate"]) for leg in legs}
    of_rows = {(row["AgentUniqueID"], row["CallDate"]) for row in rows}
    calls = expected_calls(legs)
    return [
        _expected_day(
            agent,
            day,
            [
                call
                for call in calls
                if (call["answered_agent_id"], str(call["call_date"])) == (agent, day)
            ],
            [
                leg
                for leg in legs
                if (leg.record["AgentID"], leg.record["CallDate"]) == (agent, day)
            ],
            [row for row in rows if (row["AgentUniqueID"], row["CallDate"]) == (agent, day)],
        )
        for agent, day in sorted(of_legs | of_rows)
        if agent
    ]


def _expected_day(
    agent: str, day: str, calls: list[Row], legs: list[ExpectedLeg], rows: list[Row]
) -> Row:
    answered = [leg for leg in legs if leg.is_answered]
    handling = [leg.settled_seconds("HandlingTime") for leg in answered]
    handled = len(handling) - handling.count(None)
    total_handling = _sum(iter(handling))
    times = {column: _sum(seconds(row[field]) for row in rows) for field, column in TIMES.items()}
    busy = [times[name] or 0 for name in ("busy_seconds", "dial_seconds", "wrapup_seconds")]
    active = (times["login_seconds"] or 0) - (times["pause_seconds"] or 0)
    return {
        "agent_id": agent,
        "call_date": dt.date.fromisoformat(day),
        "agent_name": rows[0]["AgentName"] if rows else None,
        "legs": len(legs),
        "answered_legs": len(answered),
        "answered": sum(call["outcome"] == "answered" for call in calls),
        "talk_seconds": _sum(leg.settled_seconds("TalkTime") for leg in answered),
        "handled": handled,
        "handling_seconds": total_handling,
        "average_handling_seconds": (total_handling or 0) / handled if handled else None,
        **times,
        "occupancy": sum(busy) / active if active else None,
    }


def _rounded(rows: list[Row]) -> list[Row]:
    """Databases differ in the types and digits of numbers."""
    return [
        {
            name: round(float(value), 6) if isinstance(value, Decimal | float | int) else value
            for name, value in row.items()
        }
        for row in rows
    ]


@pytest.mark.parametrize("name", WAREHOUSES)
def test_the_days_of_agents_have_the_expected_rows(name: str, tmp_path: Path) -> None:
    calls, legs, day = read_calls()
    rows = summaries(day)
    with WAREHOUSES[name](tmp_path) as warehouse:
        warehouse.load([*calls.messages, *summary_messages(rows)])
        command = f"dbt-{warehouse.name}:build-with-agents"
        run_command([MELTANO, "invoke", command], warehouse.environment)
        found = warehouse.query(AGENTS)
        (example,) = [sql for sql in sql_blocks("dbt.md") if "ozonetel__agent_days" in sql]
        assert len(warehouse.query(example)) == len(found)
    expected = expected_agent_days(legs, rows)
    assert {"agent101", "agent102", "idle", "unused"} < {row["agent_id"] for row in expected}
    assert _rounded(found) == _rounded(expected)
