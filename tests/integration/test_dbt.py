"""The dbt models and the page of queries, over calls of the sandbox in both dialects."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from sandbox import Options, Sandbox
from sandbox.calls.days import day_of
from tests.helpers.clock import FakeClock
from tests.helpers.dbt_commands import newest_requirements, sql_blocks
from tests.helpers.expected_calls import ExpectedLeg, Row, by_call, expected_calls, expected_legs
from tests.helpers.expected_measures import expected_days, expected_hours, expected_missed_calls
from tests.helpers.meltano import MELTANO, ROOT, run_command
from tests.helpers.snowflake_loader import DBT_SCRIPT, build_on_fakesnow
from tests.helpers.sync import sync
from tests.helpers.warehouses import WAREHOUSES, Warehouse, duckdb_warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("meltano_lock")

OPTIONS = Options(records=80, seed=3, limit=99)
CALLS = "select * from analytics.ozonetel__calls order by call_id"
MISSED_CALLS = "select * from analytics.ozonetel__missed_calls order by call_id"
DAYS = "select * from analytics.ozonetel__days order by call_date, direction, campaign_name"
HOURS = "select * from analytics.ozonetel__hours order by call_date, hour, direction"


@dataclass(frozen=True)
class Loads:
    """Two syncs, the second one a day after the first."""

    messages: list[list[dict[str, Any]]]
    #: The legs in the table after each load.
    legs: list[list[ExpectedLeg]]


@cache
def loads() -> Loads:
    clock, reads = FakeClock(), []
    with Sandbox(OPTIONS, clock=clock) as box:
        # In the middle of the longest leg of the afternoon, so that it is still in progress.
        noon = dt.datetime.combine(box.today(), dt.time(12))
        evening = noon + dt.timedelta(hours=9)
        legs = day_of(OPTIONS, box.today()).legs
        afternoon = [leg for leg in legs if noon < leg.started and leg.ended < evening]
        longest = max(afternoon, key=lambda leg: leg.ended - leg.started)
        middle = longest.started + (longest.ended - longest.started) / 2
        clock.now = middle.replace(tzinfo=ZoneInfo(OPTIONS.timezone)).timestamp()
        first = sync(box, clock, start_date=str(box.today() - dt.timedelta(days=4)))
        reads.append((clock.now, first.records()))
        clock.now += 86_400
        second = sync(box, clock, state=first.states[-1])
        reads.append((clock.now, second.records()))
    expected = [list(expected_legs(OPTIONS, reads[: n + 1]).values()) for n in range(len(reads))]
    return Loads([first.messages, second.messages], expected)


@pytest.fixture(scope="module", params=WAREHOUSES)
def warehouse(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    """A warehouse after two loads, each followed by `dbt build`."""
    with WAREHOUSES[request.param](tmp_path_factory.mktemp(request.param)) as found:
        for messages, legs in zip(loads().messages, loads().legs, strict=True):
            found.load(messages)
            found.build()
            assert_models(found, legs)
        yield found


def assert_models(warehouse: Warehouse, legs: list[ExpectedLeg]) -> None:
    calls = expected_calls(legs)
    assert _shared(warehouse.query(CALLS), calls) == _plain(calls)
    missed_calls = expected_missed_calls(calls)
    assert _shared(warehouse.query(MISSED_CALLS), missed_calls) == _plain(missed_calls)
    days, hours = expected_days(calls), expected_hours(calls)
    assert _shared(warehouse.query(DAYS), days) == _plain(days)
    assert _shared(warehouse.query(HOURS), hours) == _plain(hours)


def _shared(rows: list[Row], expected: list[Row]) -> list[Row]:
    """Return only the columns for which there are expected values."""
    return _plain([{name: row[name] for name in expected[0]} for row in rows])


def _plain(rows: list[Row]) -> list[Row]:
    """Convert numbers to floats, because databases differ in their types and digits."""
    return [
        {
            name: round(float(value), 6) if isinstance(value, Decimal | float | int) else value
            for name, value in row.items()
        }
        for row in rows
    ]


def test_the_models_have_the_expected_rows(warehouse: Warehouse) -> None:
    assert_models(warehouse, loads().legs[-1])


@pytest.mark.parametrize("arguments", [[], ["--full-refresh"]])
def test_another_build_changes_nothing(warehouse: Warehouse, arguments: list[str]) -> None:
    before = _rows_of_models(warehouse)
    assert "ERROR=0" in warehouse.build(*arguments)
    assert _rows_of_models(warehouse) == before


def _rows_of_models(warehouse: Warehouse) -> list[Row]:
    rows = [row for query in (CALLS, MISSED_CALLS, DAYS, HOURS) for row in warehouse.query(query)]
    return [{name: row[name] for name in row if name != "computed_at"} for row in rows]


def test_the_data_has_the_difficult_cases() -> None:
    first, second = loads().legs
    assert any(leg.in_progress for leg in first)
    assert {leg.record["Type"] for leg in second} >= {"InBound", "Inbound", "Manual", "Progressive"}
    assert {leg.record["Event"] for leg in second} >= {"AgentDial", "Agent Dials", "Queue"}
    respelled = {leg.record["UCID"] for leg in first if leg.record["Type"] == "InBound"}
    assert any(
        leg.record["Type"] == "Inbound" and leg.record["UCID"] in respelled for leg in second
    )
    calls = by_call(second).values()
    assert any(any(leg.is_answered for leg in call) != call[0].is_answered for call in calls)
    assert any(leg.ended.date() > leg.started.date() for leg in second)
    assert any(leg.record["WrapupDuration"] == "00:00:00" for leg in second)


# The page of queries.


def queries() -> dict[str, str]:
    """Return the SQL of the page by heading."""
    text = (ROOT / "docs" / "example-queries.md").read_text(encoding="utf-8")
    found = re.findall(r"^## (.*?)\n[^#]*?^```sql\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(found) == len(sql_blocks("example-queries.md"))
    return dict(found)


@pytest.mark.parametrize("heading", queries())
def test_a_query_of_the_page_returns_rows(warehouse: Warehouse, heading: str) -> None:
    assert warehouse.query(queries()[heading])


def test_the_examples_of_the_models_run(warehouse: Warehouse) -> None:
    examples = [sql for sql in sql_blocks("dbt.md") if "ozonetel__agent_days" not in sql]
    assert len(examples) == 4
    for sql in examples:
        warehouse.query(sql)


def test_another_project_installs_the_package_by_path(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "mine.sql").write_text(
        "{{ config(materialized='table') }} "
        "select direction, count(*) as calls from {{ ref('ozonetel__calls') }} group by direction"
    )
    (tmp_path / "packages.yml").write_text(f"packages:\n  - local: {ROOT / 'dbt'}\n")
    (tmp_path / "dbt_project.yml").write_text("name: mine\nprofile: ozonetel\n")
    with duckdb_warehouse(tmp_path) as warehouse:
        warehouse.load(loads().messages[0])
        own = {**warehouse.environment, "DBT_DUCKDB_PROJECT_DIR": str(tmp_path)}
        run_command([MELTANO, "invoke", "dbt-duckdb", "deps"], own)
        run_command([MELTANO, "invoke", "dbt-duckdb", "build"], own)
        found = warehouse.query("select * from analytics.mine order by direction")
    counts = Counter(call["direction"] for call in expected_calls(loads().legs[0]))
    assert found == [{"direction": name, "calls": counts[name]} for name in sorted(counts)]


def _from_text(value: object) -> object:
    """Convert a date, a time or a number that JSON has as text."""
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d", value):
        moment = dt.datetime.fromisoformat(value)
        return moment if " " in value else moment.date()
    if isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return Decimal(value)
    return value


def test_the_models_are_built_on_fakesnow(tmp_path: Path) -> None:
    records = [[leg.record for leg in legs] for legs in loads().legs]
    legs = loads().legs[-1]
    _, rows = build_on_fakesnow(tmp_path, records, CALLS)
    found = [{name.lower(): _from_text(value) for name, value in row.items()} for row in rows]
    assert _shared(found, expected_calls(legs)) == _plain(expected_calls(legs))


def test_dbt_has_the_version_that_meltano_runs() -> None:
    script = DBT_SCRIPT.read_text(encoding="utf-8")
    pinned = re.findall(r'^#   "(dbt-\S+)",$', script, re.MULTILINE)
    assert pinned == newest_requirements("snowflake")
