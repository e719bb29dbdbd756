"""Validates the form of the setting `stream_maps`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

#: Meltano drops nulls from `meltano.yml`, so the SDK has this string for null.
_NULL = "__NULL__"


def find_stream_map_problems(maps: Mapping[str, Any]) -> Iterator[str]:
    """Find what is wrong with the form of stream maps.

    The SDK's own JSON schema of this setting cannot be used: `jsonschema` fails on it, and its
    errors do not have the place.

    Yields:
        Parts of the setting, and what they must be. Expressions are checked when they are used.
    """
    for stream, definition in maps.items():
        if stream == "__else__":
            if not _is_null(definition):
                yield f"stream_maps.{stream} must be {_NULL} or null"
        elif stream.startswith("__"):
            yield f"stream_maps.{stream} is not an option. __else__ is the only one"
        elif isinstance(definition, dict):
            for field, value in definition.items():
                is_valid, expected = _RULES.get(field, _FIELD_RULE)
                if not is_valid(value):
                    yield f"stream_maps.{stream}.{field} must be {expected}"
        elif not _is_null(definition):
            yield f"stream_maps.{stream} must be an object, {_NULL} or null"


def _is_null(value: object) -> bool:
    return value is None or value == _NULL


def _is_string(value: object) -> bool:
    return isinstance(value, str)


def _is_optional_string(value: object) -> bool:
    return value is None or isinstance(value, str)


def _is_optional_list(value: object) -> bool:
    return value is None or (isinstance(value, list) and all(map(_is_string, value)))


_FIELD_RULE = (_is_optional_string, f"an expression (a string), {_NULL} or null")

_RULES: dict[str, tuple[Callable[[object], bool], str]] = {
    "__alias__": (_is_string, "a string"),
    "__source__": (_is_string, "a string"),
    "__filter__": (_is_optional_string, "an expression (a string) or null"),
    "__else__": (_is_null, f"{_NULL} or null"),
    "__key_properties__": (_is_optional_list, "a list of fields or null"),
}
