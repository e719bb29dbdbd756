"""The rows that a loader should store, and what each loader changes."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.helpers.targets.messages import field_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tests.helpers.comparison import Row

#: What loaders change by themselves, applied to each value.
CHANGES: dict[str, Callable[[Any], Any]] = {
    "empty strings are null": lambda value: None if value == "" else value,
    "nulls are empty strings": lambda value: "" if value is None else value,
    "CR LF and CR become LF": lambda value: (
        value.replace("\r\n", "\n").replace("\r", "\n") if isinstance(value, str) else value
    ),
    "line breaks and tabs become the characters `\\n`, `\\r` and `\\t`": lambda value: (
        value.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
        if isinstance(value, str)
        else value
    ),
}


def expected_rows(records: Iterable[Mapping[str, Any]], changes: Iterable[str]) -> list[Row]:
    """Return the rows of records after the changes of a loader."""
    made = list(changes)
    return [_row(record, made) for record in records]


def differences(found: Iterable[Row], expected: Iterable[Row]) -> list[str]:
    """Compare rows in any order, with the type of each value.

    Returns:
        A line for each row that is missing or superfluous.
    """
    rows, wanted = Counter(map(_frozen, found)), Counter(map(_frozen, expected))
    missing = [f"missing: {_shorten(row)}" for row in (wanted - rows).elements()]
    return missing + [f"superfluous: {_shorten(row)}" for row in (rows - wanted).elements()]


def _row(record: Mapping[str, Any], changes: list[str]) -> Row:
    row = {name: record.get(name) for name in field_names()}
    if row["Rating"] is not None:
        row["Rating"] = Decimal(str(row["Rating"]))
    for change in changes:
        row = {name: CHANGES[change](value) for name, value in row.items()}
    return row


def _frozen(row: Row) -> tuple[tuple[str, str, object], ...]:
    return tuple((name, type(value).__name__, row[name]) for name, value in sorted(row.items()))


def _shorten(row: tuple[tuple[str, str, object], ...]) -> str:
    return ", ".join(f"{name}={value!r}"[:60] for name, _, value in row if value not in (None, ""))
