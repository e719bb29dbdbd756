"""Loaders of databases."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb

from benchmarks.postgres_server import postgres
from tests.helpers.environments import uv_command
from tests.helpers.snowflake_loader import CONFIG, LOADER_SCRIPT
from tests.helpers.targets.files import TYPED_FIELDS
from tests.helpers.targets.messages import STREAM, field_names
from tests.helpers.targets.running import Destination, Stored
from tests.helpers.warehouses import fetch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.helpers.comparison import Row
    from tests.helpers.targets.loaders import Loader

SCHEMA = CONFIG["default_target_schema"]
TABLE = f"{SCHEMA}.{STREAM}"
_COLUMNS = f"""
    select column_name, data_type from information_schema.columns
    where table_schema = '{SCHEMA}' and table_name = '{STREAM}'
"""  # noqa: S608 - constants


def stored(rows: Iterable[Row], columns: Iterable[Row]) -> Stored:
    """Return rows with the names of the fields; a loader may change their case.

    Args:
        rows: The rows of the table.
        columns: Its columns, as `column_name` and `data_type`.
    """
    types = {column["column_name"].lower(): column["data_type"] for column in columns}
    names = {name.lower(): name for name in field_names()}
    return Stored(
        [
            {names[key.lower()]: _value(row[key]) for key in row if key.lower() in names}
            for row in rows
        ],
        {name: types[name.lower()] for name in TYPED_FIELDS},
    )


def _value(value: Any) -> Any:  # noqa: ANN401 - of any type
    if isinstance(value, dt.date):
        return value.isoformat()
    return Decimal(str(value)) if isinstance(value, float) else value


@contextmanager
def postgres_database(folder: Path) -> Iterator[Destination]:
    del folder  # The server has one of its own.
    with postgres() as server:
        yield Destination(
            {**server.config, "default_target_schema": SCHEMA},
            lambda: stored(server.query(f"select * from {TABLE}"), server.query(_COLUMNS)),  # noqa: S608
        )


@contextmanager
def pipelinewise_postgres_database(folder: Path) -> Iterator[Destination]:
    with postgres_database(folder) as destination:
        destination.config["dbname"] = destination.config.pop("database")
        yield destination


@contextmanager
def duckdb_file(folder: Path) -> Iterator[Destination]:
    file = folder / "file.duckdb"

    def read() -> Stored:
        with duckdb.connect(str(file), read_only=True) as connection:
            rows = fetch(connection, f"select * from {TABLE}")  # noqa: S608
            return stored(rows, fetch(connection, _COLUMNS))

    yield Destination({"filepath": str(file), "default_target_schema": SCHEMA}, read)


@contextmanager
def fakesnow_database(folder: Path) -> Iterator[Destination]:
    queries, results = folder / "queries.json", folder / "results.json"
    queries.write_text(json.dumps([f"select * from {TABLE}", f"describe table {TABLE}"]))  # noqa: S608
    (folder / "databases").mkdir()

    def command(loader: Loader, config: Path) -> list[str]:
        return [
            *(*uv_command("run"), "--no-project"),
            *(f"--with={requirement}" for requirement in loader.requirements),
            *("python", str(LOADER_SCRIPT), str(config), str(folder / "databases")),
            *(str(queries), str(results)),
        ]

    def read() -> Stored:
        rows, columns = json.loads(results.read_text(encoding="utf-8"))
        described = [{"column_name": each["name"], "data_type": each["type"]} for each in columns]
        return stored(rows, described)

    yield Destination(dict(CONFIG), read, command=command)


DATABASES: dict[str, Callable[[Path], AbstractContextManager[Destination]]] = {
    "postgres": postgres_database,
    "pipelinewise-postgres": pipelinewise_postgres_database,
    "duckdb": duckdb_file,
    "fakesnow": fakesnow_database,
}
