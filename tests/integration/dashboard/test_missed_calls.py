"""The page of missed calls: the list to call back, its download, and the masks."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import streamlit as st

from benchmarks.models import LAST_DAY
from dashboard import formatting
from tests.helpers.dashboard import Dashboard, message, open_page, tiles

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

FIRST_DAY = LAST_DAY - dt.timedelta(days=6)
CHOSEN = f"call_date between '{FIRST_DAY}' and '{LAST_DAY}'"
ALL_DAYS = (dt.date(2026, 2, 14), LAST_DAY)


@dataclass
class Downloads:
    """What the button of a page downloads."""

    files: list[Callable[[], str]]

    def rows(self) -> list[dict[str, str]]:
        return list(csv.DictReader(self.files[-1]().splitlines()))


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> Downloads:
    """The files of the buttons: the test framework has no download button."""
    found = Downloads([])

    def add(label: str, data: Callable[[], str], **_: object) -> None:
        assert label == "Download as CSV"
        found.files.append(data)

    monkeypatch.setattr(st, "download_button", add)
    return found


def customers(app: AppTest) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = app.dataframe[0].value.to_dict("records")
    return rows


def test_tiles_are_those_of_the_model(dashboard: Dashboard) -> None:
    ((missed, open_, reached, median),) = dashboard.query(
        f"""
        select
            count(*), count(*) filter (where is_latest), count(reached_at), median(seconds_to_reach)
        from analytics.ozonetel__missed_calls where {CHOSEN}
        """
    )
    assert tiles(open_page("missed_calls")) == {
        "Missed calls": formatting.format_count(missed),
        "Customers to call back": formatting.format_count(open_),
        "Reached since": f"{reached} ({reached / missed:.1%})",
        "Median time until reached": formatting.format_duration(median),
    }
    assert reached


def test_each_customer_is_listed_once(dashboard: Dashboard) -> None:
    keys = dashboard.query(
        f"""
        select customer_key, missed_at from analytics.ozonetel__missed_calls
        where {CHOSEN} and is_latest
        """
    )
    rows = customers(open_page("missed_calls"))
    assert sorted(row["Last missed call"] for row in rows) == sorted(at for _, at in keys)
    since = [row["Open since"] for row in rows]
    assert since == sorted(since)
    masks = sorted(f"•••{key[-3:]}" if key else "" for key, _ in keys)
    assert sorted(row["Customer"] for row in rows) == masks
    assert "" in masks


def test_the_list_is_open_since_the_first_unanswered_call(changed_models: Path) -> None:
    # Per customer: minutes of missed calls, and when the customer was reached after which of them.
    missed: list[tuple[int, str, int, int | None, int]] = [
        # id, customer, missed at, reached at, attempts
        (0, "+919000000111", 2, None, 5),  # Reached later than `ozonetel_reach_days`.
        (1, "+919000000111", 10, 20, 1),
        (2, "+919000000111", 30, None, 2),
        (3, "+919000000111", 50, None, 1),
        (4, "+919000000222", 40, None, 0),
        (5, "+919000000333", 5, None, 3),
        (6, "+919000000333", 15, 25, 0),
    ]
    latest = {3, 4}
    midnight = dt.datetime.combine(LAST_DAY, dt.time())
    with duckdb.connect(str(changed_models)) as connection:
        connection.execute("delete from analytics.ozonetel__missed_calls")
        for call, customer, at, reached, attempts in missed:
            connection.execute(
                """
                insert into analytics.ozonetel__missed_calls by name
                select $call as call_id, $day as call_date, $at as missed_at,
                    $customer as customer_key, 'Support' as campaign_name,
                    'unanswered' as outcome, false as is_short,
                    $attempts as callback_attempts, $reached as reached_at,
                    $reached is null as is_open, $latest as is_latest
                """,
                {
                    "call": call,
                    "day": LAST_DAY,
                    "at": midnight + dt.timedelta(minutes=at),
                    "customer": customer,
                    "attempts": attempts,
                    "reached": reached and midnight + dt.timedelta(minutes=reached),
                    "latest": call in latest,
                },
            )
    rows = customers(open_page("missed_calls"))
    assert [
        (row["Customer"], row["Open since"].minute, row["Last missed call"].minute) for row in rows
    ] == [("•••111", 30, 50), ("•••222", 40, 40)]
    assert [(row["Missed calls"], row["Attempts"]) for row in rows] == [(2, 2), (1, 0)]


def test_the_file_has_all_customers_with_masks(dashboard: Dashboard, downloads: Downloads) -> None:
    expected = dashboard.value(
        "select count(*) from analytics.ozonetel__missed_calls where is_latest"
    )
    page = customers(open_page("missed_calls", ALL_DAYS))
    rows = downloads.rows()
    assert len(rows) == expected
    assert [row["customer"] for row in rows][: len(page)] == [row["Customer"] for row in page]
    assert not any("+91" in value for row in rows for value in row.values())
    assert list(rows[0]) == [
        *("customer", "open_since", "last_missed_at", "missed_calls"),
        *("callback_attempts", "campaign_name"),
    ]


def test_a_long_list_ends_with_a_sentence(
    dashboard: Dashboard, downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The limit is a constant of a script that runs anew each time.
    rows = [{"customer_key": None, "open_since": None, "last_missed_at": None, "missed_calls": 1}]
    rows[0] |= {"callback_attempts": 0, "campaign_name": None}
    limits: list[int | None] = []

    def read(_source: object, _chosen: object, limit: int | None) -> list[dict[str, Any]]:
        limits.append(limit)
        return [dict(rows[0]) for _ in range(limit or 600)]

    def read_totals(_source: object, _chosen: object) -> dict[str, Any]:
        totals = {"missed_calls": 600, "reached": 0, "customers": 600}
        return {**totals, "median_seconds_to_reach": None}

    assert dashboard.models.exists()
    monkeypatch.setattr("dashboard.queries.missed_calls.read_customers", read)
    monkeypatch.setattr("dashboard.queries.missed_calls.read_totals", read_totals)
    app = open_page("missed_calls")
    assert len(customers(app)) == 500
    assert app.caption[-1].value == "The first 500 of 600 customers. The CSV file has all of them."
    assert len(downloads.rows()) == 600
    assert limits == [500, None]


def test_numbers_are_shown_on_request(
    dashboard: Dashboard, downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASHBOARD_SHOW_NUMBERS", "true")
    rows = customers(open_page("missed_calls"))
    keys = dashboard.query(
        f"select customer_key from analytics.ozonetel__missed_calls where {CHOSEN} and is_latest"
    )
    assert {row["Customer"] for row in rows} == {key or "" for (key,) in keys}
    assert {row["customer"] for row in downloads.rows()} == {row["Customer"] for row in rows}


@pytest.mark.parametrize(
    ("number", "cell"),
    [("=1+2", "'=1+2"), ("+1-2", "'+1-2"), ("@7", "'@7"), ("+919000000001", "+919000000001")],
)
def test_a_spreadsheet_computes_no_number(
    changed_models: Path,
    downloads: Downloads,
    monkeypatch: pytest.MonkeyPatch,
    number: str,
    cell: str,
) -> None:
    monkeypatch.setenv("DASHBOARD_SHOW_NUMBERS", "true")
    with duckdb.connect(str(changed_models)) as connection:
        connection.execute("update analytics.ozonetel__missed_calls set customer_key = ?", [number])
    open_page("missed_calls", (dt.date(2026, 1, 1), LAST_DAY))
    assert {row["customer"] for row in downloads.rows()} == {cell}


def test_outbound_calls_are_not_missed(dashboard: Dashboard) -> None:
    assert dashboard.models.exists()
    app = open_page("missed_calls", direction="Outbound")
    assert message(app).endswith("Missed calls are inbound: choose All or Inbound.")


def test_no_missed_calls(changed_models: Path) -> None:
    with duckdb.connect(str(changed_models)) as connection:
        connection.execute("delete from analytics.ozonetel__missed_calls")
    assert message(open_page("missed_calls")).startswith("No missed calls match this filter")


def test_everybody_was_reached(changed_models: Path) -> None:
    with duckdb.connect(str(changed_models)) as connection:
        connection.execute("update analytics.ozonetel__missed_calls set is_latest = false")
    app = open_page("missed_calls")
    assert app.success[0].value == "All customers have been reached."
    assert not app.dataframe
