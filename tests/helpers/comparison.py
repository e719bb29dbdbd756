"""Comparison of a table with the records of the account."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Row = dict[str, Any]
Key = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Loader:
    """How a loader stores records."""

    #: Converts the name of a field to the name of its column.
    column: Callable[[str], str]
    #: Converts a date, `YYYY-MM-DD`, to the value that a query returns.
    day: Callable[[str], object]
    #: Converts a number that is not an id to the value that a query returns.
    number: Callable[[Any], object]
    #: The stored value of an empty text.
    empty: str | None = ""

    def row(self, record: Mapping[str, object]) -> Row:
        """Return the expected row of a record."""
        return {self.column(name): self._value(name, value) for name, value in record.items()}

    def key(self, row: Mapping[str, Any]) -> Key:
        """Return the CallID and UCID of a row."""
        return row[self.column("CallID")], row[self.column("UCID")]

    def rows_by_key(self, rows: Iterable[Mapping[str, Any]]) -> dict[Key, Row]:
        """Return the rows by key, without the loader's metadata (`_sdc_…`)."""
        return {self.key(row): _without_metadata(row) for row in rows}

    def _value(self, name: str, value: Any) -> object:  # noqa: ANN401 - of any type
        if value is None:
            return None
        if name == "CallDate":
            return self.day(value)
        if name == "Rating":
            return self.number(value)
        return self.empty if value == "" else value


POSTGRES = Loader(str, day=dt.date.fromisoformat, number=Decimal)
SNOWFLAKE = Loader(str.upper, day=str, number=float)
DUCKDB = Loader(str.lower, day=str, number=float, empty=None)


def differences(
    rows: Iterable[Mapping[str, Any]], records: Iterable[Mapping[str, object]], loader: Loader
) -> list[str]:
    """Compare every row and column of a table with the account, values and types.

    Args:
        rows: The rows of the table.
        records: The records of the account.
        loader: The loader that has written the table.

    Returns:
        A line for each difference.
    """
    found = list(rows)
    count = Counter(map(loader.key, found))
    expected = loader.rows_by_key(map(loader.row, records))
    lines = [f"{key} is missing" for key in expected if key not in count]
    lines += [f"{key} occurs {number} times" for key, number in count.items() if number > 1]
    lines += [f"{key} is not in the account" for key in count if key not in expected]
    for row in map(_without_metadata, found):
        if expected_row := expected.get(loader.key(row)):
            lines += [f"{loader.key(row)} {line}" for line in _compare_row(row, expected_row)]
    return lines


def days_with_late_wrap_ups(
    before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]], loader: Loader
) -> set[object]:
    """Return the days of the rows whose wrap-up was null before and no longer is."""
    rows = loader.rows_by_key(after)
    day, wrap_up = loader.column("CallDate"), loader.column("WrapupDuration")
    return {
        row[day]
        for row in before
        if row[wrap_up] is None and rows[loader.key(row)][wrap_up] is not None
    }


def missing_cases(records: Iterable[Mapping[str, Any]]) -> list[str]:
    """Name the difficult values that none of the records has."""
    missing = dict(_DIFFICULT_VALUES)
    for record in records:
        missing = {name: is_in for name, is_in in missing.items() if not is_in(record)}
    return list(missing)


_DIFFICULT_VALUES: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "an id that a float cannot represent": lambda record: (
        int(float(record["CallID"])) != record["CallID"]
    ),
    "lines": lambda record: "\n" in record["Comments"] and "\r\n" in record["Comments"],
    "a backslash and a tab": lambda record: (
        "\\" in record["Comments"] and "\t" in record["Comments"]
    ),
    "quotes": lambda record: '"' in record["Comments"],
    "an emoji": lambda record: "😀" in record["Comments"],
    "an Indian script": lambda record: record["Skill"] == "हिन्दी",
    "leading zeros": lambda record: record["CallerID"].startswith("000"),
    "a null": lambda record: record["WrapupDuration"] is None,
    "a null number": lambda record: record["Rating"] is None,
    "a number": lambda record: record["Rating"] is not None,
    "an empty text": lambda record: record["Location"] == "",
}


def _without_metadata(row: Mapping[str, Any]) -> Row:
    return {name: value for name, value in row.items() if not name.lower().startswith("_sdc_")}


def _compare_row(row: Row, expected: Row) -> list[str]:
    missing = object()
    return [
        f"has {name} {row.get(name, missing)!r}, not {expected.get(name, missing)!r}"
        for name in {**expected, **row}
        if _typed(row.get(name, missing)) != _typed(expected.get(name, missing))
    ]


def _typed(value: object) -> tuple[type, object]:
    """A value with its type, so that 1 equals neither 1.0 nor True."""
    return type(value), value
