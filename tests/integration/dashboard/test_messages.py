"""What is missing is said in a sentence with the next step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from dashboard.definitions import AGENT_DAYS, read_marts
from tests.helpers.dashboard import PAGES, Dashboard, hide_settings, message, open_page, url_of

if TYPE_CHECKING:
    from pathlib import Path


def test_no_file_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hide_settings(monkeypatch)
    file = tmp_path / "models.duckdb"
    monkeypatch.setenv("DASHBOARD_URL", url_of(file))
    shown = message(open_page())
    assert shown.startswith(f"There is no file {file}. Run `uv run poe demo`")
    assert not file.exists()


def test_an_invalid_setting(dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    assert dashboard.models.exists()
    monkeypatch.setenv("DASHBOARD_SHOW_NUMBERS", "maybe")
    assert message(open_page()) == "DASHBOARD_SHOW_NUMBERS must be true or false."


def test_another_kind_of_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hide_settings(monkeypatch)
    file = tmp_path / "models.duckdb"
    file.write_text("not a database")
    monkeypatch.setenv("DASHBOARD_URL", url_of(file))
    assert message(open_page()) == (
        f"{file} cannot be opened. It is not a DuckDB 2 file. "
        "Build the models again with `dbt build`."
    )


def test_models_that_are_not_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hide_settings(monkeypatch)
    file = tmp_path / "models.duckdb"
    monkeypatch.setenv("DASHBOARD_URL", url_of(file))
    with duckdb.connect(str(file)) as connection:
        connection.execute("create table unrelated as select 1 as a")
    assert message(open_page()).startswith("There is no schema analytics.")
    monkeypatch.setenv("DASHBOARD_SCHEMA", "main")
    assert message(open_page()).startswith("The schema main has no models, or none that")


def test_another_schema(changed_models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with duckdb.connect(str(changed_models)) as connection:
        connection.execute('create schema "My ""models"""')
        for mart in read_marts():
            connection.execute(f'create table "My ""models""".{mart} as from analytics.{mart}')
        connection.execute("drop schema analytics cascade")
    monkeypatch.setenv("DASHBOARD_SCHEMA", 'My "models"')
    assert open_page().metric


@pytest.mark.parametrize("page", PAGES)
def test_a_missing_table(changed_models: Path, page: str) -> None:
    with duckdb.connect(str(changed_models)) as connection:
        connection.execute("drop table analytics.ozonetel__missed_calls")
    assert message(open_page(page)).startswith(
        "The schema analytics has no table ozonetel__missed_calls. An older version of the dbt "
        "package built the models. Update the dbt package"
    )


@pytest.mark.parametrize("mart", ["ozonetel__days", AGENT_DAYS])
def test_a_missing_column(changed_models: Path, mart: str) -> None:
    with duckdb.connect(str(changed_models)) as connection:
        connection.execute(f"alter table analytics.{mart} drop column handled")
    assert message(open_page()).startswith(
        f"The table analytics.{mart} has no column handled. An older version of the dbt package "
        "built it."
    )


def test_models_without_calls(changed_models: Path) -> None:
    with duckdb.connect(str(changed_models)) as connection:
        connection.execute("delete from analytics.ozonetel__days")
    assert message(open_page()) == "The models have no calls yet. Run the tap, then `dbt build`."


def test_a_query_that_fails(changed_models: Path) -> None:
    with duckdb.connect(str(changed_models)) as connection:
        connection.execute("alter table analytics.ozonetel__days alter column calls type varchar")
    assert message(open_page()).startswith("The database stopped a query. Reload the page.")


def test_the_file_is_not_locked_between_two_pages(changed_models: Path) -> None:
    before = open_page().metric[0].value
    with duckdb.connect(str(changed_models)) as connection:
        connection.execute("update analytics.ozonetel__days set calls = calls + 1")
    assert open_page().metric[0].value != before


def test_a_wrong_date_does_not_move_the_filter(changed_models: Path) -> None:
    with duckdb.connect(str(changed_models)) as connection:
        connection.execute(
            "update analytics.ozonetel__days set call_date = '2062-01-01' where direction is null"
        )
    assert open_page().caption[0].value.startswith("2026-03-12 to 2026-03-15, ")


def test_the_generated_models_have_the_columns_of_the_package(dashboard: Dashboard) -> None:
    # Otherwise the tests of the pages would not tell that a query reads a column that is gone.
    columns: dict[str, set[str]] = {}
    for table, column in dashboard.query(
        "select table_name, column_name from information_schema.columns"
    ):
        columns.setdefault(table, set()).add(column)
    for mart, described in read_marts().items():
        assert columns[mart] == set(described)
