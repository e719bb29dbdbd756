"""Loaders that write files."""

from __future__ import annotations

import csv
import json
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.helpers.targets.messages import field_names
from tests.helpers.targets.running import Destination, Stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.helpers.comparison import Row

TYPED_FIELDS = ("CallID", "UCID", "CallDate", "Rating")
_JSON_TYPES = {int: "number", Decimal: "number", str: "text"}


@contextmanager
def jsonl(folder: Path) -> Iterator[Destination]:
    config = {"destination_path": str(folder), "do_timestamp_file": False}
    yield Destination(config, lambda: read_json_lines(folder.glob("*.jsonl")))


@contextmanager
def csv_files(folder: Path) -> Iterator[Destination]:
    config = {"output_path": str(folder)}
    yield Destination(config, lambda: read_csv(folder.glob("*.csv")))


def read_json_lines(files: Iterable[Path]) -> Stored:
    """Read the rows of JSON Lines; a line ends with a line feed only."""
    rows = [
        json.loads(line, parse_float=Decimal)
        for file in sorted(files)
        for line in file.read_bytes().splitlines()
    ]
    return json_rows(rows)


def json_rows(rows: list[dict[str, Any]]) -> Stored:
    """Return decoded JSON records, whose floats are decimals, with the types of their fields."""
    types = {name: _json_type(rows, name) for name in TYPED_FIELDS}
    return Stored([_row_of_json(row) for row in rows], types)


def read_csv(files: Iterable[Path]) -> Stored:
    """Read the rows of CSV files, in which every value is text."""
    rows = []
    for file in sorted(files):
        with file.open(encoding="utf-8", newline="") as lines:
            rows += [_row_of_csv(row) for row in csv.DictReader(lines)]
    return Stored(rows, dict.fromkeys(TYPED_FIELDS, "text"))


def _json_type(rows: list[dict[str, Any]], name: str) -> str:
    types = {_JSON_TYPES[type(row[name])] for row in rows if row.get(name) is not None}
    return " or ".join(sorted(types))


def _row_of_json(row: Row) -> Row:
    found = {name: row.get(name) for name in field_names()}
    if isinstance(found["Rating"], int):
        found["Rating"] = Decimal(found["Rating"])
    return found


def _row_of_csv(row: dict[str, str]) -> Row:
    """Parse the numbers, as a reader of the file must."""
    found: Row = {name: row.get(name) for name in field_names()}
    for name, parse in (("CallID", int), ("UCID", int), ("Rating", Decimal)):
        if _is_number(found[name]):
            found[name] = parse(found[name])
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, str) and value.lstrip("-").replace(".", "", 1).isdigit()


FILES: dict[str, Callable[[Path], AbstractContextManager[Destination]]] = {
    "jsonl": jsonl,
    "csv": csv_files,
}
