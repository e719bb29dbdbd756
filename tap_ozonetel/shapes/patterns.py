"""The pattern of a string: its kinds of characters and their numbers, and nothing of its content.

A pattern has digits as `9{10}`, letters as `A{6}` and punctuation unchanged. It never has four
characters in a row of the string (tests/unit/shapes/test_privacy.py).
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: The characters of a string from its start that become its mask.
MASK_CHARACTERS = 60
#: The runs of a mask from its start that become its pattern.
_MAX_RUNS = 14
#: The longest run of punctuation that a pattern has as it is. A longer one is `P{4}`.
_MAX_PUNCTUATION = 3

#: Caps on the masks and patterns in memory.
MAX_MASKS, MAX_PATTERNS = 500, 100
#: The patterns beyond the cap.
OTHERS = "others"

_LETTER, _DIGIT, _OTHER, _MORE = "A", "9", "U", "…"
_PUNCTUATION = string.punctuation + " "
_RUN = re.compile(r"A+|9+|U+|…|[^A9U…]+")


def mask(text: str) -> str:
    """Replace each character with its class.

    Args:
        text: Any string.

    Returns:
        `A` for each letter, `9` for each digit, `U` for each other character that is not ASCII
        punctuation or a space, and `…` after the first `MASK_CHARACTERS` characters.
    """
    start = text[:MASK_CHARACTERS]
    masked = start.translate(_ASCII_CLASSES) if start.isascii() else "".join(map(_class, start))
    return masked if len(text) <= MASK_CHARACTERS else masked + _MORE


def _class(character: str) -> str:
    if character in _PUNCTUATION:
        return character
    if character.isdecimal():
        return _DIGIT
    # Marks are parts of letters, such as the vowels of Hindi.
    is_letter = character.isalpha() or unicodedata.category(character).startswith("M")
    return _LETTER if is_letter else _OTHER


_ASCII_CLASSES = {code: _class(chr(code)) for code in range(128)}


def pattern(text: str) -> str:
    """The pattern of one string."""
    counter = PatternCounter()
    counter.add(text, 1)
    return next(iter(counter.patterns()))


class PatternCounter:
    """Counts the patterns of strings. Its memory does not grow with their number.

    Strings that differ only in the number of letters have one pattern, with a range as in `A{3-8}`.
    The numbers of digits are exact, because they distinguish the kinds of phone numbers.
    """

    def __init__(self) -> None:
        # The masks since the last fold: counting them is fast, but there may be many.
        self._masks: Counter[str] = Counter()
        self._counts: Counter[tuple[str, ...]] = Counter()
        #: The smallest and largest length of each run of letters.
        self._ranges: dict[tuple[str, ...], list[tuple[int, int]]] = {}

    def add(self, text: str, count: int) -> None:
        """Count a string that occurred `count` times."""
        self._masks[mask(text)] += count
        if len(self._masks) >= MAX_MASKS:
            self._fold()

    def patterns(self) -> Counter[str]:
        """How often each pattern occurred. Those beyond the cap have the name `OTHERS`."""
        self._fold()
        counts: Counter[str] = Counter()
        for parts, count in self._counts.items():
            counts[_join(parts, self._ranges[parts])] += count
        return counts

    def _fold(self) -> None:
        """Merge the masks into patterns."""
        for masked, count in self._masks.items():
            parts, letters = _split(masked)
            if parts not in self._ranges and len(self._ranges) >= MAX_PATTERNS:
                parts, letters = (OTHERS,), []
            self._counts[parts] += count
            ranges = self._ranges.get(parts) or [(length, length) for length in letters]
            self._ranges[parts] = [
                (min(shortest, length), max(longest, length))
                for (shortest, longest), length in zip(ranges, letters, strict=True)
            ]
        self._masks.clear()


def _split(masked: str) -> tuple[tuple[str, ...], list[int]]:
    """Split a mask into the parts of its pattern, and the lengths of its runs of letters."""
    parts, letters = [], []
    runs = _RUN.findall(masked)
    for run in runs[:_MAX_RUNS]:
        if run[0] == _LETTER:
            letters.append(len(run))
            parts.append(_LETTER)
        elif run[0] in {_DIGIT, _OTHER}:
            parts.append(f"{run[0]}{{{len(run)}}}")
        else:
            parts.append(run if len(run) <= _MAX_PUNCTUATION else f"P{{{len(run)}}}")
    if len(runs) > _MAX_RUNS and parts[-1] != _MORE:
        parts.append(_MORE)
    return tuple(parts), letters


def _join(parts: Iterable[str], ranges: Iterable[tuple[int, int]]) -> str:
    """Join the parts of a pattern, with the ranges of its letters."""
    lengths = iter(ranges)
    return "".join(_letters(*next(lengths)) if part == _LETTER else part for part in parts)


def _letters(shortest: int, longest: int) -> str:
    return f"A{{{shortest}}}" if shortest == longest else f"A{{{shortest}-{longest}}}"
