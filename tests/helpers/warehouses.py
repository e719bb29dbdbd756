"""Databases with a loader and dbt, run by Meltano as a user does."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb

from benchmarks.postgres_server import Postgres, postgres
from tests.helpers.meltano import MELTANO, ROOT, isolated_meltano, run_command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.helpers.expected_calls import Row


@dataclass
class Warehouse:
    """A database with a loader and dbt, run by Meltano."""

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
        self.environment = {**isolated_meltano(self.folder, *plugins), **own, **self.variables}

    def load(self, messages: list[dict[str, Any]]) -> None:
        run_command([MELTANO, "invoke", f"target-{self.name}"], self.environment, messages)

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
