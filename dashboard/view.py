"""What a page shows: the database, the filter and the settings of the run of the script."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dashboard.filters import Filter
    from dashboard.settings import Settings
    from dashboard.source import Source


@dataclass(frozen=True, slots=True)
class View:
    """What a page shows.

    Attributes:
        source: The open database.
        chosen: The filter.
        settings: Where the models are, and how phone numbers are shown.
        has_agent_days: Whether there is a model of the agents' days.
    """

    source: Source
    chosen: Filter
    settings: Settings
    has_agent_days: bool


#: Set by `app.py` before it runs a page, which Streamlit gives no arguments.
VIEW: ContextVar[View] = ContextVar("view")
