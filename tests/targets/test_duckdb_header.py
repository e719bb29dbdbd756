"""target-duckdb 0.8.0 takes a first row of texts for a header, and 0.7.0 does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tests.helpers.targets.databases import SCHEMA, duckdb_file
from tests.helpers.targets.loaders import LOADERS
from tests.helpers.targets.running import make_target
from tests.helpers.warehouses import fetch

if TYPE_CHECKING:
    from pathlib import Path

_SCHEMA: dict[str, Any] = {
    "type": "SCHEMA",
    "stream": "texts",
    "key_properties": ["name"],
    "schema": {"properties": {name: {"type": ["string", "null"]} for name in ("name", "value")}},
}
#: All columns are texts, and only the first row has no numbers. DuckDB guesses from this whether a
#: file has a header, and 0.8.0 does not tell it that there is none.
_RECORDS = [{"name": "one", "value": "two"}, {"name": "1", "value": "2"}]


@pytest.mark.parametrize(
    ("name", "stored"),
    [("target-duckdb 0.7.0", _RECORDS), ("target-duckdb 0.8.0", _RECORDS[1:])],
)
def test_a_first_row_of_texts(name: str, stored: list[dict[str, str]], tmp_path: Path) -> None:
    messages = [{"type": "RECORD", "stream": "texts", "record": record} for record in _RECORDS]
    settings = {"add_metadata_columns": False}
    with make_target(LOADERS[name], duckdb_file, tmp_path, settings) as target:
        target.load_completely([_SCHEMA, *messages])
        with duckdb.connect(target.destination.config["filepath"], read_only=True) as connection:
            rows = fetch(connection, f"select name, value from {SCHEMA}.texts order by name desc")  # noqa: S608
    assert rows == stored
