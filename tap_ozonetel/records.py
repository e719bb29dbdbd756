"""Normalizes the API's records to the stream's schema."""

from __future__ import annotations

import re
from decimal import Decimal
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_ozonetel.errors import UnusableRecordError
from tap_ozonetel.field_converters import (
    INVALID,
    choose_converter,
    fits_int64,
    is_date,
    is_plain_text,
    to_text,
)
from tap_ozonetel.schema import (
    CDR_SCHEMA,
    KEY_PROPERTIES,
    MAX_INT64,
    MIN_INT64,
    REPLICATION_KEY,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

#: Canonical names by lower case. The casing differs between endpoints (docs/ozonetel-api.md,
#: "Records").
_CANONICAL_NAMES = {name.lower(): name for name in CDR_SCHEMA["properties"]} | {
    "transferto": "TransferredTo"
}

_TEXT_TYPES = frozenset({str, type(None)})
# Leading zeros aside, a 64-bit number has no more digits than this.
_ID = re.compile(r"[+-]?[0-9]{1,40}")


class _FieldPlan(NamedTuple):
    """How to normalize the records that have the same fields in the same order."""

    renamed: list[tuple[str, str]]
    dropped: list[str]
    #: All fields of the schema in its order, with null. Its keys are the strings of the records
    #: where they can be: a dictionary finds the same string in half of the time (measured).
    empty: dict[str, Any]
    get_texts: Callable[[dict[str, Any]], Sequence[Any]]


class RecordNormalizer:
    """Normalizes the records of one stream.

    Args:
        properties: The fields of the stream's schema, which a catalog may have changed.
        warn_dropped: Called once with the name of each field that is not in the schema.
        warn_null: Called once with the name of each field whose values do not all fit its type.
    """

    def __init__(
        self,
        properties: Mapping[str, Mapping[str, Any]],
        warn_dropped: Callable[[str], None],
        warn_null: Callable[[str], None],
    ) -> None:
        self._names = dict.fromkeys(properties)
        self._warn_dropped = warn_dropped
        self._warn_null = warn_null
        self._warned: set[str] = set()
        # The records of an endpoint have the same fields, so a plan is made once and reused.
        self._plans: dict[tuple[str, ...], _FieldPlan] = {}
        others = {
            name: schema
            for name, schema in properties.items()
            if name not in {*KEY_PROPERTIES, REPLICATION_KEY}
        }
        self._texts = [name for name, schema in others.items() if is_plain_text(schema)]
        self._converters = [
            (name, choose_converter(schema))
            for name, schema in others.items()
            if not is_plain_text(schema)
        ]
        # Integers are what an id is. Other types are converted from it.
        self._id_converters = [
            (name, choose_converter(properties[name]))
            for name in KEY_PROPERTIES
            if name in properties and properties[name] != CDR_SCHEMA["properties"][name]
        ]

    def normalize(self, record: object, day: str) -> dict[str, Any]:
        """Normalize one record.

        Args:
            record: An item of `details`. It may be changed.
            day: The requested day, as YYYY-MM-DD. It replaces a missing or invalid `CallDate`.

        Returns:
            A record with all fields of the schema in its order, exact ids, and the schema's types.

        Raises:
            UnusableRecordError: The record is not an object or has no usable id.
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
        _normalize_ids(normalized)
        for name, convert in self._id_converters:
            normalized[name] = convert(normalized[name])
            if normalized[name] is INVALID:
                raise UnusableRecordError(f"with a {name} that does not fit the catalog")
        self._normalize_texts(normalized, plan.get_texts(normalized))
        self._convert_others(normalized)
        date = normalized.get(REPLICATION_KEY)
        if date != day and not is_date(date):
            normalized[REPLICATION_KEY] = day
        return normalized

    def _make_plan(self, names: tuple[str, ...]) -> _FieldPlan:
        own = {name: name for name in names}
        texts = [own.get(name, name) for name in self._texts]
        plan = _FieldPlan(
            renamed=[],
            dropped=[],
            empty={own.get(name, name): None for name in self._names},
            # Twice the first one, because the getter of a single name returns no tuple.
            get_texts=itemgetter(*texts, texts[0]) if texts else lambda _: (),
        )
        for name in names:
            canonical = name if name in self._names else _CANONICAL_NAMES.get(name.lower(), name)
            if canonical not in self._names:
                plan.dropped.append(name)
                if name not in self._warned:
                    self._warned.add(name)
                    self._warn_dropped(name)
            elif canonical != name:
                plan.renamed.append((name, canonical))
        self._plans[names] = plan
        return plan

    def _normalize_texts(self, record: dict[str, Any], texts: Sequence[Any]) -> None:
        """Convert the text fields to text, and remove NUL characters."""
        # Both checks run in C: a loop over 40 fields takes longer than parsing them.
        if not _TEXT_TYPES.issuperset(map(type, texts)) or "\0" in "".join(filter(None, texts)):
            record.update((name, to_text(record[name])) for name in self._texts)

    def _convert_others(self, record: dict[str, Any]) -> None:
        """Convert the fields that are neither ids nor plain text."""
        for name, convert in self._converters:
            value = record[name]
            if value is None:
                continue
            record[name] = value = convert(value)
            if value is INVALID:
                record[name] = None
                if name not in self._warned:
                    self._warned.add(name)
                    self._warn_null(name)


def _normalize_ids(record: dict[str, Any]) -> None:
    """Convert both ids to exact integers. A missing one gets the value of the other.

    The API does not promise that both are there (docs/ozonetel-api.md, "Records").
    """
    call_id, ucid = record.get("CallID"), record.get("UCID")
    if type(call_id) is type(ucid) is int and fits_int64(call_id) and fits_int64(ucid):
        return
    call_id, ucid = _parse_id("CallID", call_id), _parse_id("UCID", ucid)
    if call_id is None and ucid is None:
        raise UnusableRecordError("without CallID and UCID")
    record["CallID"] = ucid if call_id is None else call_id
    record["UCID"] = call_id if ucid is None else ucid


def _parse_id(name: str, value: object) -> int | None:
    """Parse an id as a 64-bit integer; None if it is missing.

    Raises:
        UnusableRecordError: The value is not an integer of 64 bits.
    """
    if value is None or value == "":
        return None
    number = value
    if isinstance(value, str) and _ID.fullmatch(value.strip()):
        number = int(value)
    if isinstance(value, Decimal) and fits_int64(value) and value == value.to_integral_value():
        number = int(value)
    if type(number) is int and MIN_INT64 <= number <= MAX_INT64:
        return number
    raise UnusableRecordError(f"with a {name} that is not a 64-bit integer")
