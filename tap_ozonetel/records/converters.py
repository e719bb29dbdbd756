"""Converts the values of the API to the types that the schema of a stream has.

A catalog may change the type of a field. So each field has a converter, chosen once from the schema
of the stream. A conversion loses nothing: a value without an equivalent in the type is `INVALID`.
"""

from __future__ import annotations

import datetime as dt
import re
from contextlib import suppress
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from jsonschema import Draft7Validator
from jsonschema.exceptions import SchemaError

from tap_ozonetel.errors import ConfigError, UnusableRecordError
from tap_ozonetel.records.schema import MAX_INT64, MIN_INT64, REPLICATION_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from singer_sdk import Stream

    Converter = Callable[[Any], Any]

#: The value does not fit the type. Null is not a result: it means that the value is missing.
INVALID = object()

# Leading zeros aside, a 64-bit number has no more digits than this.
_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?")
# Numbers are parsed as int and Decimal, and written to JSON text digit by digit.
_json_encoder = msgspec.json.Encoder(decimal_format="number")
_json_decoder = msgspec.json.Decoder(float_hook=Decimal)
#: The keywords that say more about a value than its type.
_CONSTRAINTS = frozenset(Draft7Validator.VALIDATORS) - {"type", "format"}
#: In the order in which they are tried.
_TYPES = ("integer", "number", "boolean", "object", "array", "string")


def choose_converter(schema: Mapping[str, Any]) -> Converter:
    """Choose the converter of a field.

    Args:
        schema: The JSON schema of the field.

    Returns:
        A function that converts any value except null, and returns `INVALID` if it cannot. It is
        `to_string` if any string fits the schema.
    """
    types = _types(schema)
    converters = {name: _converter_of_type(name, schema) for name in types or _TYPES}
    if len(converters) == 1 and not _CONSTRAINTS & schema.keys():
        return next(iter(converters.values()))
    return partial(_convert_to_any, converters, Draft7Validator(schema))


def check_schemas(streams: Iterable[Stream]) -> None:
    """Check that the records of the selected streams can follow the schemas of the catalog.

    Args:
        streams: All streams.

    Raises:
        ConfigError: A field has a type that its values do not fit.
    """
    for stream in streams:
        fields = stream.effective_schema["properties"] if stream.selected else {}
        for name, schema in fields.items():
            problem = _find_problem(name, schema, stream.primary_keys)
            if problem:
                raise ConfigError(f"In the catalog, the field {name} of {stream.name} {problem}")


def _find_problem(name: str, schema: Mapping[str, Any], keys: Sequence[str]) -> str | None:
    try:
        Draft7Validator.check_schema(schema)
    except SchemaError:
        return "has no valid JSON schema"
    if name == REPLICATION_KEY:
        is_date = "string" in _types(schema) and schema.get("format", "date") == "date"
        return None if is_date else "must have the type string, with the format date or no format"
    if name in keys:
        is_id = {"integer", "number", "string"} & set(_types(schema)) and "format" not in schema
        return None if is_id else "must have the type integer or string"
    # The API does not promise a value for any other field.
    return None if Draft7Validator(schema).is_valid(None) else "must allow null"


def _types(schema: Mapping[str, Any]) -> Sequence[str]:
    """The types of a schema other than null; empty if it has none."""
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    return [name for name in _TYPES if name in types]


def _converter_of_type(name: str, schema: Mapping[str, Any]) -> Converter:
    if name == "string":
        return _STRING_FORMATS.get(schema.get("format", ""), to_string)
    return _CONVERTERS[name]


def _convert_to_any(
    converters: Mapping[str, Converter], validator: Draft7Validator, value: object
) -> object:
    """Convert a value to the first type that fits, beginning with its own type."""
    own_type = {name for name in converters if Draft7Validator.TYPE_CHECKER.is_type(value, name)}
    for name in sorted(converters, key=lambda name: name not in own_type):
        converted = converters[name](value)
        if converted is not INVALID and _is_valid(validator, converted):
            return converted
    return INVALID


def _is_valid(validator: Draft7Validator, value: object) -> bool:
    if value is None:
        return True
    # Decimal and float do not mix, and the schema may have either.
    for number in (value, float(value)) if isinstance(value, Decimal) else (value,):
        with suppress(TypeError, ArithmeticError):
            return validator.is_valid(number)
    return False


def to_string(value: object) -> str | None:
    """Convert a value to a string: strings as they are, other values as JSON writes them."""
    if value is None:
        return value
    if isinstance(value, str):
        return value.replace("\0", "")  # SQL databases reject NUL characters.
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        # Unlike int's, Decimal's conversion to a string has no limit on the number of digits.
        return str(Decimal(value))
    if isinstance(value, Decimal):
        return str(value)
    try:
        return _json_encoder.encode(value).decode()
    except RecursionError:
        raise UnusableRecordError("with a field that is nested too deeply") from None


def to_number(value: object) -> object:
    """Convert a number or a string of digits to a number of at most 64 bits."""
    if value == "":
        return None
    number = value
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        number = Decimal(value.strip())
        number = int(number) if number == number.to_integral_value() else number
    if isinstance(number, int | Decimal) and not isinstance(number, bool) and fits_int64(number):
        return number
    return INVALID


def fits_int64(number: int | Decimal) -> bool:
    """Whether a number is in the range of 64-bit integers. No target takes larger ones."""
    return MIN_INT64 <= number <= MAX_INT64


def is_date(value: object) -> bool:
    """Whether a value is a date as YYYY-MM-DD, and not another format of ISO 8601."""
    try:
        return isinstance(value, str) and dt.date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _to_integer(value: object) -> object:
    number = to_number(value)
    if isinstance(number, Decimal):
        return int(number) if number == number.to_integral_value() else INVALID
    return number


def _to_boolean(value: object) -> object:
    if isinstance(value, bool):
        return value
    if not isinstance(value, str):
        return INVALID
    return {"": None, "true": True, "false": False}.get(value.strip().lower(), INVALID)


def _to_container(kind: type, value: object) -> object:
    """Convert an object or a list, or a string that is one in JSON."""
    if value == "":
        return None
    if isinstance(value, str):
        try:
            value = _json_decoder.decode(value)
        except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError):
            return INVALID
    return value if isinstance(value, kind) else INVALID


def _to_date(value: object) -> object:
    if value == "":
        return None
    return value if is_date(value) else INVALID


def _to_iso_format(parse: Callable[[str], dt.time | dt.datetime], value: object) -> object:
    if value == "":
        return None
    try:
        return parse(value).isoformat() if isinstance(value, str) else INVALID
    except ValueError:
        return INVALID


_CONVERTERS: Mapping[str, Converter] = {
    "integer": _to_integer,
    "number": to_number,
    "boolean": _to_boolean,
    "object": partial(_to_container, dict),
    "array": partial(_to_container, list),
}
_STRING_FORMATS: Mapping[str, Converter] = {
    "date": _to_date,
    "time": partial(_to_iso_format, dt.time.fromisoformat),
    "date-time": partial(_to_iso_format, dt.datetime.fromisoformat),
}
