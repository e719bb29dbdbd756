"""Phone numbers as the dashboard shows them."""

from __future__ import annotations

_SHOWN_DIGITS = 3
#: A shorter number, such as an extension, would be shown for the most part.
_MIN_DIGITS = 7
_MASK = "•••"


def mask(number: str | None) -> str:
    """Replace a phone number, except its last three digits: `•••210`.

    Args:
        number: The number, in any spelling.

    Returns:
        The mask alone if the number is short, and an empty string if there is no number.
    """
    if number is None:
        return ""
    digits = "".join(character for character in number if character.isdecimal())
    return _MASK + (digits[-_SHOWN_DIGITS:] if len(digits) >= _MIN_DIGITS else "")
