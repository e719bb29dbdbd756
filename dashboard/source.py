"""The database of the models: a DuckDB file or Postgres, read-only."""

from __future__ import annotations

import re
from contextlib import closing, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

import duckdb
import psycopg

from dashboard.errors import DashboardError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dashboard.settings import Settings

Row = dict[str, Any]

_CONNECT_TIMEOUT_SECONDS = 10
# DuckDB must not download an extension.
_DUCKDB_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False
}
_PARAMETER = re.compile(r"%\((\w+)\)s")
_DUCKDB_PARAMETER = r"$\1"
_COLUMNS = """
select table_name, column_name from information_schema.columns where table_schema = %(schema)s
"""


class _Cursor(Protocol):
    """What DuckDB and psycopg have in common after a query."""

    @property
    def description(self) -> Any: ...  # noqa: ANN401
    def fetchall(self) -> list[Any]: ...


class _Connection(Protocol):
    """Runs a query with parameters such as `%(first)s`."""

    def execute(self, sql: str, parameters: Mapping[str, object]) -> _Cursor: ...
    def close(self) -> None: ...


class _DuckDB:
    """A DuckDB file. The file stays unlocked between two pages, so that dbt can build it again."""

    def __init__(self, file: Path) -> None:
        if not file.is_file():
            raise DashboardError(
                f"There is no file {file}. Run `uv run poe demo`, which writes the models of the "
                "demo, or set DASHBOARD_URL to your own database."
            )
        self._connection = duckdb.connect(str(file), read_only=True, config=_DUCKDB_CONFIG)

    def execute(self, sql: str, parameters: Mapping[str, object]) -> _Cursor:
        # DuckDB rejects parameters that the query does not have.
        used = {name: parameters[name] for name in _PARAMETER.findall(sql)}
        cursor: _Cursor = self._connection.execute(_PARAMETER.sub(_DUCKDB_PARAMETER, sql), used)
        return cursor

    def close(self) -> None:
        self._connection.close()


class _Postgres:
    """A Postgres database, in a read-only session."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(
            url, connect_timeout=_CONNECT_TIMEOUT_SECONDS, autocommit=True
        )
        self._connection.execute("set session characteristics as transaction read only")

    def execute(self, sql: str, parameters: Mapping[str, object]) -> _Cursor:
        return self._connection.execute(sql.encode(), parameters)

    def close(self) -> None:
        self._connection.close()


@dataclass(frozen=True, slots=True)
class Source:
    """The models. Queries name them without a schema.

    Attributes:
        connection: The open connection.
        schema: The schema of the models.
    """

    connection: _Connection
    schema: str

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[Row]:
        """Run a query.

        Args:
            sql: The query, in SQL that DuckDB and Postgres have in common, with parameters such as
                `%(first)s`.
            parameters: The values of the parameters.

        Returns:
            The rows by column name, with exact numbers as int and all others as float.

        Raises:
            DashboardError: The query failed.
        """
        try:
            cursor = self.connection.execute(sql, parameters or {})
            names = [column[0] for column in cursor.description]
            rows = cursor.fetchall()
        except (duckdb.Error, psycopg.Error) as error:
            raise DashboardError(
                "The database stopped a query. Reload the page. If it happens again, build the "
                f"models again with `dbt build`. The error is {type(error).__name__}."
            ) from error
        return [dict(zip(names, map(_plain, row), strict=True)) for row in rows]

    def columns(self) -> dict[str, set[str]]:
        """Return the names of the columns by table of the schema."""
        found: dict[str, set[str]] = {}
        for row in self.query(_COLUMNS, {"schema": self.schema}):
            found.setdefault(row["table_name"], set()).add(row["column_name"])
        return found


def _plain(value: object) -> object:
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else float(value)


@contextmanager
def open_source(settings: Settings) -> Iterator[Source]:
    """Open the database for one page.

    Args:
        settings: Where the models are.

    Yields:
        The open database.

    Raises:
        DashboardError: The database cannot be opened.
    """
    with closing(_connect(settings.database)) as connection:
        name = settings.schema.replace('"', '""')
        command = "set search_path =" if isinstance(connection, _Postgres) else "use"
        try:
            connection.execute(f'{command} "{name}"', {})
        except duckdb.CatalogException as error:
            raise DashboardError(
                f"There is no schema {settings.schema}. Set DASHBOARD_SCHEMA to the schema of the "
                "models, or build them with `dbt build`."
            ) from error
        yield Source(connection, settings.schema)


def _connect(database: Path | str) -> _DuckDB | _Postgres:
    try:
        return _Postgres(database) if isinstance(database, str) else _DuckDB(database)
    except psycopg.Error as error:
        # The message of the driver may have parts of the URL, and with it the password.
        raise DashboardError(
            "The database in DASHBOARD_URL cannot be reached. Check that it is running, and check "
            "the host, port, user, password and database in DASHBOARD_URL."
        ) from error
    except duckdb.Error as error:
        reason = (
            "Another program is writing to it. Reload the page when it has finished."
            if "lock" in str(error)
            else "It is not a DuckDB 2 file. Build the models again with `dbt build`."
        )
        raise DashboardError(f"{database} cannot be opened. {reason}") from error
