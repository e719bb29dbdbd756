"""Repairs a body that is a whole JSON document, but not a clean one.

Only what has one possible meaning is repaired. A repair of a text stays within this text:

- A byte order mark and comments (`<!-- -->`) outside of texts are dropped.
- Bytes that are not text, and halves of surrogate pairs, become U+FFFD.
- Raw control characters in a text are kept, as escapes.
- NaN and infinite numbers become null.

The clean body is written while the other one is read, so neither is in memory as a whole.
"""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from email.message import Message
from functools import partial
from itertools import chain
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, NamedTuple

from tap_ozonetel.bodies.chunks import CHUNK_BYTES
from tap_ozonetel.spool import SPOOL_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: What was repaired, and how often. The BOM and the charset are not counted: they lose nothing.
Repairs = Counter[str]

_REPLACED = "invalid bytes or surrogate halves replaced by U+FFFD"
_KEPT = "raw control characters kept"
_NULL = "NaN or infinite numbers set to null"
_DROPPED = "comments dropped"

# A scanner matches at every position, either a run of clean text or one token. Invalid bytes are
# surrogates here (`errors="surrogateescape"`).
_CLEAN_IN_TEXT = r'[^"\\\x00-\x1f\ud800-\udfff]++|\\["\\/bfnrt]|\\u(?![dD][89a-fA-F])[0-9a-fA-F]{4}'
_OUTSIDE_TEXT = re.compile(
    rf'(?P<clean>(?:[^"NI<\-\ufeff]++|-(?=[^NI])|"(?:{_CLEAN_IN_TEXT})*+")++)'
    r'|(?P<open>")|(?P<number>-?(?:NaN|Infinity))|(?P<bom>\ufeff)|(?P<comment><!--)'
    # The start of such a number at the end of the body, which was cut short.
    r"|(?P<cut>-?(?:Na?|I(?:n(?:f(?:i(?:n(?:it?)?)?)?)?)?)\Z)|(?P<other>.)",
    re.DOTALL,
)
_IN_TEXT = re.compile(
    rf"(?P<clean>(?:{_CLEAN_IN_TEXT})++)"
    r'|(?P<close>")|(?P<control>[\x00-\x1f])|(?P<bytes>[\ud800-\udfff]++)'
    r"|(?P<pair>\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    # Not an escape of JSON. With what follows, so that its repair cannot make it one.
    r"|(?P<invalid>\\.)|(?P<other>.)",
    re.DOTALL,
)
_IN_COMMENT = re.compile(r"(?P<end>-->)|(?P<hidden>[^-]++|-)")
_NEXT_SCANNER = {
    "open": _IN_TEXT,
    "close": _OUTSIDE_TEXT,
    "comment": _IN_COMMENT,
    "end": _OUTSIDE_TEXT,
}
_COUNTED = {
    "bytes": _REPLACED,
    "half": _REPLACED,
    "control": _KEPT,
    "number": _NULL,
    "comment": _DROPPED,
}
_REPLACEMENTS = {
    "half": "\ufffd",
    "number": "null",
    "cut": "-",
    "bom": "",
    "comment": "",
    "hidden": "",
    "end": "",
}
#: The length of the longest token, an escaped surrogate pair.
_LOOKAHEAD = len(r"\ud83d\ude00")


class Rewritten(NamedTuple):
    """A part of a body."""

    original: str
    clean: str


def repair(body: IO[bytes], charset: str | None = None) -> tuple[IO[bytes], Repairs]:
    """Write a clean copy of a body.

    Args:
        body: The body. Its position does not matter.
        charset: The charset that the response declares. Because JSON is UTF-8, it counts only if
            the body is not UTF-8.

    Returns:
        The copy, which the caller closes, and the repairs. What cannot be repaired is copied.
    """
    repairs: Repairs = Counter()
    copy: IO[bytes] = SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115
    try:
        for part in rewrite(_decode(body, _detect_encoding(body, charset)), repairs):
            copy.write(part.clean.encode("utf-8", "surrogateescape"))
    except BaseException:
        copy.close()
        raise
    return copy, repairs


def original_position(body: IO[bytes], position: int, charset: str | None = None) -> int:
    """Convert a position in the clean copy to the one in the body.

    Args:
        body: The original body.
        position: A byte of the clean copy.
        charset: The charset that the response declares.

    Returns:
        The byte of the body, as if it were UTF-8. It is the start of the token if it was repaired.
    """
    original = clean = 0
    for part in rewrite(_decode(body, _detect_encoding(body, charset)), Counter()):
        length = len(part.clean.encode("utf-8", "surrogateescape"))
        if clean + length > position:
            return original + (position - clean if part.original == part.clean else 0)
        clean += length
        original += len(part.original.encode("utf-8", "surrogateescape"))
    return original


def rewrite(parts: Iterable[str], repairs: Repairs) -> Iterator[Rewritten]:
    """Repair a text that comes in parts.

    Args:
        parts: The parts.
        repairs: Counts the repairs.

    Yields:
        The parts of the text with what they become.
    """
    scanner, buffer = _OUTSIDE_TEXT, ""
    for part in chain(parts, [None]):
        buffer += part or ""
        position, end = 0, len(buffer) - (0 if part is None else _LOOKAHEAD)
        while position < end:
            match = scanner.match(buffer, position)
            assert match  # noqa: S101 - each scanner matches any character
            kind, token = match.lastgroup or "", match[0]
            yield Rewritten(token, _repair_token(kind, token))
            if kind in _COUNTED:
                repairs[_COUNTED[kind]] += 1
            scanner = _NEXT_SCANNER.get(kind, scanner)
            position = match.end()
        buffer = buffer[position:]


def _repair_token(kind: str, token: str) -> str:
    if kind == "bytes":
        return token.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if kind == "pair":
        return str(json.loads(f'"{token}"'))
    if kind == "control":
        return f"\\u{ord(token):04x}"
    return _REPLACEMENTS.get(kind, token)


def declared_charset(content_type: str | None) -> str | None:
    """The charset of a `Content-Type` header.

    Args:
        content_type: The value of the header.

    Returns:
        The name of Python's codec; None for UTF-8, and for a charset that Python does not have.
    """
    message = Message()
    message["Content-Type"] = content_type or ""
    try:
        name = codecs.lookup(message.get_content_charset() or "utf-8").name
        # Raises LookupError for a codec that is not a charset, such as base64.
        "{".encode(name)
    except (LookupError, ValueError):
        return None
    return None if name == "utf-8" else name


def _detect_encoding(body: IO[bytes], charset: str | None) -> str:
    body.seek(0)
    # Also detects UTF-16 and UTF-32, with or without a BOM.
    encoding = json.detect_encoding(body.read(4)).removesuffix("-sig")
    if charset and encoding == "utf-8" and not _is_utf8(body):
        return charset
    return encoding


def _is_utf8(body: IO[bytes]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in _chunks(body):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _decode(body: IO[bytes], encoding: str) -> Iterator[str]:
    errors = "surrogateescape" if encoding == "utf-8" else "replace"
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    yield from map(decoder.decode, _chunks(body))
    yield decoder.decode(b"", final=True)


def _chunks(body: IO[bytes]) -> Iterator[bytes]:
    body.seek(0)
    return iter(partial(body.read, CHUNK_BYTES), b"")
