# /// script
# requires-python = ">=3.11"
# dependencies = ["target-s3tables==0.0.6", "pyiceberg[sql-sqlite]==0.12.0"]
# ///
"""Runs the real target-s3tables with an Iceberg catalog in SQLite in place of Amazon's.

    uv run --script s3tables_on_sqlite.py FOLDER --config CONFIG < SINGER > STATE
    uv run --script s3tables_on_sqlite.py FOLDER --rows TABLE > JSON

FOLDER keeps the catalog and the Parquet files for the next run. The loader can open REST catalogs
only, so this script replaces the function that it opens them with.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pyiceberg.catalog.sql import SqlCatalog  # type: ignore[import-not-found]
from target_s3tables import iceberg  # type: ignore[import-not-found]
from target_s3tables.target import TargetS3Tables  # type: ignore[import-not-found]

_FOLDER = Path(sys.argv.pop(1))


def open_catalog(*_names: str, **_properties: str) -> Any:  # noqa: ANN401 - of pyiceberg
    """Open the catalog of the folder."""
    uri = f"sqlite:///{_FOLDER / 'catalog.db'}"
    return SqlCatalog("calls", uri=uri, warehouse=_FOLDER.as_uri())


def write_rows(name: str) -> None:
    """Write the rows and the types of a table to stdout."""
    table = open_catalog().load_table(name)
    types = {field.name: str(field.field_type) for field in table.schema().fields}
    rows = table.scan().to_arrow().to_pylist()
    json.dump({"rows": rows, "types": types}, sys.stdout, default=str)


if __name__ == "__main__":
    if sys.argv[1] == "--rows":
        write_rows(sys.argv[2])
    else:
        iceberg.load_catalog = open_catalog
        TargetS3Tables.cli()
