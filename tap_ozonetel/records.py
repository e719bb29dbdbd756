"""How a record as the API sends it becomes one of the stream."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from tap_ozonetel.errors import OzonetelError
from tap_ozonetel.schema import KEY_PROPERTIES, REPLICATION_KEY, SCHEMA, TEXT_FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

#: Canonical names by their lower case: the casing differs from endpoint to endpoint.
_CANONICAL = {name.lower(): name for name in SCHEMA["properties"]} | {"transferto": "TransferredTo"}

_TEXT_TYPES = frozenset({str, type(None)})
# No more digits than a 64-bit number has, but for leading zeros.
_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?")
_ID = re.compile(r"[+-]?[0-9]{1,40}")
# Numbers are read as int and Decimal, and go into JSON text digit by digit.
_json = msgspec.json.Encoder(decimal_format="number")
_SMALLEST_ID, _LARGEST_ID = -(2**63), 2**63 - 1


class _Shape(NamedTuple):
    """What is to be done with all records that have the same fields in the same order."""

    renamed: list[tuple[str, str]]
    left_out: list[str]
    texts: list[str]
    added: list[str]


class RecordReader:
    """Reads the records of one stream."""

    def __init__(self, known: Collection[str], warn: Callable[[str], None]) -> None:
        """Set what the stream takes.

        Args:
            known: The fields of the stream's schema, with those that a user has added to it.
            warn: Called once with the name of each field that is left out.
        """
        self._known = frozenset(known)
        self._warn = warn
        self._warned: set[str] = set()
        # Records of one endpoint all look alike, so what to do with them is worked out once.
        self._shapes: dict[tuple[str, ...], _Shape] = {}

    def read(self, record: object, day: str) -> dict[str, Any]:
        """Make a record as the API sends it into one of the stream.

        Args:
            record: An item of `details`; changed in place.
            day: The day that was asked for, as YYYY-MM-DD.

        Returns:
            The record with canonical names, exact ids, and types as in the schema.

        Raises:
            OzonetelError: The record is no object, or has no usable id.
        """
        if not isinstance(record, dict):
            raise _unusable("a record that is no JSON object")
        names = tuple(record)
        shape = self._shapes.get(names) or self._learn(names)
        for name, canonical in shape.renamed:
            value = record.pop(name)
            if record.get(canonical) in (None, ""):
                record[canonical] = value
        for name in shape.left_out:
            del record[name]
        _repair_ids(record)
        _repair_texts(record, shape)
        if record.get("Rating") is not None:
            record["Rating"] = _number(record["Rating"])
        if record.get(REPLICATION_KEY) != day and not _is_date(record.get(REPLICATION_KEY)):
            record[REPLICATION_KEY] = day
        return record

    def _learn(self, names: tuple[str, ...]) -> _Shape:
        """Work out what is to be done with records of these fields."""
        shape = _Shape([], [], [], [])
        for name in names:
            canonical = name if name in self._known else _CANONICAL.get(name.lower(), name)
            if canonical not in self._known:
                shape.left_out.append(name)
                self._warn_once(name)
                continue
            if canonical != name:
                shape.renamed.append((name, canonical))
            if canonical in TEXT_FIELDS:
                shape.texts.append(canonical)
            elif canonical not in SCHEMA["properties"]:
                shape.added.append(canonical)
        self._shapes[names] = shape
        return shape

    def _warn_once(self, name: str) -> None:
        if name not in self._warned:
            self._warned.add(name)
            self._warn(name)


def _repair_ids(record: dict[str, Any]) -> None:
    """Make both ids exact numbers; where one is missing it is the other (contract, "Records")."""
    call, leg = (_id(name, record.get(name)) for name in KEY_PROPERTIES)
    if call is None and leg is None:
        raise _unusable("a record with neither CallID nor UCID")
    record["CallID"] = leg if call is None else call
    record["UCID"] = call if leg is None else leg


def _repair_texts(record: dict[str, Any], shape: _Shape) -> None:
    """Make text of what is to be text, and leave alone what is."""
    texts = list(map(record.__getitem__, shape.texts))
    # Both questions are asked in C, for a loop over 40 fields would take longer than the parsing.
    if not _TEXT_TYPES.issuperset(map(type, texts)):
        record.update((name, _text(record[name])) for name in shape.texts)
        texts = list(map(record.__getitem__, shape.texts))
    if "\0" in "".join(filter(None, texts)):
        record.update((name, _without_nul(record[name])) for name in shape.texts)
    for name in shape.added:
        record[name] = _without_nul(record[name])


def _id(name: str, value: object) -> int | None:
    """An id as a 64-bit number, None where it is missing.

    Raises:
        OzonetelError: It is neither.
    """
    if value is None or value == "":
        return None
    number = value
    if isinstance(value, str) and _ID.fullmatch(value.strip()):
        number = int(value)
    if isinstance(value, Decimal) and _fits(value) and value == value.to_integral_value():
        number = int(value)
    if type(number) is int and _fits(number):
        return number
    raise _unusable(f"a {name} that is no 64-bit whole number")


def _number(value: object) -> int | Decimal | None:
    """A number, sent as one or as digits in text; None for anything else."""
    number = value
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        number = Decimal(value.strip())
        number = int(number) if number == number.to_integral_value() else number
    if isinstance(number, int | Decimal) and not isinstance(number, bool) and _fits(number):
        return number
    return None


def _fits(number: int | Decimal) -> bool:
    """Whether a number has its place in 64 bits; no target takes more."""
    return _SMALLEST_ID <= number <= _LARGEST_ID


def _text(value: object) -> str | None:
    """A value as text: text as it came, numbers and the rest as they stand in JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return str(value)
    try:
        return _json.encode(value).decode()
    except RecursionError:
        raise _unusable("a field that is nested too deep") from None


def _unusable(what: str) -> OzonetelError:
    return OzonetelError(
        f"The API sent {what}. Run again; if it stays so, report the day to Ozonetel's support, "
        "and go on behind it with the setting start_date"
    )


def _without_nul(value: Any) -> Any:  # noqa: ANN401 - of a user's own field any value passes
    """Text without NUL characters, which no SQL target takes."""
    return value.replace("\0", "") if isinstance(value, str) else value


def _is_date(value: object) -> bool:
    """Whether a value is a date as YYYY-MM-DD, and no other of the forms of ISO 8601."""
    try:
        return isinstance(value, str) and dt.date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
