"""JSON values as msgspec reads and writes them: integers exact, and other numbers as `Decimal`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

#: The levels of brackets that a value may have. The limits of Python and msgspec differ between
#: versions, and depend on how much of the stack is in use.
MAX_DEPTH = 100

#: What `decode` raises. ArithmeticError: an exponent that Decimal does not support.
PARSE_ERRORS = (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError)

_decoder = msgspec.json.Decoder(float_hook=Decimal)

encode = msgspec.json.Encoder(decimal_format="number").encode


def decode(text: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Decode JSON, or raise one of `PARSE_ERRORS`."""
    value = _decoder.decode(text)
    brackets = text.count(b"{") + text.count(b"[")
    # Not searched if the brackets are those of a list of flat records.
    records = len(value) if isinstance(value, list) else 0
    if brackets - records > MAX_DEPTH and _is_deeper(value, MAX_DEPTH):
        raise RecursionError
    return value


def _is_deeper(value: object, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    children = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deeper(each, levels - 1) for each in children)
