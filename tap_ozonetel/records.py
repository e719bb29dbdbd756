"""Normalizes the API's records to the stream's schema."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from tap_ozonetel.errors import OzonetelError
from tap_ozonetel.schema import CDR_SCHEMA, KEY_PROPERTIES, REPLICATION_KEY, TEXT_FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

#: Canonical names by lower case. The casing differs between endpoints (docs/ozonetel-api.md,
#: "Records").
_CANONICAL_NAMES = {name.lower(): name for name in CDR_SCHEMA["properties"]} | {
    "transferto": "TransferredTo"
}

_TEXT_TYPES = frozenset({str, type(None)})
# Leading zeros aside, a 64-bit number has no more digits than this.
_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?")
_ID = re.compile(r"[+-]?[0-9]{1,40}")
# Numbers are parsed as int and Decimal, and written to JSON text digit by digit.
_json_encoder = msgspec.json.Encoder(decimal_format="number")
_MIN_INT64, _MAX_INT64 = -(2**63), 2**63 - 1


class _FieldPlan(NamedTuple):
    """How to normalize the records that have the same fields in the same order."""

    renamed: list[tuple[str, str]]
    dropped: list[str]
    texts: list[str]
    #: Fields that a user added to the schema.
    extra: list[str]


class RecordNormalizer:
    """Normalizes the records of one stream.

    Args:
        known: The fields of the stream's schema, with those that a user added.
        warn: Called once with the name of each field that is dropped.
    """

    def __init__(self, known: Collection[str], warn: Callable[[str], None]) -> None:
        self._known = frozenset(known)
        self._warn = warn
        self._warned: set[str] = set()
        # The records of an endpoint have the same fields, so a plan is made once and reused.
        self._plans: dict[tuple[str, ...], _FieldPlan] = {}

    def normalize(self, record: object, day: str) -> dict[str, Any]:
        """Normalize one record.

        Args:
            record: An item of `details`. It is changed in place.
            day: The requested day, as YYYY-MM-DD. It replaces a missing or invalid `CallDate`.

        Returns:
            The record with canonical names, exact ids, and the types of the schema.

        Raises:
            OzonetelError: The record is not an object or has no usable id.
        """
        if not isinstance(record, dict):
            raise _unusable_record("a record that is not a JSON object")
        names = tuple(record)
        plan = self._plans.get(names) or self._make_plan(names)
        for name, canonical in plan.renamed:
            value = record.pop(name)
            if record.get(canonical) in (None, ""):
                record[canonical] = value
        for name in plan.dropped:
            del record[name]
        _normalize_ids(record)
        _normalize_texts(record, plan)
        if record.get("Rating") is not None:
            record["Rating"] = _parse_number(record["Rating"])
        if record.get(REPLICATION_KEY) != day and not _is_date(record.get(REPLICATION_KEY)):
            record[REPLICATION_KEY] = day
        return record

    def _make_plan(self, names: tuple[str, ...]) -> _FieldPlan:
        plan = _FieldPlan([], [], [], [])
        for name in names:
            canonical = name if name in self._known else _CANONICAL_NAMES.get(name.lower(), name)
            if canonical not in self._known:
                plan.dropped.append(name)
                self._warn_once(name)
                continue
            if canonical != name:
                plan.renamed.append((name, canonical))
            if canonical in TEXT_FIELDS:
                plan.texts.append(canonical)
            elif canonical not in CDR_SCHEMA["properties"]:
                plan.extra.append(canonical)
        self._plans[names] = plan
        return plan

    def _warn_once(self, name: str) -> None:
        if name not in self._warned:
            self._warned.add(name)
            self._warn(name)


def _normalize_ids(record: dict[str, Any]) -> None:
    """Convert both ids to exact integers. A missing one gets the value of the other.

    The API does not promise that both are there (docs/ozonetel-api.md, "Records").
    """
    call_id, ucid = (_parse_id(name, record.get(name)) for name in KEY_PROPERTIES)
    if call_id is None and ucid is None:
        raise _unusable_record("a record without CallID and UCID")
    record["CallID"] = ucid if call_id is None else call_id
    record["UCID"] = call_id if ucid is None else ucid


def _normalize_texts(record: dict[str, Any], plan: _FieldPlan) -> None:
    """Convert the text fields to text, and remove NUL characters."""
    texts = list(map(record.__getitem__, plan.texts))
    # Both checks run in C: a loop over 40 fields takes longer than parsing them.
    if not _TEXT_TYPES.issuperset(map(type, texts)):
        record.update((name, _to_text(record[name])) for name in plan.texts)
        texts = list(map(record.__getitem__, plan.texts))
    if "\0" in "".join(filter(None, texts)):
        record.update((name, _remove_nul(record[name])) for name in plan.texts)
    for name in plan.extra:
        record[name] = _remove_nul(record[name])


def _parse_id(name: str, value: object) -> int | None:
    """Parse an id as a 64-bit integer; None if it is missing.

    Raises:
        OzonetelError: The value is not an integer of 64 bits.
    """
    if value is None or value == "":
        return None
    number = value
    if isinstance(value, str) and _ID.fullmatch(value.strip()):
        number = int(value)
    if isinstance(value, Decimal) and _fits_int64(value) and value == value.to_integral_value():
        number = int(value)
    if type(number) is int and _fits_int64(number):
        return number
    raise _unusable_record(f"a {name} that is not a 64-bit integer")


def _parse_number(value: object) -> int | Decimal | None:
    """Parse a number or a text of digits; None for any other value."""
    number = value
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        number = Decimal(value.strip())
        number = int(number) if number == number.to_integral_value() else number
    if isinstance(number, int | Decimal) and not isinstance(number, bool) and _fits_int64(number):
        return number
    return None


def _fits_int64(number: int | Decimal) -> bool:
    # No target takes larger numbers.
    return _MIN_INT64 <= number <= _MAX_INT64


def _to_text(value: object) -> str | None:
    """Convert a value to text: text as it is, other values as JSON writes them."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        # Unlike int's, Decimal's conversion to text has no limit on the number of digits.
        return str(Decimal(value))
    if isinstance(value, Decimal):
        return str(value)
    try:
        return _json_encoder.encode(value).decode()
    except RecursionError:
        raise _unusable_record("a field that is nested too deeply") from None


def _unusable_record(what: str) -> OzonetelError:
    return OzonetelError(
        f"The API sent {what}. Run again. If the error persists, report the day to Ozonetel's "
        "support, and set start_date to the next day to continue without it"
    )


def _remove_nul(value: Any) -> Any:  # noqa: ANN401 - fields that a user added have any type
    # SQL databases reject NUL characters in text.
    return value.replace("\0", "") if isinstance(value, str) else value


def _is_date(value: object) -> bool:
    """Whether a value is a date as YYYY-MM-DD, and not another format of ISO 8601."""
    try:
        return isinstance(value, str) and dt.date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
