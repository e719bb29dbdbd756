"""Validates the form of the setting `stream_maps`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsonschema import Draft7Validator
from singer_sdk.mapper import NULL_STRING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Meltano drops nulls from `meltano.yml`, so the SDK has a string for null.
_NULLS = [None, NULL_STRING]


def find_stream_map_problems(maps: Mapping[str, Any]) -> Iterator[str]:
    """Find what is wrong with the form of stream maps.

    The SDK's own JSON schema of this setting cannot be used: `jsonschema` fails on it, and its
    errors do not have the place.

    Yields:
        Parts of the setting, and what they must be. Expressions are checked when they are used.
    """
    for stream, definition in maps.items():
        if stream == "__else__":
            if definition not in _NULLS:
                yield f"stream_maps.{stream} must be {NULL_STRING} or null"
        elif stream.startswith("__"):
            yield f"stream_maps.{stream} is not an option. __else__ is the only one"
        elif isinstance(definition, dict):
            for field, value in definition.items():
                schema, expected = _RULES.get(field, _FIELD_RULE)
                if not Draft7Validator(schema).is_valid(value):
                    yield f"stream_maps.{stream}.{field} must be {expected}"
        elif definition not in _NULLS:
            yield f"stream_maps.{stream} must be an object, {NULL_STRING} or null"


_FIELD_RULE = ({"type": ["string", "null"]}, f"an expression (a string), {NULL_STRING} or null")

#: For each option of a map its JSON schema, and what is expected.
_RULES: dict[str, tuple[dict[str, Any], str]] = {
    "__alias__": ({"type": "string"}, "a string"),
    "__source__": ({"type": "string"}, "a string"),
    "__filter__": ({"type": ["string", "null"]}, "an expression (a string) or null"),
    "__else__": ({"enum": _NULLS}, f"{NULL_STRING} or null"),
    "__key_properties__": (
        {"type": ["array", "null"], "items": {"type": "string"}},
        "a list of fields or null",
    ),
}
