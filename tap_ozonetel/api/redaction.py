"""Makes messages of the API safe to log."""

from __future__ import annotations

import re

_MAX_LENGTH = 200

# Long words may be keys or tokens, long runs of digits phone numbers or ids.
_LONG_WORD = re.compile(r"\S{25,}")
_DIGITS = re.compile(r"\+?\d[\d\s./()-]{5,}\d")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}( \d{2})?")


def redact(message: str) -> str:
    """Shorten a message to one line, without anything that may be secret.

    Args:
        message: A message or a name from the API.

    Returns:
        At most 200 characters, in which long words and numbers (except dates) are replaced by "…".
    """

    def replace_digits(match: re.Match[str]) -> str:
        return match.group() if _DATE.fullmatch(match.group()) else "…"

    line = " ".join("".join(c if c.isprintable() else " " for c in message).split())
    line = _DIGITS.sub(replace_digits, _LONG_WORD.sub("…", line))
    return line if len(line) <= _MAX_LENGTH else f"{line[:_MAX_LENGTH]}…"
