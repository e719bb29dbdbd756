"""The shape of the values of one field."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_ozonetel.shapes.json_types import json_type
from tap_ozonetel.shapes.known_values import KNOWN_WORDS, is_part_of, is_short_word, known_word
from tap_ozonetel.shapes.patterns import MASK_CHARACTERS, PatternCounter

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

#: The patterns of a field that the table shows.
SHOWN_PATTERNS = 5
#: The records that have an unknown word before the table shows it.
MIN_RECORDS_OF_WORD = 3
#: Cap on the distinct unknown words of a field.
MAX_WORDS = 50

_STRING_TYPES = frozenset({str, type(None)})


@dataclass(slots=True)
class Column:
    """The shape of the values of one field. Its memory does not grow with the number of values."""

    name: str
    #: The number of values that are null.
    nulls: int = 0
    #: The number of values that are "".
    empty: int = 0
    #: The number of values of each JSON type, except null.
    types: Counter[str] = field(default_factory=Counter)
    #: The smallest and the largest number of characters of a string or number.
    lengths: tuple[int, int] | None = None
    _known: Counter[str] = field(default_factory=Counter)
    #: Short words that are not known, in a field whose values are words.
    _words: Counter[str] = field(default_factory=Counter)
    _texts: PatternCounter = field(default_factory=PatternCounter)
    _numbers: PatternCounter = field(default_factory=PatternCounter)

    @property
    def present(self) -> int:
        """The number of records that have the field."""
        return self.nulls + self.types.total()

    def add(self, values: Sequence[Any]) -> Collection[str]:
        """Add values.

        Args:
            values: JSON values.

        Returns:
            The distinct strings among them, except "".
        """
        if _STRING_TYPES.issuperset(map(type, values)):
            # Counting runs in C. Most columns of most responses have only strings and null.
            texts = Counter(values)
            self.nulls += texts.pop(None, 0)
        else:
            texts = Counter(value for value in values if type(value) is str)
            for value in values:
                if type(value) is not str:
                    self._add_other(value)
        if texts:
            self.types["string"] += texts.total()
        self.empty += texts.pop("", 0)
        for text, count in texts.items():
            self._add_text(text, count)
        return texts.keys()

    def describe_values(self, names: Collection[str] | None) -> str:
        """The words and patterns of the values with their counts.

        Args:
            names: The strings of the name fields of the same records, in lower case. None if they
                are too many to be known, so that no unknown word may be shown.

        Returns:
            Known words, unknown words and the most frequent patterns, such as
            `"Answered" 12, "Parked" 3 (unknown), 9{10} 40`.
        """
        texts = Counter(self._texts.patterns())
        unknown: Counter[str] = Counter()
        for word, count in self._words.items():
            if self._may_show(word, count, names):
                unknown[word] += count
            else:
                texts[f"A{{{len(word)}}}"] += count
        mark = " (unknown)" if self.name in KNOWN_WORDS else ""
        patterns = Counter({f'"{each}"': count for each, count in texts.items()})
        patterns.update(self._numbers.patterns())
        shown = [f'"{word}" {count:,}' for word, count in self._known.most_common()]
        shown += [f'"{word}" {count:,} (unknown)' for word, count in unknown.most_common()]
        shown += [f"{each} {count:,}{mark}" for each, count in patterns.most_common(SHOWN_PATTERNS)]
        if (more := len(patterns) - SHOWN_PATTERNS) > 0:
            shown.append(f"and {more:,} more")
        return ", ".join(shown)

    def _add_text(self, text: str, count: int) -> None:
        self._add_length(len(text))
        if self.name not in KNOWN_WORDS:
            self._texts.add(text, count)
        elif word := known_word(self.name, text):
            self._known[word] += count
        elif is_short_word(text) and (text in self._words or len(self._words) < MAX_WORDS):
            self._words[text] += count
        else:
            self._texts.add(text, count)

    def _add_other(self, value: object) -> None:
        """Add a value that is not a string."""
        if value is None:
            self.nulls += 1
            return
        kind = json_type(value)
        self.types[kind] += 1
        if kind in {"integer", "number"}:
            text = _to_digits(value)
            self._add_length(len(text))
            self._numbers.add(text, 1)

    def _add_length(self, length: int) -> None:
        shortest, longest = self.lengths or (length, length)
        self.lengths = min(shortest, length), max(longest, length)

    @staticmethod
    def _may_show(word: str, count: int, names: Collection[str] | None) -> bool:
        return (
            names is not None
            and count >= MIN_RECORDS_OF_WORD
            and not any(is_part_of(word.lower(), name) for name in names)
        )


def _to_digits(value: object) -> str:
    """A number as a string. One that is too long for the interpreter loses some digits."""
    if isinstance(value, int) and abs(value) >= 10**MASK_CHARACTERS:
        return "9" * (MASK_CHARACTERS + 1)
    return str(value)
