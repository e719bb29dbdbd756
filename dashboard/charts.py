"""The charts, in colors that also differ for the color-blind, on a light and on a dark page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd
import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashboard.source import Row

# From the palette of Okabe and Ito, https://jfly.uni-koeln.de/color/.
BLUE, VERMILION, ORANGE = "#0072B2", "#D55E00", "#E69F00"
GREEN, SKY, PURPLE, GRAY = "#009E73", "#56B4E9", "#CC79A7", "#999999"

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOURS = 24
_HEIGHT = 320
_BAR_HEIGHT = 28
#: The axis, and the legend below it.
_AXIS_HEIGHT, _LEGEND_HEIGHT = 60, 100
_MAX_LABEL_PIXELS = 130


def show_stacked_columns(
    rows: Sequence[Row], day: str, colors: Mapping[str, str], alt_text: str
) -> None:
    """Show a column for each day, divided into counts.

    Args:
        rows: The counts of each day by name.
        day: The name of the day in the rows.
        colors: The colors of the counts, in their order from the bottom.
        alt_text: The chart in words, for those who cannot see it.
    """
    chart = _stack(rows, day, colors).encode(
        x=alt.X(
            "yearmonthdate(group):O",
            title=None,
            axis=alt.Axis(format="%d %b", labelAngle=0, labelOverlap=True),
        ),
        y=alt.Y("value:Q", title="calls", axis=alt.Axis(tickMinStep=1)),
    )
    _show(chart.properties(height=_HEIGHT), alt_text)


def show_stacked_bars(
    rows: Sequence[Row], group: str, colors: Mapping[str, str], alt_text: str, unit: str = "calls"
) -> None:
    """Show a horizontal bar for each group, divided into values, in the order of the rows.

    Args:
        rows: The values of each group by name.
        group: The name of the group in the rows.
        colors: The colors of the values, in their order from the left.
        alt_text: The chart in words.
        unit: The unit of the values.
    """
    chart = _stack(rows, group, colors).encode(
        y=alt.Y(
            "group:N",
            title=None,
            sort=None,
            axis=alt.Axis(labelLimit=_MAX_LABEL_PIXELS, labelOverlap=False),
        ),
        x=alt.X("value:Q", title=unit, axis=alt.Axis(tickMinStep=1)),
    )
    height = _AXIS_HEIGHT + _LEGEND_HEIGHT + _BAR_HEIGHT * len(rows)
    _show(chart.properties(height=height), alt_text)


def show_bars(rows: Sequence[Row], group: str, value: str, alt_text: str) -> None:
    """Show a horizontal bar for each row.

    Args:
        rows: The rows.
        group: The name of the label in a row.
        value: The name of the number of calls in a row.
        alt_text: The chart in words.
    """
    chart = (
        alt.Chart(pd.DataFrame([{"group": row[group], "value": row[value]} for row in rows]))
        .mark_bar(color=BLUE)
        .encode(
            y=alt.Y(
                "group:N",
                title=None,
                sort=None,
                axis=alt.Axis(labelLimit=_MAX_LABEL_PIXELS, labelOverlap=False),
            ),
            x=alt.X("value:Q", title="calls", axis=alt.Axis(tickMinStep=1)),
            tooltip=[
                alt.Tooltip("group:N", title=group),
                alt.Tooltip("value:Q", title="calls", format=","),
            ],
        )
    )
    _show(chart.properties(height=_AXIS_HEIGHT + _BAR_HEIGHT * len(rows)), alt_text)


def show_heat_map(rows: Sequence[Row], alt_text: str) -> None:
    """Show the number of calls by weekday and hour.

    Args:
        rows: The `weekday`, 1 for Monday, the `hour`, and the number of `calls`.
        alt_text: The chart in words.
    """
    counts = {(row["weekday"], row["hour"]): row["calls"] for row in rows}
    data = pd.DataFrame(
        [
            {"weekday": name, "hour": hour, "calls": counts.get((weekday, hour), 0)}
            for weekday, name in enumerate(_WEEKDAYS, start=1)
            for hour in range(_HOURS)
        ]
    )
    chart = (
        alt.Chart(data)
        .mark_rect()
        .encode(
            x=alt.X(
                "hour:O",
                title="hour",
                axis=alt.Axis(labelAngle=0, labelOverlap=True),
            ),
            y=alt.Y("weekday:O", title=None, sort=_WEEKDAYS, axis=alt.Axis(labelOverlap=False)),
            color=alt.Color(
                "calls:Q",
                title="calls",
                scale=alt.Scale(scheme="viridis"),
                legend=alt.Legend(orient="bottom", tickCount=4, tickMinStep=1),
            ),
            tooltip=["weekday:O", "hour:O", alt.Tooltip("calls:Q", format=",")],
        )
    )
    _show(chart.properties(height=_HEIGHT), alt_text)


def _stack(rows: Sequence[Row], group: str, colors: Mapping[str, str]) -> alt.Chart:
    """Return bars divided into the values of the names, without the axes."""
    values = [
        {"group": row[group], "name": name, "value": row[name] or 0, "position": position}
        for row in rows
        for position, name in enumerate(colors)
    ]
    chart: alt.Chart = (
        alt.Chart(pd.DataFrame(values))
        .mark_bar()
        .encode(
            color=alt.Color(
                "name:N",
                title=None,
                scale=alt.Scale(domain=list(colors), range=list(colors.values())),
                legend=alt.Legend(orient="bottom", columns=2),
            ),
            order=alt.Order("position:Q"),
            tooltip=[
                alt.Tooltip("group", title=group.replace("_", " ")),
                alt.Tooltip("name:N", title=" "),
                alt.Tooltip("value:Q", title="value", format=",.4~f"),
            ],
        )
    )
    return chart


def _show(chart: alt.Chart, alt_text: str) -> None:
    st.altair_chart(chart, width="stretch", alt=alt_text)
