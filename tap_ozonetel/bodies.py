"""Reads the body of an answer: what stands around the records, and the records.

Bodies run to hundreds of megabytes: none is ever held in memory.
"""

from __future__ import annotations

import io
import os
import re
import sys
from typing import IO, TYPE_CHECKING

# The backend by name: a slower one must not step in unnoticed.
from ijson.backends import yajl2_c as ijson
from ijson.common import JSONError

if TYPE_CHECKING:
    from collections.abc import Iterator

# The C backend of ijson 3.5 crashes the process on an integer with more digits than the interpreter
# converts by default, 4,300 (measured); without that bound it comes out as any other number.
sys.set_int_max_str_digits(0)

#: So much of the head and of the end of a body is looked at.
PEEK_BYTES = 64 * 1024


class BrokenBodyError(ValueError):
    """A body that is no whole JSON document."""


def envelope(body: IO[bytes], peek: int = PEEK_BYTES) -> object:
    """The answer around the records: the whole of a short body, a long one with its list emptied.

    Args:
        body: The whole body.
        peek: How much of the head and of the end is looked at; what is shorter than both is read
            whole.

    Returns:
        The JSON value. The list `details` of a long body has one item, `None`, for all its records;
        a long body without such a list is None.

    Raises:
        BrokenBodyError: The body is not one whole JSON document.
    """
    size = body.seek(0, os.SEEK_END)
    body.seek(0)
    if size <= 2 * peek:
        return _value(body)
    # One pass in C that looks for what is not there: it builds nothing and checks everything.
    for _ in _items(body, "\0"):
        pass
    body.seek(0)
    head = _DETAILS_OPEN.search(body.read(peek))
    body.seek(-peek, os.SEEK_END)
    after = _behind_records(body.read(peek))
    if head is None or after is None:
        return None
    try:
        return _value(io.BytesIO(head.string[: head.end()] + b"null" + after))
    except BrokenBodyError:
        return None  # whole JSON, but the two ends are not of one list


# The list of the records stands in the answer's object: two brackets deep.
_LIST_DEPTH = 2

_DETAILS_OPEN = re.compile(rb'"details"\s*:\s*\[')

# A string read from its end: inside, a quote is followed by the backslash that escapes it.
_BACKWARDS = re.compile(rb'"(?:[^"]|"(?=\\))*+(?:"(?!\\)|\Z)|[\[\]{}]')


def _behind_records(end: bytes) -> bytes | None:
    """What follows the records: from the last bracket that closes what opens before `end`.

    Read backwards, since forwards it is not known whether `end` begins inside a string; the JSON is
    known to be whole.

    Args:
        end: The last bytes of a document whose records alone are longer than that.

    Returns:
        The bytes from the list's `]` on, None when there is no such list.
    """
    depth, closing = 0, None
    for token in _BACKWARDS.finditer(end[::-1]):
        bracket = token.group()
        if bracket in b"]}":
            depth += 1
            if depth == _LIST_DEPTH:
                closing = token.end() if bracket == b"]" else None
        elif bracket in b"[{":
            depth -= 1
            closing = None if depth < _LIST_DEPTH else closing
    return None if closing is None else end[-closing:]


def records(body: IO[bytes]) -> Iterator[object]:
    """Read the records of judged answers as a stream.

    Args:
        body: JSON documents, one after the other, or none.

    Yields:
        The items of each `details`, with whole numbers exact and others as `Decimal`.
    """
    size = body.seek(0, os.SEEK_END)
    body.seek(0)
    if size:
        yield from ijson.items(body, "details.item", multiple_values=True)


def _value(body: IO[bytes]) -> object:
    (value,) = _items(body, "")
    return value


def _items(body: IO[bytes], prefix: str) -> Iterator[object]:
    try:
        yield from ijson.items(body, prefix)
    # ArithmeticError: an exponent that no Decimal has.
    except (JSONError, ValueError, ArithmeticError):
        # ijson's message quotes the body.
        msg = "no whole JSON document"
        raise BrokenBodyError(msg) from None
