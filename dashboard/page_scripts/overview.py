"""The overview: tiles with the change to the period before, and where the calls are."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import charts, formatting
from dashboard.definitions import definition
from dashboard.queries import overview
from dashboard.view import VIEW

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from dashboard.filters import Filter
    from dashboard.source import Row
    from dashboard.view import View

_OUTCOMES = {
    "answered": charts.BLUE,
    "abandoned": charts.VERMILION,
    "unanswered": charts.ORANGE,
    "in progress": charts.GRAY,
}
_COLUMNS = 3

#: A tile: the measure of `ozonetel__days`, its label, the formats of the value and of its change,
#: and whether more is better.
_Tile = tuple[
    str,
    str,
    "Callable[[float | None], str]",
    "Callable[[float | None, float | None], str | None]",
    "Literal['normal', 'inverse', 'off']",
]
_count = (formatting.format_count, formatting.change_of_count)
_share = (formatting.format_share, formatting.change_of_share)
_duration = (formatting.format_duration, formatting.change_of_duration)
_TILES: tuple[_Tile, ...] = (
    ("calls", "Calls", *_count, "off"),
    ("answered", "Answered", *_count, "normal"),
    ("abandoned", "Abandoned", *_count, "inverse"),
    ("service_level", "Service level", *_share, "normal"),
    ("average_speed_of_answer_seconds", "Average speed of answer", *_duration, "inverse"),
    ("average_handling_seconds", "Average handling time", *_duration, "off"),
)


def show(view: View) -> None:
    """Show the page.

    Args:
        view: What to show.
    """
    totals = overview.read_totals(view.source, view.chosen)
    if not totals["calls"]:
        st.info(f"No calls match this filter: {view.chosen}. Choose more days, or all calls.")
        return
    _show_tiles(totals, overview.read_totals(view.source, view.chosen.before()), view.chosen.days)
    st.caption("Service level and average speed of answer refer to inbound calls.")
    _show_charts(view)


def _show_charts(view: View) -> None:
    outcomes = definition("ozonetel__calls", "outcome")
    st.subheader("Calls and outcomes by day", help=outcomes)
    days = _with_empty_days(overview.read_days(view.source, view.chosen), view.chosen)
    charts.show_stacked_columns(days, "call_date", _OUTCOMES, "Calls by day and outcome")
    left, right = st.columns(2)
    with left:
        st.subheader("Calls by weekday and hour")
        hours = overview.read_hours(view.source, view.chosen)
        charts.show_heat_map(hours, "Calls by weekday and hour of their start")
    with right:
        st.subheader("Outcomes by campaign", help=outcomes)
        campaigns = _named(overview.read_campaigns(view.source, view.chosen), "campaign_name")
        charts.show_stacked_bars(
            campaigns, "campaign_name", _OUTCOMES, "Calls by campaign and outcome"
        )
    st.subheader("Dispositions", help=definition("ozonetel__calls", "disposition"))
    dispositions = _named(overview.read_dispositions(view.source, view.chosen), "disposition")
    charts.show_bars(dispositions, "disposition", "calls", "Calls by disposition")


def _show_tiles(now: Row, before: Row, days: int) -> None:
    period = "vs. prior day" if days == 1 else f"vs. prior {days} days"
    for start in range(0, len(_TILES), _COLUMNS):
        for column, tile in zip(st.columns(_COLUMNS), _TILES[start:], strict=False):
            name, label, format_value, format_change, color = tile
            change = format_change(now[name], before[name])
            column.metric(
                label,
                format_value(now[name]),
                change,
                delta_color=color,
                delta_description=period if change else None,
                help=definition("ozonetel__days", name),
                border=True,
            )


def _with_empty_days(rows: list[Row], chosen: Filter) -> list[Row]:
    """Add the days without calls, of which the chart would have no column."""
    found = {row["call_date"]: row for row in rows}
    days = [chosen.first + dt.timedelta(days=number) for number in range(chosen.days)]
    return [found.get(day, {"call_date": day, **dict.fromkeys(_OUTCOMES, 0)}) for day in days]


def _named(rows: list[Row], column: str) -> list[Row]:
    return [{**row, column: row[column] or "(none)"} for row in rows]


show(VIEW.get())
