"""Patterns of texts."""

from __future__ import annotations

import pytest

from tap_ozonetel.shapes.patterns import MAX_MASKS, MAX_PATTERNS, OTHERS, PatternCounter, pattern


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("Asha", "A{4}"),
        ("9876543210", "9{10}"),
        ("+919876543210", "+9{12}"),
        ("2026-02-27", "9{4}-9{2}-9{2}"),
        ("QTimeExceeded{45}", "A{13}{9{2}}"),
        ("https://example.org/a_1.mp3", "A{5}://A{7}.A{3}/A{1}_9{1}.A{2}9{1}"),
        ("----", "P{4}"),
        ("#$%", "#$%"),
        ("a\n\tb", "A{1}U{2}A{1}"),
        ("आशा", "A{3}"),
        ("٤٢", "9{2}"),
        ("😀 ok", "U{1} A{2}"),
        ("one, two", "A{3}, A{3}"),
        ("a b c d e f g h i", "A{1} A{1} A{1} A{1} A{1} A{1} A{1} …"),
        ("x" * 70, "A{60}…"),
        ("1" * 5_000, "9{60}…"),
    ],
)
def test_pattern(text: str, expected: str) -> None:
    assert pattern(text) == expected


def test_numbers_of_letters_are_ranges() -> None:
    counter = PatternCounter()
    for text in ("Asha Rao", "Meenakshi Iyer", "12345", "123456", "12345"):
        counter.add(text, 1)
    assert counter.patterns() == {"A{4-9} A{3-4}": 2, "9{5}": 2, "9{6}": 1}


def test_a_text_is_counted_as_often_as_it_occurred() -> None:
    counter = PatternCounter()
    counter.add("Asha", 40)
    counter.add("Ravi", 2)
    assert counter.patterns() == {"A{4}": 42}
    # Reading the patterns does not lose or double them.
    assert counter.patterns() == {"A{4}": 42}


def test_the_number_of_patterns_in_memory_is_bounded() -> None:
    counter, texts = PatternCounter(), 3 * MAX_MASKS
    for number in range(texts):
        # A pattern of its own for each: the lengths of its runs are the digits of a number.
        counter.add("-".join("1" * (int(digit) + 1) for digit in f"{number:04o}"), 1)
        assert len(counter._masks) < MAX_MASKS
    patterns = counter.patterns()
    assert len(patterns) == MAX_PATTERNS + 1
    assert patterns.total() == texts
    assert patterns[OTHERS] == texts - MAX_PATTERNS
