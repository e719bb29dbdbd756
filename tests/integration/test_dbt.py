"""The dbt models and the page of queries, over data of the sandbox in both dialects."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from sandbox import Options, Sandbox
from tests.helpers.clock import FakeClock
from tests.helpers.comparison import (
    MELTANO,
    ROOT,
    finished,
    load_into_snowflake,
    own_meltano,
)
from tests.helpers.expected_calls import (
    ExpectedLeg,
    Row,
    by_call,
    expected_calls,
    expected_hours,
    expected_legs,
    seconds,
)
from tests.helpers.postgres import Postgres, postgres
from tests.helpers.sync import sync

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("meltano_alone")

OPTIONS = Options(records=80, seed=3, limit=99)
VIEWS = {"postgres": "Views for Postgres and DuckDB", "snowflake": "Views for Snowflake"}
VIEWS["duckdb"] = VIEWS["postgres"]
CALLS = "select * from analytics.ozonetel__calls order by call_id"
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
        # Shortly after a leg of today has started, so that it is still going on.
        today = box.calls_between(box.today(), box.today())
        clock.now += _seconds_until(max(str(record["StartTime"]) for record in today), clock) + 5
        first = sync(box, clock, start_date=str(box.today() - dt.timedelta(days=4)))
        reads.append((clock.now, first.records()))
        clock.now += 86_400
        second = sync(box, clock, since=first.states[-1])
        reads.append((clock.now, second.records()))
    legs = [list(expected_legs(OPTIONS, reads[: n + 1]).values()) for n in range(len(reads))]
    return Loads([first.messages, second.messages], legs)


def _seconds_until(time: str, clock: FakeClock) -> float:
    now = dt.datetime.fromtimestamp(clock.now, tz=ZoneInfo(OPTIONS.timezone))
    then = dt.datetime.combine(now.date(), dt.time.fromisoformat(time), tzinfo=now.tzinfo)
    return (then - now).total_seconds()


@dataclass
class Warehouse:
    """A database with a loader and dbt, driven as a user does with Meltano."""

    name: str
    folder: Path
    variables: dict[str, str]
    query: Callable[[str], list[Row]]
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        plugins = (f"target-{self.name}", f"dbt-{self.name}")
        own = {
            f"DBT_{self.name.upper()}_LOG_PATH": str(self.folder),
            f"DBT_{self.name.upper()}_TARGET_PATH": str(self.folder / "dbt"),
            "MELTANO_ENVIRONMENT": "prod",  # Its schema is `ozonetel`.
        }
        self.environment = {**own_meltano(self.folder, *plugins), **own, **self.variables}

    def load(self, messages: list[dict[str, Any]]) -> None:
        finished([MELTANO, "invoke", f"target-{self.name}"], self.environment, messages)

    def build(self, *arguments: str) -> str:
        command = [MELTANO, "invoke", f"dbt-{self.name}", "build", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@contextmanager
def postgres_server(folder: Path) -> Iterator[tuple[Postgres, Warehouse]]:
    with postgres() as server:
        variables = {
            **server.settings,
            "TARGET_POSTGRES_DEFAULT_TARGET_SCHEMA": "ozonetel",
            "TARGET_POSTGRES_SQLALCHEMY_URL": "",
            "TARGET_POSTGRES_SSL_ENABLE": "false",
        }
        yield server, Warehouse("postgres", folder, variables, server.query)


@contextmanager
def postgres_warehouse(folder: Path) -> Iterator[Warehouse]:
    with postgres_server(folder) as (_, warehouse):
        yield warehouse


def fetch(connection: duckdb.DuckDBPyConnection, sql: str) -> list[Row]:
    found = connection.execute(sql)
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@contextmanager
def duckdb_warehouse(folder: Path) -> Iterator[Warehouse]:
    models, loaded = folder / "models.duckdb", folder / "calls.duckdb"

    def query(sql: str) -> list[Row]:
        with duckdb.connect() as connection:
            connection.execute(f"attach '{loaded}' as calls (read_only)")
            connection.execute(f"attach '{models}' as analytics (read_only)")
            return fetch(connection, sql.replace("analytics.", "analytics.analytics."))

    variables = {
        "TARGET_DUCKDB_FILEPATH": str(loaded),
        "TARGET_DUCKDB_DEFAULT_TARGET_SCHEMA": "ozonetel",
        "DBT_DUCKDB_PATH": str(models),
        "DBT_DUCKDB_SOURCE_PATH": str(loaded),
    }
    yield Warehouse("duckdb", folder, variables, query)


WAREHOUSES = {"postgres": postgres_warehouse, "duckdb": duckdb_warehouse}


@pytest.fixture(scope="module", params=WAREHOUSES)
def warehouse(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    """A warehouse after both loads, each followed by `dbt build`."""
    with WAREHOUSES[request.param](tmp_path_factory.mktemp(request.param)) as found:
        for messages, legs in zip(loads().messages, loads().legs, strict=True):
            found.load(messages)
            found.build()
            assert_models(found, legs)
        yield found


def assert_models(warehouse: Warehouse, legs: list[ExpectedLeg]) -> None:
    calls = expected_calls(legs)
    assert _shared(warehouse.query(CALLS), calls) == _plain(calls)
    assert _plain(warehouse.query(HOURS)) == _plain(expected_hours(calls))


def _shared(rows: list[Row], expected: list[Row]) -> list[Row]:
    """The rows, with only the columns that are computed for comparison."""
    return _plain([{name: row[name] for name in expected[0]} for row in rows])


def _plain(rows: list[Row]) -> list[Row]:
    """The rows without the differences of databases in their types of numbers."""
    return [
        {
            name: float(value) if isinstance(value, Decimal | int) else value
            for name, value in row.items()
        }
        for row in rows
    ]


def test_the_models_are_right_after_each_load(warehouse: Warehouse) -> None:
    assert_models(warehouse, loads().legs[-1])


def test_a_second_build_changes_nothing(warehouse: Warehouse) -> None:
    before = warehouse.query(CALLS)
    assert "ERROR=0" in warehouse.build()
    assert warehouse.query(CALLS) == before


def test_a_full_refresh_is_the_same(warehouse: Warehouse) -> None:
    before = warehouse.query(CALLS)
    warehouse.build("--full-refresh")
    assert warehouse.query(CALLS) == before


def test_the_data_has_what_a_wrong_model_would_miss() -> None:
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


def statements() -> dict[str, list[str]]:
    """The SQL of the page by its headings."""
    text = (ROOT / "docs" / "example-queries.md").read_text(encoding="utf-8")
    sections = (part.partition("\n") for part in re.split(r"^##+ ", text, flags=re.MULTILINE)[1:])
    return {
        heading: re.findall(r"^```sql\n(.*?)^```$", body, re.MULTILINE | re.DOTALL)
        for heading, _, body in sections
    }


SQL = statements()


def rounded(value: Fraction, digits: int = 0) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def average(values: Iterable[float | None], digits: int = 0) -> Decimal | None:
    known = [Fraction(value) for value in values if value is not None]
    return rounded(sum(known, Fraction()) / len(known), digits) if known else None


def grouped(items: Iterable[Any], key: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    groups = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return dict(sorted(groups.items()))


def answered_by_day(legs: list[ExpectedLeg]) -> list[Row]:
    return [
        {
            "call_date": day,
            "calls": len(calls),
            "answered": sum(call["is_answered"] for call in calls),
            "answered_percent": rounded(
                Fraction(100 * sum(call["is_answered"] for call in calls), len(calls)), 1
            ),
        }
        for day, calls in grouped(expected_calls(legs), lambda call: call["call_date"]).items()
    ]


def answered(legs: list[ExpectedLeg], name: str) -> dict[str, list[ExpectedLeg]]:
    return grouped((leg for leg in legs if leg.is_answered), lambda leg: leg.record[name])


def talk_and_handling(legs: list[ExpectedLeg]) -> list[Row]:
    rows = []
    for campaign, group in answered(legs, "CampaignName").items():
        talk = [leg.settled_seconds("TalkTime") for leg in group]
        handling = [leg.settled_seconds("HandlingTime") for leg in group]
        rows.append(
            {
                "campaign_name": campaign,
                "talked_legs": len(talk) - talk.count(None),
                "average_talk_seconds": average(talk),
                "handled_legs": len(handling) - handling.count(None),
                "average_handling_seconds": average(handling),
            }
        )
    return rows


def missed_by_hour(legs: list[ExpectedLeg]) -> list[Row]:
    inbound = [call for call in expected_calls(legs) if call["direction"] == "inbound"]
    return [
        {
            "hour": hour,
            "calls": len(calls),
            "missed": sum(not c["is_answered"] and not c["is_in_progress"] for c in calls),
        }
        for hour, calls in grouped(inbound, lambda call: call["started_at"].hour).items()
    ]


def outcomes(legs: list[ExpectedLeg]) -> list[Row]:
    last = Counter(
        next(
            (leg.record["Disposition"] for leg in reversed(call) if leg.record["Disposition"]),
            "none yet",
        )
        for call in by_call(legs).values()
        if any(leg.is_answered for leg in call)
    )
    return [
        {"disposition": name, "calls": count}
        for name, count in sorted(last.items(), key=lambda item: (-item[1], item[0]))
    ]


def holds_and_wrapups(legs: list[ExpectedLeg]) -> list[Row]:
    rows = []
    by_agent = answered([leg for leg in legs if leg.record["AgentID"]], "AgentID")
    for agent, group in by_agent.items():
        holds = [seconds(leg.record["HoldDuration"]) or 0 for leg in group]
        wrapups = [leg.wrapup_seconds for leg in group]
        rows.append(
            {
                "agent_id": agent,
                "answered_legs": len(group),
                "legs_with_hold": sum(hold > 0 for hold in holds),
                "hold_seconds": sum(holds),
                "wrapped_up_legs": len(wrapups) - wrapups.count(None),
                "average_wrapup_seconds": average(wrapups),
            }
        )
    return rows


def attempts(legs: list[ExpectedLeg]) -> list[Row]:
    inbound = [call for call in expected_calls(legs) if call["direction"] == "inbound"]
    return [
        {
            "agent_dials": dials,
            "calls": len(calls),
            "answered": sum(c["is_answered"] for c in calls),
        }
        for dials, calls in grouped(inbound, lambda call: call["agent_dials"]).items()
    ]


def ratings(legs: list[ExpectedLeg]) -> list[Row]:
    calls = grouped(by_call(legs).values(), lambda call: call[0].record["CampaignName"])
    rows = []
    for campaign, group in calls.items():
        found = [max(leg.record["Rating"] or 0 for leg in call) or None for call in group]
        rows.append(
            {
                "campaign_name": campaign,
                "rated_calls": len(found) - found.count(None),
                "average_rating": average(found, 2),
            }
        )
    return rows


def past_midnight(legs: list[ExpectedLeg]) -> list[Row]:
    late = [
        {name: call[name] for name in ("call_id", "started_at", "ended_at")}
        for call in expected_calls(legs)
        if call["ended_at"] and call["ended_at"].date() > call["started_at"].date()
    ]
    return sorted(late, key=lambda call: (call["started_at"], call["call_id"]))


ANSWERS: dict[str, Callable[[list[ExpectedLeg]], list[Row]]] = {
    "How many calls were there each day, and how many were answered?": answered_by_day,
    "How long are talk and handling times?": talk_and_handling,
    "When do we miss inbound calls?": missed_by_hour,
    "What are the outcomes of the calls?": outcomes,
    "How long are holds and wrap-ups, by agent?": holds_and_wrapups,
    "How many attempts does it take to reach an agent?": attempts,
    "How are calls rated?": ratings,
    "Which calls ran past midnight?": past_midnight,
}


def test_every_query_of_the_page_is_tested() -> None:
    with_sql = [heading for heading, found in SQL.items() if found]
    assert with_sql == [*ANSWERS, VIEWS["postgres"], VIEWS["snowflake"]]
    assert all(len(SQL[heading]) == 1 for heading in ANSWERS)


@pytest.mark.parametrize("heading", ANSWERS)
def test_a_query_is_right_on_the_models(warehouse: Warehouse, heading: str) -> None:
    expected = ANSWERS[heading](loads().legs[-1])
    assert expected
    assert _plain(warehouse.query(SQL[heading][0])) == _plain(expected)


def _views_on_postgres(folder: Path, queries: list[str]) -> list[list[Row]]:
    with postgres_server(folder) as (server, warehouse):
        for messages in loads().messages:
            warehouse.load(messages)
        with server.connect() as connection:
            for statement in ["create schema analytics", *SQL[VIEWS["postgres"]]]:
                connection.execute(statement.encode())
        return [server.query(query) for query in queries]


def _views_on_duckdb(folder: Path, queries: list[str]) -> list[list[Row]]:
    with duckdb_warehouse(folder) as warehouse:
        for messages in loads().messages:
            warehouse.load(messages)
    with duckdb.connect(str(folder / "calls.duckdb")) as connection:
        for statement in ["create schema analytics", *SQL[VIEWS["duckdb"]]]:
            connection.execute(statement)
        return [fetch(connection, query) for query in queries]


def _views_on_snowflake(folder: Path, queries: list[str]) -> list[list[Row]]:
    first, second = loads().messages
    load_into_snowflake(folder, first)
    views = ["create schema analytics", *SQL[VIEWS["snowflake"]]]
    _, found = load_into_snowflake(folder, second, *views, *queries)
    return [
        [{name.lower(): _from_text(value) for name, value in row.items()} for row in rows]
        for rows in found[len(views) :]
    ]


def _from_text(value: object) -> object:
    """A value as it was before it was written as JSON, where days and moments are text."""
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d", value):
        moment = dt.datetime.fromisoformat(value)
        return moment if " " in value else moment.date()
    if isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return Decimal(value)
    return value


@pytest.mark.parametrize(
    "views",
    [_views_on_postgres, _views_on_duckdb, _views_on_snowflake],
    ids=["postgres", "duckdb", "snowflake"],
)
def test_the_views_are_the_models(
    views: Callable[[Path, list[str]], list[list[Row]]], tmp_path: Path
) -> None:
    queries = [SQL[heading][0] for heading in ANSWERS]
    calls, *found = views(tmp_path, [CALLS, *queries])
    legs = loads().legs[-1]
    assert _shared(calls, expected_calls(legs)) == _plain(expected_calls(legs))
    for heading, rows in zip(ANSWERS, found, strict=True):
        assert _plain(rows) == _plain(ANSWERS[heading](legs)), heading


def test_another_project_takes_the_package_by_its_path(tmp_path: Path) -> None:
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
        finished([MELTANO, "invoke", "dbt-duckdb", "deps"], own)
        finished([MELTANO, "invoke", "dbt-duckdb", "build"], own)
        found = warehouse.query("select * from analytics.mine order by direction")
    counts = Counter(call["direction"] for call in expected_calls(loads().legs[0]))
    assert found == [{"direction": name, "calls": counts[name]} for name in sorted(counts)]
