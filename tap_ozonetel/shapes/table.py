"""The shape of the records of a day: a table with a line per field, and no value."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from tap_ozonetel.shapes.columns import Column
from tap_ozonetel.shapes.json_types import json_type
from tap_ozonetel.shapes.known_values import KNOWN_WORDS, NAME_FIELDS, describe_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: The records that are counted together: a column of many values is counted in C.
BATCH_RECORDS = 250
#: Caps on what is in memory.
MAX_FIELDS, MAX_NAME_CHARACTERS = 150, 1_000_000
#: The memory of a string apart from its characters.
_TEXT_BYTES = 50

_OTHER_FIELDS = "other fields"
_NAME_FIELDS = frozenset(map(str.lower, NAME_FIELDS))


class RecordTable:
    """The shape of records. Its memory does not grow with their number.

    Args:
        known_fields: The fields that the records may have, in the order of the table. The API has
            them in any casing.
        aliases: Other names of fields, in lower case.
    """

    def __init__(self, known_fields: Iterable[str], aliases: Iterable[str] = ()) -> None:
        self._known_fields = dict.fromkeys(known_fields)
        self._columns = {name: Column(name) for name in self._known_fields}
        self._known_names = {*map(str.lower, self._known_fields), *aliases}
        #: The number of records, with those that are not objects.
        self.records = 0
        self._others: Counter[str] = Counter()
        #: The values of records by the names of their fields, until there are enough of them.
        self._batch: defaultdict[tuple[str, ...], list[tuple[Any, ...]]] = defaultdict(list)
        #: The strings of the name fields, in lower case. None if there were too many.
        self._names: set[str] | None = set()
        self._name_characters = 0

    def observe(self, records: Iterable[object]) -> Iterator[object]:
        """Count records while they are read.

        Yields:
            The same records.
        """
        for record in records:
            self.records += 1
            if isinstance(record, dict):
                # A tuple, because the caller may change the record.
                self._batch[tuple(record)].append(tuple(record.values()))
            else:
                self._others[json_type(record)] += 1
            if self.records % BATCH_RECORDS == 0:
                self._count_batch()
            yield record
        self._count_batch()

    @property
    def known(self) -> list[str]:
        """The known fields that some record has."""
        return [name for name in self._known_fields if self._columns[name].present]

    @property
    def missing(self) -> list[str]:
        """The known fields that no record has."""
        return [name for name in self._known_fields if not self._columns[name].present]

    @property
    def unknown(self) -> list[str]:
        """The other fields, with the pattern of a name that does not look like one of a field."""
        names = (name for name in self._columns if not self._is_known(name))
        return list(dict.fromkeys(map(self._shown_name, names)))

    def types(self, name: str) -> set[str]:
        """The JSON types of the values of a field, except null."""
        column = self._columns.get(name)
        return set(column.types) if column else set()

    def lines(self) -> Iterator[str]:
        """The lines of the table.

        Yields:
            The number of records, the names of the columns, and a line per field.
        """
        self._count_batch()
        others = [f"{count:,} of type {kind}" for kind, count in self._others.items()]
        yield ", ".join([f"{self.records:,} record{'s' * (self.records != 1)}", *others])
        yield "field | absent | null | empty | types | length | values"
        objects = self.records - self._others.total()
        for name, column in self._columns.items():
            mark = "" if self._is_known(name) else " (unknown)"
            lengths = column.lengths or ()
            cells = (
                self._shown_name(name) + mark,
                f"{max(objects - column.present, 0):,}",
                f"{column.nulls:,}",
                f"{column.empty:,}",
                ", ".join(f"{kind} {count:,}" for kind, count in column.types.items()),
                "-".join(f"{length:,}" for length in dict.fromkeys(lengths)),
                column.describe_values(self._names),
            )
            yield " | ".join(cell or "-" for cell in cells)

    def _count_batch(self) -> None:
        for names, rows in self._batch.items():
            for name, values in zip(names, zip(*rows, strict=True), strict=True):
                texts = self._column(name).add(values)
                # An unknown field may have names.
                may_have_names = name.lower() in _NAME_FIELDS or not self._is_known(name)
                if may_have_names and name not in KNOWN_WORDS:
                    self._add_names(texts)
        self._batch.clear()

    def _column(self, name: str) -> Column:
        if name not in self._columns and len(self._columns) >= MAX_FIELDS:
            name = _OTHER_FIELDS
        return self._columns.setdefault(name, Column(name))

    def _add_names(self, texts: Iterable[str]) -> None:
        if self._names is None:
            return
        for text in {text.lower() for text in texts if not text.isdigit()} - self._names:
            self._names.add(text)
            self._name_characters += len(text) + _TEXT_BYTES
        if self._name_characters > MAX_NAME_CHARACTERS:
            self._names = None

    def _is_known(self, name: str) -> bool:
        return name.lower() in self._known_names

    def _shown_name(self, name: str) -> str:
        return name if name == _OTHER_FIELDS else describe_name(name)
