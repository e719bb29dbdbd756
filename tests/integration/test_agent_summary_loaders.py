"""The loaders keep every value of agent_summary."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from sandbox import Options, Sandbox
from tests.helpers.clock import FakeClock
from tests.helpers.snowflake_loader import load_into_snowflake
from tests.helpers.sync import sync
from tests.helpers.warehouses import duckdb_warehouse, fetch, postgres_warehouse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.helpers.comparison import Row

_ROWS = "select * from ozonetel.agent_summary"

pytestmark = pytest.mark.usefixtures("meltano_lock")


def _runs() -> tuple[list[list[dict[str, Any]]], list[dict[str, object]]]:
    """Return the messages of two runs, a day apart, and the rows of the account after them."""
    clock = FakeClock()
    with Sandbox(Options(records=30), clock=clock) as box:
        first_day = box.today() - dt.timedelta(days=29)
        first = sync(box, clock, "agent_summary")
        clock.now += 26 * 3600
        second = sync(box, clock, "agent_summary", state=first.states[-1])
        rows = box.agent_summary(first_day, box.today())
    assert len(first.records("agent_summary")) < len(rows)
    return [first.messages, second.messages], rows


def _rows(loaded: list[dict[str, Any]], fields: list[str]) -> list[tuple[str, ...]]:
    """Return the values as text, without the loader's own columns."""
    in_lower_case = [{name.lower(): value for name, value in row.items()} for row in loaded]
    return sorted(tuple(str(row[name.lower()]) for name in fields) for row in in_lower_case)


def _load_into_postgres(folder: Path, runs: list[list[dict[str, Any]]]) -> list[Row]:
    with postgres_warehouse(folder) as warehouse:
        for messages in runs:
            warehouse.load(messages)
        return warehouse.query(_ROWS)


def _load_into_duckdb(folder: Path, runs: list[list[dict[str, Any]]]) -> list[Row]:
    with duckdb_warehouse(folder) as warehouse:
        for messages in runs:
            warehouse.load(messages)
    with duckdb.connect(str(folder / "calls.duckdb"), read_only=True) as connection:
        return fetch(connection, _ROWS)


# The pinned target-duckdb makes a date a text column.
@pytest.mark.parametrize(
    ("load", "date_type"), [(_load_into_postgres, dt.date), (_load_into_duckdb, str)]
)
def test_after_two_loads_the_table_equals_the_account(
    load: Callable[[Path, list[list[dict[str, Any]]]], list[Row]],
    date_type: type,
    tmp_path: Path,
) -> None:
    runs, expected = _runs()
    fields = sorted(expected[0])
    loaded = load(tmp_path, runs)
    assert _rows(loaded, fields) == _rows(expected, fields)
    (date,) = [value for name, value in loaded[0].items() if name.lower() == "calldate"]
    assert type(date) is date_type


def test_after_two_loads_snowflake_equals_the_account(tmp_path: Path) -> None:
    runs, expected = _runs()
    fields = sorted(expected[0])
    loaded: list[dict[str, Any]] = []
    for messages in runs:
        _, (loaded, columns) = load_into_snowflake(
            tmp_path, messages, _ROWS, "describe table ozonetel.agent_summary"
        )
    assert _rows(loaded, fields) == _rows(expected, fields)
    types = {column["name"].lower(): column["type"] for column in columns}
    assert {name: types[name.lower()] for name in fields} == {
        name: "DATE" if name == "CallDate" else "VARCHAR(16777216)" for name in fields
    }
