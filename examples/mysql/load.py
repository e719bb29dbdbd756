# /// script
# requires-python = ">=3.11"
# dependencies = ["dlt[sqlalchemy]==1.31.0", "pymysql==1.2.4", "sqlalchemy==2.1.9"]
# ///
"""Load the output of tap-ozonetel into MySQL or MariaDB with dlt, and update rows by key.

    export MYSQL_URL=mysql+pymysql://your-user:your-password@mysql.example.com:3306/
    tap-ozonetel --config config.json --state state.json | uv run load.py > new-state.json

The last STATE message goes to stdout after everything is committed, as from a Singer target. The
tables are in the database MYSQL_DATABASE, by default `ozonetel`, which is created if it is missing.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import dlt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROWS_PER_BATCH = 1000
#: A message that comes later replaces an earlier one with the same key.
SEQUENCE = "_sequence"


def data_type(schema: dict[str, Any]) -> str:
    """Return dlt's type of a field."""
    if schema.get("format") == "date":
        return "date"
    types = {"integer": "bigint", "number": "decimal"}
    return next((types[name] for name in schema["type"] if name in types), "text")


def table_of(message: dict[str, Any]) -> Any:  # noqa: ANN401 - has no public type
    """Return an empty batch that creates or updates the table of a SCHEMA message."""
    fields = message["schema"]["properties"]
    columns: dict[str, Any] = {
        name: {"data_type": data_type(schema)} for name, schema in fields.items()
    }
    columns[SEQUENCE] = {"data_type": "bigint", "dedup_sort": "desc"}
    hints = dlt.mark.make_hints(
        table_name=message["stream"],
        primary_key=message["key_properties"],
        write_disposition="merge",
        columns=columns,
    )
    return dlt.mark.with_hints([], hints, create_table_variant=True)


def read(lines: Iterable[str], states: list[dict[str, Any]]) -> Iterator[Any]:
    """Yield tables and batches of rows, and keep the last state."""
    stream = ""
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(lines):
        message = json.loads(line, parse_float=Decimal)
        if message["type"] == "STATE":
            states[:] = [message["value"]]
        if rows and (len(rows) == ROWS_PER_BATCH or message.get("stream", stream) != stream):
            yield dlt.mark.with_table_name(rows, stream)
            rows = []
        if message["type"] == "SCHEMA":
            yield table_of(message)
        if message["type"] == "RECORD":
            stream = message["stream"]
            rows.append({**message["record"], SEQUENCE: number})
    if rows:
        yield dlt.mark.with_table_name(rows, stream)


def main() -> None:
    """Load stdin, and write the last state to stdout."""
    states: list[dict[str, Any]] = []
    os.environ.setdefault("SCHEMA__NAMING", "direct")  # Keeps the names of the fields.
    os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
    # In a new directory, because dlt would load what a failed run has left in place of the input.
    with tempfile.TemporaryDirectory() as directory:
        pipeline = dlt.pipeline(
            "ozonetel",
            pipelines_dir=directory,
            destination=dlt.destinations.sqlalchemy(os.environ["MYSQL_URL"]),
            dataset_name=os.environ.get("MYSQL_DATABASE", "ozonetel"),
        )
        output = dlt.resource(read(sys.stdin, states), name="tap_ozonetel")
        # Fails unless everything is committed.
        pipeline.run(output)
    for state in states:
        sys.stdout.write(f"{json.dumps(state)}\n")


if __name__ == "__main__":
    main()
