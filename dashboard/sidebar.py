"""The filter of days, direction and campaign, which stays from page to page."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.filters import Filter

if TYPE_CHECKING:
    from dashboard.queries.conditions import Choices

_DEFAULT_DAYS = 7
_ALL_CAMPAIGNS = "All campaigns"
_DIRECTIONS = {"All": None, "Inbound": "inbound", "Outbound": "outbound"}


def choose(choices: Choices) -> Filter:
    """Show the filter, and return what is chosen.

    Args:
        choices: What the filter can be set to.
    """
    with st.sidebar:
        first, last = _choose_days(choices)
        direction = st.radio("Direction", _DIRECTIONS, horizontal=True, key="direction")
        campaign = st.selectbox(
            "Campaign",
            [None, *choices.campaigns],
            key="campaign",
            format_func=lambda name: name or _ALL_CAMPAIGNS,
        )
    return Filter(first, last, _DIRECTIONS[direction], campaign)


def _choose_days(choices: Choices) -> tuple[dt.date, dt.date]:
    first = max(choices.first, choices.last - dt.timedelta(days=_DEFAULT_DAYS - 1))
    days = st.date_input(
        "Days",
        (first, choices.last),
        min_value=choices.first,
        max_value=choices.last,
        format="YYYY-MM-DD",
        key="days",
        help="The first and the last day.",
    )
    # There is no last day while the first one is chosen, and none at all in an empty field.
    return (days[0], days[-1]) if days else (first, choices.last)
