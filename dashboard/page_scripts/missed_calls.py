"""The missed calls: whom to call back, and how many customers were reached."""

from __future__ import annotations

import csv
import io
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import charts
from dashboard.definitions import definition
from dashboard.formatting import escape_formula, format_count, format_duration, format_share
from dashboard.masking import mask
from dashboard.queries import missed_calls
from dashboard.source import open_source
from dashboard.view import VIEW

if TYPE_CHECKING:
    from dashboard.filters import Filter
    from dashboard.settings import Settings
    from dashboard.source import Row, Source
    from dashboard.view import View

_MART = "ozonetel__missed_calls"
_MAX_CUSTOMERS = 500
#: The columns of the list and of the CSV file, and their headings on the page.
_COLUMNS = {
    "customer": "Customer",
    "open_since": "Open since",
    "last_missed_at": "Last missed call",
    "missed_calls": "Missed calls",
    "callback_attempts": "Attempts",
    "campaign_name": "Campaign",
}
_REACHED_BY = {"callback": charts.BLUE, "customer": charts.ORANGE}


def show(view: View) -> None:
    """Show the page.

    Args:
        view: What to show.
    """
    if view.chosen.direction == "outbound":
        st.info(
            "The filter shows outbound calls only. Missed calls are inbound: choose All or Inbound."
        )
        return
    totals = missed_calls.read_totals(view.source, view.chosen)
    if not totals["missed_calls"]:
        st.info(f"No missed calls match this filter: {view.chosen}. Choose more days.")
        return
    _show_tiles(totals)
    _show_customers(view, totals["customers"])
    _show_reached(view)


def _show_tiles(totals: Row) -> None:
    missed, reached = totals["missed_calls"], totals["reached"]
    tiles = (
        ("Missed calls", format_count(missed), definition("ozonetel__days", "unanswered")),
        (
            "Customers to call back",
            format_count(totals["customers"]),
            definition(_MART, "is_latest"),
        ),
        (
            "Reached since",
            f"{format_count(reached)} ({format_share(reached / missed)})",
            definition(_MART, "reached_at"),
        ),
        (
            "Median time until reached",
            format_duration(totals["median_seconds_to_reach"]),
            definition(_MART, "seconds_to_reach"),
        ),
    )
    for columns in (tiles[:2], tiles[2:]):
        for column, (label, value, sentence) in zip(st.columns(2), columns, strict=True):
            column.metric(label, value, help=sentence, border=True)


def _show_customers(view: View, customers: int) -> None:
    st.subheader("Customers to call back", help=definition(_MART, "is_latest"))
    if not customers:
        st.success("All customers have been reached.")
        return
    rows = _customers(view.source, view.chosen, view.settings, _MAX_CUSTOMERS)
    frame = pd.DataFrame([{_COLUMNS[name]: row[name] for name in _COLUMNS} for row in rows])
    st.dataframe(
        frame,
        hide_index=True,
        column_config={
            _COLUMNS["open_since"]: st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm"),
            _COLUMNS["last_missed_at"]: st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm"),
            _COLUMNS["callback_attempts"]: st.column_config.NumberColumn(
                help=definition(_MART, "callback_attempts")
            ),
        },
    )
    if customers > _MAX_CUSTOMERS:
        st.caption(
            f"The first {_MAX_CUSTOMERS} of {customers:,} customers. The CSV file has all of them."
        )
    st.download_button(
        "Download as CSV",
        partial(_csv, view.settings, view.chosen),
        file_name=f"customers-to-call-back-{view.chosen.first}-{view.chosen.last}.csv",
        mime="text/csv",
        on_click="ignore",
    )


def _customers(source: Source, chosen: Filter, settings: Settings, limit: int | None) -> list[Row]:
    """Return the customers, with their number as it is shown in `customer`."""
    rows = missed_calls.read_customers(source, chosen, limit)
    numbers = [row.pop("customer_key") for row in rows]
    shown = [number or "" if settings.show_numbers else mask(number) for number in numbers]
    return [{"customer": number, **row} for number, row in zip(shown, rows, strict=True)]


def _csv(settings: Settings, chosen: Filter) -> str:
    """Return all customers. Streamlit calls it after a click, when the page's source is closed."""
    file = io.StringIO()
    writer = csv.DictWriter(file, _COLUMNS)
    writer.writeheader()
    with open_source(settings) as source:
        for row in _customers(source, chosen, settings, limit=None):
            writer.writerow({name: escape_formula(row[name]) for name in _COLUMNS})
    return file.getvalue()


def _show_reached(view: View) -> None:
    rows = missed_calls.read_spans(view.source, view.chosen)
    st.subheader("How long it took to reach the customers", help=definition(_MART, "reached_by"))
    if not rows:
        st.info("No customer has been reached yet.")
        return
    counts: dict[int, Row] = {
        span: {"reached": name, **dict.fromkeys(_REACHED_BY, 0)}
        for span, name in enumerate(missed_calls.SPANS)
    }
    for row in rows:
        counts[row["span"]][row["reached_by"]] = row["calls"]
    charts.show_stacked_bars(
        list(counts.values()),
        "reached",
        _REACHED_BY,
        "Reached calls by time and by who called",
        "missed calls",
    )


show(VIEW.get())
