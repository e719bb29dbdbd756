# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "fakesnow==0.12.1",
#   "meltanolabs-target-snowflake==0.19.2",
#   "snowflake-connector-python<5", # fakesnow does not work with 5
# ]
# ///
"""Runs the real target-snowflake against fakesnow (Snowflake on DuckDB), in one process.

    uv run --script snowflake_on_duckdb.py CONFIG FOLDER QUERIES RESULTS < SINGER > STATE

CONFIG is the config of the loader. FOLDER keeps the database for the next run. After the load, each
statement of QUERIES (a JSON list) is run, and RESULTS becomes a list with the rows of each.

fakesnow lacks the statements that load files through the user's stage: PUT, files inside a MERGE,
REMOVE and DROP FILE FORMAT. This script executes them.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlparse
from urllib.request import url2pathname

import fakesnow  # type: ignore[import-not-found]
import snowflake.connector  # type: ignore[import-not-found]
from fakesnow.cursor import FakeSnowflakeCursor  # type: ignore[import-not-found]
from target_snowflake.target import TargetSnowflake  # type: ignore[import-not-found]

_PUT = re.compile(r"put %\((?P<parameter>\w+)\)s '@~/(?P<stage>[^']+)'")
_REMOVE = re.compile(r"remove '@~/(?P<stage>[^']+)/'")
_DROP_FILE_FORMAT = re.compile(r"drop file format ")
_MERGE = re.compile(
    r"(?P<into>merge into (?P<schema>.+)\.[^.]+ d using )"
    r"\(select (?P<columns>.+) from '@~/(?P<stage>[^']+)'\(file_format => \S+\) "
    r"(?P<newest>QUALIFY .+ = 1)(?P<rest>\) s on .+)",
    re.DOTALL,
)

_execute = FakeSnowflakeCursor.execute


class UserStage:
    """The user stage of Snowflake, `@~`, as a folder."""

    def __init__(self, folder: Path) -> None:
        """Use a folder as an empty stage."""
        self._folder = folder

    def execute(
        self,
        cursor: Any,  # noqa: ANN401 - fakesnow's
        command: str,
        params: dict[str, str] | None = None,
        *rest: Any,  # noqa: ANN401 - other arguments of the connector
        **named: Any,  # noqa: ANN401 - other arguments of the connector
    ) -> Any:  # noqa: ANN401 - fakesnow's
        """Execute a statement of the stage here, and any other with fakesnow."""
        if put := _PUT.fullmatch(command):
            self._put((params or {})[put["parameter"]], put["stage"])
        elif remove := _REMOVE.fullmatch(command):
            shutil.rmtree(self._folder / remove["stage"], ignore_errors=True)
        elif merge := _MERGE.fullmatch(command):
            return self._merge(cursor, merge)
        elif not _DROP_FILE_FORMAT.match(command):
            return _execute(cursor, command, params, *rest, **named)
        return _execute(cursor, "select 'done' as status")

    def _put(self, file: str, stage: str) -> None:
        folder = self._folder / stage
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(url2pathname(urlparse(file).path), folder)

    def _merge(self, cursor: Any, merge: re.Match[str]) -> Any:  # noqa: ANN401 - fakesnow's
        """Read the files into a table, and merge from it."""
        files = str(self._folder / merge["stage"] / "*").replace("'", "''")
        cursor._duck_conn.execute(
            "create or replace temp table STAGED as "  # noqa: S608
            "select json as LINE, row_number() over () as POSITION "
            f"from read_json_objects('{files}', format = 'newline_delimited')"
        )
        # A session that created no schema has no current one; Snowflake would use PUBLIC.
        _execute(cursor, f"use schema {merge['schema']}")
        # A name in QUALIFY refers to the select in Snowflake, but to a table in DuckDB. Therefore
        # the statement is run in two steps.
        columns = merge["columns"].replace("$1:", "LINE:")
        selected = f"select {columns}, POSITION from STAGED"  # noqa: S608
        _execute(cursor, f"create or replace temp table SELECTED as {selected}")
        newest = merge["newest"].replace("SEQ8()", "POSITION")
        source = f"select * from SELECTED {newest}"  # noqa: S608
        return _execute(cursor, f"{merge['into']}({source}{merge['rest']}")


def main(config: str, folder: str, queries: str, results: str) -> None:
    """Load the messages on stdin, then run the queries."""
    statements = json.loads(Path(queries).read_text(encoding="utf-8"))
    database = json.loads(Path(config).read_text(encoding="utf-8"))["database"]
    with tempfile.TemporaryDirectory() as staged, fakesnow.patch(db_path=folder):
        stage = UserStage(Path(staged))

        # A bound method would not receive the cursor.
        def execute(cursor: Any, *given: Any, **named: Any) -> Any:  # noqa: ANN401 - fakesnow's
            return stage.execute(cursor, *given, **named)

        FakeSnowflakeCursor.execute = execute
        TargetSnowflake.cli(["--config", config], standalone_mode=False)
        with snowflake.connector.connect(database=database) as connection:
            found = [_rows(connection, statement) for statement in statements]
    Path(results).write_text(json.dumps(found, default=str), encoding="utf-8")


def _rows(connection: Any, statement: str) -> list[dict[str, object]]:  # noqa: ANN401 - fakesnow's
    with connection.cursor(snowflake.connector.DictCursor) as cursor:
        rows: list[dict[str, object]] = cursor.execute(statement).fetchall()
    return rows


if __name__ == "__main__":
    main(*sys.argv[1:])
