"""The queries of the page of agents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.queries.conditions import CALLS, DAYS

if TYPE_CHECKING:
    from dashboard.filters import Filter
    from dashboard.source import Row, Source

#: How an agent can spend the time logged in: columns of `ozonetel__agent_days`.
ACTIVITIES = ("busy_seconds", "dial_seconds", "wrapup_seconds", "idle_seconds", "pause_seconds")

_CALLS = f"""
select
    answered_agent_id as agent_id,
    max(answered_agent_name) as agent_name,
    count(*) as answered,
    sum(talk_seconds) as talk_seconds,
    sum(handling_seconds) as handling_seconds,
    sum(wrapup_seconds) as wrapup_seconds,
    1.0 * sum(handling_seconds) / nullif(count(handling_seconds), 0) as average_handling_seconds
from ozonetel__calls
where {CALLS} and outcome = 'answered' and answered_agent_id is not null
group by answered_agent_id
"""
_AGENTS = f"{_CALLS} order by answered desc, agent_name, agent_id"
_AGENTS_WITH_OCCUPANCY = f"""
with calls as ({_CALLS}),

days as (

    select
        agent_id,
        max(agent_name) as agent_name,
        sum(login_seconds) as login_seconds,
        1.0 * sum(busy_seconds + dial_seconds + wrapup_seconds)
            / nullif(sum(login_seconds - pause_seconds), 0) as occupancy
    from ozonetel__agent_days
    where {DAYS}
    group by agent_id

)

select
    coalesce(calls.agent_id, days.agent_id) as agent_id,
    coalesce(calls.agent_name, days.agent_name) as agent_name,
    coalesce(calls.answered, 0) as answered,
    calls.talk_seconds,
    calls.handling_seconds,
    calls.wrapup_seconds,
    calls.average_handling_seconds,
    days.login_seconds,
    days.occupancy
from calls
full outer join days on calls.agent_id = days.agent_id
where coalesce(calls.answered, days.login_seconds) is not null
order by answered desc, agent_name, agent_id
"""
_ACTIVITIES = f"""
select agent_id, max(agent_name) as agent_name, {", ".join(f"sum({c}) as {c}" for c in ACTIVITIES)}
from ozonetel__agent_days
where {DAYS} and login_seconds > 0
group by agent_id
order by sum(login_seconds) desc, agent_id
limit 30
"""


def read_agents(source: Source, chosen: Filter, *, has_agent_days: bool) -> list[Row]:
    """Return the measures of each agent, those with most calls first.

    Args:
        source: The open database.
        chosen: The calls. The time logged in is of all calls of the days.
        has_agent_days: Whether to add the time logged in and the occupancy.
    """
    sql = _AGENTS_WITH_OCCUPANCY if has_agent_days else _AGENTS
    return source.query(sql, chosen.parameters())


def read_activities(source: Source, chosen: Filter) -> list[Row]:
    """Return the seconds of each activity by agent, for the agents who were logged in longest."""
    return source.query(_ACTIVITIES, chosen.parameters())
