"""The agents' days: how long each agent was busy, dialing, idle, paused and logged in.

The rows follow from the calls (docs/ozonetel-api.md, "Agent state summary").
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from sandbox.calls.days import day_of
from sandbox.calls.fake_data import agents
from sandbox.calls.legs import INBOUND, MANUAL, PROGRESSIVE
from sandbox.calls.records import format_duration

if TYPE_CHECKING:
    from datetime import date, datetime

    from sandbox.calls.days import LegSnapshot
    from sandbox.calls.fake_data import Agent
    from sandbox.options import Options

BLENDED = "Blended"
_MODE_OF_CALL_TYPE = {INBOUND: "Inbound", MANUAL: "Manual", PROGRESSIVE: "Progressive"}
#: All values of ``ModeType``.
MODES = (BLENDED, *_MODE_OF_CALL_TYPE.values())
#: Fields that identify a row, in the order of the rows.
KEY = ("AgentUniqueID", "CallDate", "ModeType")
_MAX_PAUSE_SECONDS, _MAX_IDLE_SECONDS = 5400, 14_400
# Between two states some seconds are lost.
_MAX_LOST_SECONDS = 30


def agent_summary(
    options: Options, first: date, last: date, now: datetime
) -> list[dict[str, object]]:
    """Return the rows of a range of days by agent, day and mode.

    Args:
        options: Options of the account.
        first: First day.
        last: Last day, included.
        now: The account's local time. Today and later days have no rows.
    """
    last = min(last, now.date() - timedelta(days=1))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    rows = [row for day in days for row in _rows_of_day(options, day, now)]
    return sorted(rows, key=lambda row: [str(row[name]) for name in KEY])


def _rows_of_day(options: Options, day: date, now: datetime) -> list[dict[str, object]]:
    snapshots: dict[Agent, list[LegSnapshot]] = defaultdict(list)
    for snapshot in day_of(options, day).as_of(now):
        if snapshot.leg.agent:
            snapshots[snapshot.leg.agent].append(snapshot)
    return [
        _row(options, day, agent, mode, of_mode)
        for number, agent in enumerate(agents(options.seed))
        for mode, of_mode in _by_mode(snapshots[agent], separate_manual=number % 2 == 1)
    ]


def _by_mode(
    snapshots: list[LegSnapshot], *, separate_manual: bool
) -> list[tuple[str, list[LegSnapshot]]]:
    """Return the modes of an agent with their calls. Some agents make manual calls separately."""
    manual = [s for s in snapshots if separate_manual and s.leg.call_type == MANUAL]
    others = [s for s in snapshots if not (separate_manual and s.leg.call_type == MANUAL)]
    return [(_mode_of(part), part) for part in (others, manual) if part]


def _mode_of(snapshots: list[LegSnapshot]) -> str:
    call_types = {snapshot.leg.call_type for snapshot in snapshots}
    return BLENDED if len(call_types) > 1 else _MODE_OF_CALL_TYPE[call_types.pop()]


def _row(
    options: Options, day: date, agent: Agent, mode: str, snapshots: list[LegSnapshot]
) -> dict[str, object]:
    rng = Random(f"summary:{options.seed}:{day}:{agent.id}:{mode}")
    legs = [(snapshot.leg, snapshot.copies) for snapshot in snapshots]
    inbound = sum(leg.ring * copies for leg, copies in legs if leg.call_type == INBOUND)
    dial = sum(leg.ring * copies for leg, copies in legs) - inbound
    busy = sum(leg.talk * copies for leg, copies in legs)
    wrap_up = sum((leg.wrap_up or 0) * copies for leg, copies in legs)
    # An agent is idle while an inbound call rings.
    idle = inbound + rng.randrange(_MAX_IDLE_SECONDS)
    pause = rng.choice((0, rng.randrange(_MAX_PAUSE_SECONDS)))
    lost = rng.randrange(_MAX_LOST_SECONDS)
    return {
        "AgentIncrID": agent.id.removeprefix("agent"),
        "AgentName": agent.name,
        "AgentUniqueID": agent.id,
        "CallDate": day.isoformat(),
        "ModeType": mode,
        "TotalBusyTime": format_duration(busy),
        "TotalDialTime": format_duration(dial),
        "TotalIdleTime": format_duration(idle),
        "TotalLoginDuration": format_duration(busy + dial + idle + pause + wrap_up + lost),
        "TotalPauseTime": format_duration(pause),
        "TotalWrapupTime": format_duration(wrap_up),
    }
