"""The page of agents."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import duckdb
import pytest

from benchmarks.models import LAST_DAY
from tests.helpers.dashboard import Dashboard, message, open_page

if TYPE_CHECKING:
    from pathlib import Path

FIRST_DAY = LAST_DAY - dt.timedelta(days=6)
COLUMNS = {
    "Answered calls": "count(*)",
    "Talk time": "sum(talk_seconds)",
    "Handling time": "sum(handling_seconds)",
    "Average handling time": "avg(handling_seconds)",
    "Wrap-up time": "sum(wrapup_seconds)",
}


@pytest.mark.parametrize("direction", [None, "inbound"])
def test_the_table_is_that_of_the_calls(dashboard: Dashboard, direction: str | None) -> None:
    app = open_page("agents", direction=direction and direction.title())
    frame = app.dataframe[0].value
    condition = f"direction = '{direction}'" if direction else "true"
    expected = dashboard.query(
        f"""
        select
            max(answered_agent_name) || ' (' || answered_agent_id || ')',
            {", ".join(COLUMNS.values())}
        from analytics.ozonetel__calls
        where call_date between '{FIRST_DAY}' and '{LAST_DAY}' and outcome = 'answered'
            and {condition}
        group by answered_agent_id order by count(*) desc, max(answered_agent_name)
        """
    )
    found = list(frame[["Agent", *COLUMNS]].itertuples(index=False, name=None))
    assert found == [
        (name, *(pytest.approx(float(value)) for value in values)) for name, *values in expected
    ]
    assert len(found) == 12


def test_occupancy_is_that_of_the_days(dashboard: Dashboard) -> None:
    frame = open_page("agents").dataframe[0].value
    expected = dashboard.query(
        f"""
        select
            max(agent_name) || ' (' || agent_id || ')',
            sum(login_seconds),
            sum(busy_seconds + dial_seconds + wrapup_seconds) / sum(login_seconds - pause_seconds)
        from analytics.ozonetel__agent_days
        where call_date between '{FIRST_DAY}' and '{LAST_DAY}' group by agent_id
        """
    )
    found = frame[["Agent", "Logged in", "Occupancy"]].itertuples(index=False, name=None)
    assert sorted(found) == sorted(
        (name, float(login), pytest.approx(occupancy)) for name, login, occupancy in expected
    )


def test_one_day_has_the_occupancy_of_the_model(dashboard: Dashboard) -> None:
    frame = open_page("agents", days=(LAST_DAY, LAST_DAY)).dataframe[0].value
    expected = dashboard.query(
        f"select occupancy from analytics.ozonetel__agent_days where call_date = '{LAST_DAY}'"
    )
    assert sorted(frame["Occupancy"]) == pytest.approx(sorted(value for (value,) in expected))


def test_durations_are_formatted_and_sorted_as_numbers(dashboard: Dashboard) -> None:
    assert dashboard.models.exists()
    table = open_page("agents").dataframe[0]
    assert table.value["Talk time"].dtype == float
    shown = table.proto.arrow_data.styler.display_values
    assert b" h " in shown
    assert b" min" in shown


def test_without_the_summary_of_agents(changed_models: Path) -> None:
    with duckdb.connect(str(changed_models)) as connection:
        connection.execute("drop table analytics.ozonetel__agent_days")
    app = open_page("agents")
    assert list(app.dataframe[0].value.columns) == ["Agent", *COLUMNS]
    assert "set the dbt variable `ozonetel_agent_summary` to `true`" in app.info[0].value


def test_an_agent_without_calls_is_listed(changed_models: Path) -> None:
    with duckdb.connect(str(changed_models)) as connection:
        connection.execute(
            """
            insert into analytics.ozonetel__agent_days by name
            select 'agent99' as agent_id, 'Nobody Called' as agent_name, $1::date as call_date,
                3600 as login_seconds, 0 as busy_seconds, 0 as dial_seconds, 3600 as idle_seconds,
                0 as pause_seconds, 0 as wrapup_seconds
            """,
            [LAST_DAY],
        )
    row = open_page("agents").dataframe[0].value.iloc[-1]
    assert (row["Agent"], row["Answered calls"]) == ("Nobody Called (agent99)", 0)
    assert row["Occupancy"] == 0


def test_nobody_answered(changed_models: Path) -> None:
    with duckdb.connect(str(changed_models)) as connection:
        connection.execute("delete from analytics.ozonetel__agent_days")
        connection.execute("update analytics.ozonetel__calls set answered_agent_id = null")
    assert message(open_page("agents")).startswith("No agent answered a call with this filter")


def test_nobody_was_logged_in(changed_models: Path) -> None:
    with duckdb.connect(str(changed_models)) as connection:
        connection.execute("delete from analytics.ozonetel__agent_days")
    app = open_page("agents")
    assert app.info[0].value.startswith("No agent was logged in from ")
