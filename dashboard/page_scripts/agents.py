"""The agents: their calls, and how they spent the time logged in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import charts
from dashboard.definitions import AGENT_DAYS, definition
from dashboard.formatting import format_count, format_duration, format_share
from dashboard.queries import agents
from dashboard.view import VIEW

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboard.source import Row
    from dashboard.view import View

_CALLS = "ozonetel__calls"
#: The columns of the table: heading, how a value is formatted, and the definition.
_COLUMNS: dict[str, tuple[str, Callable[[float | None], str], str]] = {
    "answered": ("Answered calls", format_count, definition(AGENT_DAYS, "answered")),
    "occupancy": ("Occupancy", format_share, definition(AGENT_DAYS, "occupancy")),
    "talk_seconds": ("Talk time", format_duration, definition(_CALLS, "talk_seconds")),
    "handling_seconds": ("Handling time", format_duration, definition(_CALLS, "handling_seconds")),
    "average_handling_seconds": (
        "Average handling time",
        format_duration,
        definition("ozonetel__days", "average_handling_seconds"),
    ),
    "wrapup_seconds": ("Wrap-up time", format_duration, definition(_CALLS, "wrapup_seconds")),
    "login_seconds": ("Logged in", format_duration, definition(AGENT_DAYS, "login_seconds")),
}
_ACTIVITIES = {
    "in calls": ("busy_seconds", charts.BLUE),
    "dialing": ("dial_seconds", charts.SKY),
    "wrap-up": ("wrapup_seconds", charts.GREEN),
    "idle": ("idle_seconds", charts.GRAY),
    "paused": ("pause_seconds", charts.ORANGE),
}
_HOUR = 3600


def show(view: View) -> None:
    """Show the page.

    Args:
        view: What to show.
    """
    rows = agents.read_agents(view.source, view.chosen, has_agent_days=view.has_agent_days)
    if not rows:
        st.info(f"No agent answered a call with this filter: {view.chosen}. Choose more days.")
        return
    _show_table(rows)
    st.subheader("How the agents spent their days")
    if not view.has_agent_days:
        st.info(
            "Occupancy and the time logged in need the stream `agent_summary`: select it in the "
            "tap, set the dbt variable `ozonetel_agent_summary` to `true`, and run `dbt build`."
        )
        return
    st.caption("Time logged in covers all calls of these days, of any direction and campaign.")
    activities = agents.read_activities(view.source, view.chosen)
    if not activities:
        st.info(f"No agent was logged in from {view.chosen.first} to {view.chosen.last}.")
        return
    charts.show_stacked_bars(
        [_hours(row) for row in activities],
        "agent",
        {name: color for name, (_, color) in _ACTIVITIES.items()},
        "Hours of each agent by activity",
        "hours",
    )


def _show_table(rows: list[Row]) -> None:
    columns = {name: column for name, column in _COLUMNS.items() if name in rows[0]}
    frame = pd.DataFrame(
        [
            {"Agent": _label(row)}
            | {heading: row[name] for name, (heading, _, _) in columns.items()}
            for row in rows
        ]
    )
    # A style keeps the values, so that the table sorts durations as numbers.
    formats = {heading: format_value for heading, format_value, _ in columns.values()}
    st.dataframe(
        frame.astype(dict.fromkeys(formats, float)).style.format(
            {heading: _or_nothing(format_value) for heading, format_value in formats.items()}
        ),
        hide_index=True,
        column_config={
            heading: st.column_config.Column(help=sentence)
            for heading, _, sentence in columns.values()
        },
    )


def _or_nothing(format_value: Callable[[float | None], str]) -> Callable[[float], str]:
    return lambda value: format_value(None if pd.isna(value) else value)


def _hours(row: Row) -> Row:
    hours = {name: (row[column] or 0) / _HOUR for name, (column, _) in _ACTIVITIES.items()}
    return {"agent": _label(row), **hours}


def _label(row: Row) -> str:
    """Return the name with the ID, because two agents may have one name."""
    name, identifier = row["agent_name"], str(row["agent_id"])
    return f"{name} ({identifier})" if name and name != identifier else identifier


show(VIEW.get())
