# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "dbt-core~=1.11.16",
#   "dbt-snowflake~=1.11.0",
#   "fakesnow[server]==0.12.1",
#   "snowflake-connector-python<5", # fakesnow does not work with 5
# ]
# ///
"""Builds the dbt package on fakesnow (Snowflake on DuckDB), twice.

    uv run --script dbt_on_fakesnow.py PROJECT FOLDER QUERY < LOADS

PROJECT is the directory of the package, or of its project of tests, whose seeds are loaded. FOLDER
is for the files of dbt, and for `rows.json` with the rows of QUERY. LOADS is a JSON list of tables,
each a list of objects: the rows of `cdr_details` at each build. Without them, the seeds are the
table.

fakesnow lacks temporary tables with a database in their name. This script makes them permanent; dbt
drops them in the end.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import fakesnow  # type: ignore[import-not-found]
import snowflake.connector  # type: ignore[import-not-found]
from fakesnow.cursor import FakeSnowflakeCursor  # type: ignore[import-not-found]

_TYPES = {"CallID": "number(38, 0)", "UCID": "number(38, 0)", "Rating": "float", "CallDate": "date"}
_PROFILES = """\
{profile}:
  target: snowflake
  outputs:
    snowflake:
      {{type: snowflake, account: fakesnow, user: fake, password: snow, database: CALLS,
        schema: {schema}, warehouse: fake, host: {host}, port: {port}, protocol: http}}
"""
#: The schema of each project.
_SCHEMAS = {
    "ozonetel": "analytics",
    "ozonetel_integration_tests": "ozonetel_integration_tests",
}


def load(cursor: Any, records: list[dict[str, Any]]) -> None:  # noqa: ANN401 - fakesnow's
    fields = list(records[0])
    columns = ", ".join(f"{field} {_TYPES.get(field, 'varchar')}" for field in fields)
    cursor.execute(f"create or replace table CALLS.OZONETEL.CDR_DETAILS ({columns})")
    rows = ", ".join(
        f"({', '.join(_literal(record[field]) for field in fields)})" for record in records
    )
    cursor.execute(f"insert into CALLS.OZONETEL.CDR_DETAILS values {rows}")  # noqa: S608


def _literal(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace("'", "''")
        return f"'{escaped}'"
    return str(value)


def _with_null_moments(row: dict[str, Any]) -> dict[str, Any]:
    """Undo a fault of fakesnow's server, which returns a null timestamp as 1970."""
    null = dt.datetime(1970, 1, 1)  # noqa: DTZ001
    return {name: None if value == null else value for name, value in row.items()}


def run_dbt(project: Path, folder: Path, *arguments: str) -> None:
    paths = [f"--project-dir={project}", f"--profiles-dir={folder}", f"--log-path={folder}/logs"]
    if arguments[0] != "deps":
        paths.append(f"--target-path={folder}/target")
    command = [str(Path(sys.executable).with_name("dbt")), *arguments, *paths]
    environment = {**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    subprocess.run(command, env=environment, check=True)


_execute = FakeSnowflakeCursor.execute


def execute_without_temporary(cursor: Any, command: str, *rest: Any, **named: Any) -> Any:  # noqa: ANN401 - fakesnow's
    """Execute a statement in the server of fakesnow, which runs in this process."""
    permanent = re.sub(r"(?i)\bcreate or replace temporary\b", "create or replace", command)
    return _execute(cursor, permanent, *rest, **named)


def main() -> None:
    FakeSnowflakeCursor.execute = execute_without_temporary
    project, folder, query = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    is_tests = (project / "packages.yml").exists()
    profile = "ozonetel_integration_tests" if is_tests else "ozonetel"
    loads = json.load(sys.stdin)
    with fakesnow.server() as server, snowflake.connector.connect(**server) as connection:
        cursor = connection.cursor(snowflake.connector.DictCursor)
        for statement in ("database CALLS", "schema CALLS.OZONETEL"):
            cursor.execute(f"create {statement}")
        cursor.execute(f"create schema CALLS.{_SCHEMAS[profile]}")
        profiles = _PROFILES.format(profile=profile, schema=_SCHEMAS[profile], **server)
        (folder / "profiles.yml").write_text(profiles, encoding="utf-8")
        if is_tests:
            run_dbt(project, folder, "deps")
            run_dbt(project, folder, "seed")
        for records in loads or [None, None]:
            if records:
                load(cursor, records)
            run_dbt(project, folder, "build", "--exclude-resource-type=seed")
        rows = [_with_null_moments(row) for row in cursor.execute(query).fetchall()]
    (folder / "rows.json").write_text(json.dumps(rows, default=str), encoding="utf-8")


if __name__ == "__main__":
    main()
