# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "dbt-core~=1.11.16",
#   "dbt-snowflake~=1.11.0",
#   "fakesnow[server]==0.12.1",
#   "snowflake-connector-python<5", # fakesnow does not work with 5
# ]
# ///
"""Builds the dbt package on fakesnow (Snowflake on DuckDB).

    uv run --script dbt_on_fakesnow.py PACKAGE FOLDER QUERY < RECORDS

PACKAGE is the folder of the dbt package. FOLDER is for the files of dbt, and for `rows.json` with
the rows of QUERY. RECORDS is a JSON list of objects.

fakesnow lacks temporary tables with a database in their name. So dbt's unit tests and the second
run of an incremental model do not work.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import fakesnow  # type: ignore[import-not-found]
import snowflake.connector  # type: ignore[import-not-found]

_TYPES = {"CallID": "number(38, 0)", "UCID": "number(38, 0)", "Rating": "float", "CallDate": "date"}
_PROFILES = """\
ozonetel:
  target: snowflake
  outputs:
    snowflake:
      {{type: snowflake, account: fakesnow, user: fake, password: snow, database: CALLS,
        schema: analytics, warehouse: fake, host: {host}, port: {port}, protocol: http}}
"""


def load(cursor: Any, records: list[dict[str, Any]]) -> None:  # noqa: ANN401 - fakesnow's
    fields = list(records[0])
    columns = ", ".join(f"{field} {_TYPES.get(field, 'varchar')}" for field in fields)
    cursor.execute("create database CALLS")
    cursor.execute("create schema CALLS.OZONETEL")
    cursor.execute("create schema CALLS.ANALYTICS")
    cursor.execute(f"create table CALLS.OZONETEL.CDR_DETAILS ({columns})")
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


def build(package: str, folder: Path, server: dict[str, Any]) -> None:
    (folder / "profiles.yml").write_text(_PROFILES.format(**server), encoding="utf-8")
    command = [
        *(str(Path(sys.executable).with_name("dbt")), "build", "--exclude-resource-type=unit_test"),
        *(f"--project-dir={package}", f"--profiles-dir={folder}"),
        *(f"--target-path={folder}/target", f"--log-path={folder}/logs"),
    ]
    environment = {**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    subprocess.run(command, env=environment, check=True)


def main() -> None:
    package, folder, query = sys.argv[1:]
    with fakesnow.server() as server, snowflake.connector.connect(**server) as connection:
        cursor = connection.cursor(snowflake.connector.DictCursor)
        load(cursor, json.load(sys.stdin))
        build(package, Path(folder), server)
        rows = [_with_null_moments(row) for row in cursor.execute(query).fetchall()]
    (Path(folder) / "rows.json").write_text(json.dumps(rows, default=str), encoding="utf-8")


if __name__ == "__main__":
    main()
