"""The names of JSON types."""

from __future__ import annotations

from decimal import Decimal

_TYPES = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    Decimal: "number",
    str: "string",
    list: "array",
    dict: "object",
}


def json_type(value: object) -> str:
    """The JSON type of a parsed value."""
    return _TYPES.get(type(value), "other")
