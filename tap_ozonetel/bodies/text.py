"""The text of a body: its encoding, and the part of it that is in memory."""

from __future__ import annotations

import codecs
import json
import re
from functools import partial
from typing import IO

from tap_ozonetel.bodies.chunks import CHUNK_BYTES
from tap_ozonetel.errors import ResponseTooLargeError

#: Cap on a value that is in memory as a whole: 30 days of some 4,000 agents under `message`.
MAX_VALUE_CHARACTERS = 64 * 1024**2

_WHITE_SPACE = re.compile(r"[ \t\r\n]*+")


class BodyText:
    """Decodes a body, and drops what some senders put between two tokens of JSON.

    Args:
        body: The body. The caller must not move its position.
        charset: The charset that its sender declares.
        chunk_bytes: The size of one read.
    """

    def __init__(self, body: IO[bytes], charset: str | None, chunk_bytes: int) -> None:
        self._body, self._chunk_bytes = body, chunk_bytes
        self._encoding = _find_encoding(body, charset)
        #: Whether some bytes are not characters. They are U+FFFD in the text.
        self.has_invalid_bytes = not _is_decodable(body, self._encoding)
        self._decoder = codecs.getincrementaldecoder(self._encoding)("replace")
        self._at_end = False
        body.seek(0)
        #: What is in memory, and the position in it.
        self.loaded, self.position = "", 0
        self.comments = 0

    def load_more(self) -> bool:
        """Load at least as much as there is after the position, and return whether there was more.

        Raises:
            ResponseTooLargeError: The value at the position is too large for memory.
        """
        left = len(self.loaded) - self.position
        if left > MAX_VALUE_CHARACTERS:
            raise ResponseTooLargeError(
                f"the response has a value of more than {MAX_VALUE_CHARACTERS:,} characters"
            )
        more = ""
        while not self._at_end and len(more) <= left:
            chunk = self._body.read(self._chunk_bytes)
            self._at_end = not chunk
            more += self._decoder.decode(chunk, final=self._at_end)
        self.loaded += more
        return bool(more)

    def forget(self) -> None:
        """Drop what comes before the position, if it is long."""
        if self.position >= CHUNK_BYTES:
            self.loaded, self.position = self.loaded[self.position :], 0

    def peek(self) -> str:
        """Move to the next token, and return its first character; at the end of the body, ""."""
        while True:
            match = _WHITE_SPACE.match(self.loaded, self.position)
            self.position = match.end() if match else self.position
            character = self.loaded[self.position : self.position + 1]
            is_repaired = character in {"<", "\ufeff"} and self.blank_out(self.position)
            if not is_repaired and (character or not self.load_more()):
                return character

    def blank_out(self, position: int) -> bool:
        """Replace by spaces a comment, a byte order mark or the sign of NaN.

        Returns:
            Whether there was one at the position.
        """
        while len(self.loaded) - position < len("<!--") and self.load_more():
            pass
        end = position + 1
        if self.loaded.startswith("<!--", position):
            while (end := self.loaded.find("-->", position + len("<!--"))) < 0 and self.load_more():
                pass
            end = end + len("-->") if end > 0 else len(self.loaded)
            self.comments += 1
        elif not self.loaded.startswith(("\ufeff", "-NaN"), position):
            return False
        blank = " " * (end - position)
        self.loaded = f"{self.loaded[:position]}{blank}{self.loaded[end:]}"
        return True

    def find_byte(self, position: int) -> int:
        """Find the byte of a character. It is approximate if some bytes are not characters."""
        after = self.loaded[position:]
        if self.has_invalid_bytes:
            after = after.replace("\ufffd", "?")
        loaded = self._body.tell() - len(self._decoder.getstate()[0])
        return loaded - len(after.encode(self._encoding, "replace"))


def _find_encoding(body: IO[bytes], charset: str | None) -> str:
    """Find the encoding. JSON is UTF-8, so a charset counts only for what is not UTF-8."""
    body.seek(0)
    # Also detects UTF-16 and UTF-32, with or without a byte order mark.
    encoding = json.detect_encoding(body.read(4)).removesuffix("-sig")
    if not charset or encoding != "utf-8" or _is_decodable(body, encoding):
        return encoding
    try:
        # Some codecs are not charsets, such as base64, or reject `replace`, such as idna.
        "{".encode(charset)
        codecs.getincrementaldecoder(charset)("replace").decode(b"")
    except (LookupError, ValueError):
        return encoding
    return charset


def _is_decodable(body: IO[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    body.seek(0)
    try:
        for chunk in iter(partial(body.read, CHUNK_BYTES), b""):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True
