"""Normalizes the API's records to the stream's schema."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from operator import itemgetter
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from tap_ozonetel.errors import UnusableRecordError
from tap_ozonetel.records.converters import (
    INVALID,
    choose_converter,
    is_date,
    to_string,
)
from tap_ozonetel.records.schema import REPLICATION_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

#: The records of an account have a handful of shapes. More plans than this come from an API that
#: sends a different one with every record, and are not worth their memory.
MAX_PLANS = 1000

#: The maximum number of fields to warn about.
MAX_WARNINGS = 100

_STRING_TYPES = frozenset({str, type(None)})


class _FieldPlan(NamedTuple):
    """How to normalize the records that have the same fields in the same order."""

    renamed: list[tuple[str, str]]
    dropped: list[str]
    #: All fields of the schema in its order, with null. Its keys are the strings of the records
    #: where they can be: a dictionary finds the same string in half of the time (measured).
    empty: dict[str, Any]
    get_strings: Callable[[dict[str, Any]], Sequence[Any]]


class RecordNormalizer(ABC):
    """Normalizes the records of one stream.

    A subclass has the schema and the keys of its records, and normalizes the keys.

    Args:
        properties: The fields of the stream's schema, which a catalog may have changed.
        warn_dropped: Called once with the name of each field that is not in the schema.
        warn_null: Called once with the name of each field whose values do not all fit its type.
    """

    #: The schema of the stream, without the changes of a catalog.
    schema: ClassVar[dict[str, Any]]
    key_properties: ClassVar[tuple[str, ...]]
    #: Other names that the API has for a field, in lower case.
    aliases: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self,
        properties: Mapping[str, Mapping[str, Any]],
        warn_dropped: Callable[[str], None],
        warn_null: Callable[[str], None],
    ) -> None:
        self._names = dict.fromkeys(properties)
        # The casing differs between endpoints (docs/ozonetel-api.md, "Records").
        self._canonical_names = {
            **{name.lower(): name for name in self.schema["properties"]},
            **self.aliases,
        }
        self._warn_dropped = warn_dropped
        self._warn_null = warn_null
        self._warned: set[str] = set()
        #: What is odd about the records so far, and how many. The stream reports and clears it.
        self.notes: Counter[str] = Counter()
        # The records of an endpoint have the same fields, so a plan is made once and reused.
        self._plans: dict[tuple[str, ...], _FieldPlan] = {}
        converters = {
            name: choose_converter(schema)
            for name, schema in properties.items()
            if name not in {*self.key_properties, REPLICATION_KEY}
        }
        self._strings = [name for name, convert in converters.items() if convert is to_string]
        self._converters = [each for each in converters.items() if each[1] is not to_string]
        # A key has the type of the stream's schema first. Other types are converted from it.
        self._key_converters = [
            (name, choose_converter(properties[name]))
            for name in self.key_properties
            if name in properties
            and name != REPLICATION_KEY
            and properties[name] != self.schema["properties"][name]
        ]

    @abstractmethod
    def normalize_keys(self, record: dict[str, Any]) -> None:
        """Convert the keys other than `CallDate` to the types of the stream's schema.

        Raises:
            UnusableRecordError: A key is missing or invalid.
        """

    def normalize(self, record: object, day: str | None) -> dict[str, Any]:
        """Normalize one record.

        Args:
            record: An item of the response. It may be changed.
            day: The requested day, as YYYY-MM-DD. It replaces a missing or invalid `CallDate`. None
                if several days were requested.

        Returns:
            A record with all fields of the schema in its order, exact keys, and the schema's types.

        Raises:
            UnusableRecordError: The record is not an object or has no usable key.
        """
        if not isinstance(record, dict):
            raise UnusableRecordError("that is not a JSON object")
        names = tuple(record)
        plan = self._plans.get(names) or self._make_plan(names)
        for name, canonical in plan.renamed:
            value = record.pop(name)
            if record.get(canonical) in (None, ""):
                record[canonical] = value
        for name in plan.dropped:
            del record[name]
        normalized = {**plan.empty, **record}
        self.normalize_keys(normalized)
        for name, convert in self._key_converters:
            normalized[name] = convert(normalized[name])
            if normalized[name] is INVALID:
                raise UnusableRecordError(
                    f"with a {name} that does not fit its type in the catalog"
                )
        self._normalize_strings(normalized, plan.get_strings(normalized))
        self._convert_others(normalized)
        date = normalized.get(REPLICATION_KEY)
        if date != day or day is None:
            self._check_date(normalized, day)
        return normalized

    def _check_date(self, record: dict[str, Any], day: str | None) -> None:
        """Check a date that is not the requested day."""
        if is_date(record.get(REPLICATION_KEY)):
            if day is not None:
                self.notes[f"with a {REPLICATION_KEY} other than the requested day"] += 1
        elif day is None:
            raise UnusableRecordError(f"without a usable {REPLICATION_KEY}")
        else:
            record[REPLICATION_KEY] = day

    def _make_plan(self, names: tuple[str, ...]) -> _FieldPlan:
        own = {name: name for name in names}
        strings = [own.get(name, name) for name in self._strings]
        plan = _FieldPlan(
            renamed=[],
            dropped=[],
            empty={own.get(name, name): None for name in self._names},
            # Twice the first one, because the getter of a single name returns no tuple.
            get_strings=itemgetter(*strings, strings[0]) if strings else lambda _: (),
        )
        for name in names:
            canonical = (
                name if name in self._names else self._canonical_names.get(name.lower(), name)
            )
            if canonical not in self._names:
                plan.dropped.append(name)
                self._warn_once(name, self._warn_dropped)
            elif canonical != name:
                plan.renamed.append((name, canonical))
        if len(self._plans) >= MAX_PLANS:
            self._plans.clear()
        self._plans[names] = plan
        return plan

    def _warn_once(self, name: str, warn: Callable[[str], None]) -> None:
        if name not in self._warned and len(self._warned) < MAX_WARNINGS:
            self._warned.add(name)
            warn(name)

    def _normalize_strings(self, record: dict[str, Any], strings: Sequence[Any]) -> None:
        """Convert the string fields to strings, and remove NUL characters."""
        # Both checks run in C: a loop over 40 fields takes longer than parsing them.
        if not _STRING_TYPES.issuperset(map(type, strings)) or "\0" in "".join(
            filter(None, strings)
        ):
            record.update((name, to_string(record[name])) for name in self._strings)

    def _convert_others(self, record: dict[str, Any]) -> None:
        """Convert the fields that are neither keys nor plain strings."""
        for name, convert in self._converters:
            value = record[name]
            if value is None:
                continue
            record[name] = value = convert(value)
            if value is INVALID:
                record[name] = None
                self._warn_once(name, self._warn_null)
