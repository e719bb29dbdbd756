"""No four characters in a row of a value get into the shape.

Letters, digits and all other characters except ASCII punctuation have no influence on the shape at
all: it stays the same if each of them is replaced with another one of its class. Punctuation is in
the shape, but not four characters in a row.
"""

from __future__ import annotations

import re
import string
import unicodedata
from typing import TYPE_CHECKING, Any

from hypothesis import example, given
from hypothesis import strategies as st

from tap_ozonetel.records.schema import CDR_SCHEMA
from tap_ozonetel.shapes.envelope import describe_envelope, describe_headers
from tap_ozonetel.shapes.known_values import (
    ENVELOPE_FIELDS,
    KNOWN_MESSAGES,
    KNOWN_WORDS,
    NAME_FIELDS,
    STATUS_WORDS,
)
from tap_ozonetel.shapes.table import RecordTable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_FIELDS = sorted(CDR_SCHEMA["properties"])
_KNOWN = {*KNOWN_MESSAGES, *STATUS_WORDS, *(word for each in KNOWN_WORDS.values() for word in each)}
_PUNCTUATION_RUN = re.compile(f"[ {re.escape(string.punctuation)}]+")
_NEXT_PUNCTUATION = str.maketrans(
    string.punctuation + " ", string.punctuation[1:] + " " + string.punctuation[0]
)
_KNOWN_IN_ANY_CASE = {word.casefold() for word in _KNOWN}
_CLASSES = ("0123456789", string.ascii_letters, "éüआश", "٤٢٠", "😀🙂\n\t")


def _other_character(character: str) -> str:
    """Another character of the same class; punctuation stays."""
    if character in string.punctuation + " ":
        return character
    for characters in _CLASSES:
        if character in characters:
            return characters[(characters.index(character) + 1) % len(characters)]
    if character.isdecimal():
        return "٤"
    return "é" if unicodedata.category(character)[0] in "LM" else "😀"


def _twin(value: Any) -> Any:  # noqa: ANN401 - JSON
    """The same value with other letters, digits and so on. Known words stay."""
    match value:
        case str() if value.casefold() in _KNOWN_IN_ANY_CASE:
            return value
        case str():
            return "".join(map(_other_character, value))
        case bool() | None:
            return value
        case int():
            return int(str(value).translate(str.maketrans("0123456789", "1234567891")))
        case list():
            return [_twin(item) for item in value]
        case dict():
            return {name: _twin(item) for name, item in value.items()}
    raise TypeError(value)


def _next_punctuation(value: Any) -> Any:  # noqa: ANN401 - JSON
    """The same value with other punctuation."""
    match value:
        case str():
            return value.translate(_NEXT_PUNCTUATION)
        case list():
            return [_next_punctuation(item) for item in value]
        case dict():
            return {name: _next_punctuation(item) for name, item in value.items()}
    return value


def _punctuation(value: object) -> Iterator[str]:
    """All runs of four characters of punctuation in a value."""
    match value:
        case str():
            for run in _PUNCTUATION_RUN.findall(value):
                yield from (run[start : start + 4] for start in range(len(run) - 3))
        case list():
            for item in value:
                yield from _punctuation(item)
        case dict():
            for item in value.values():
                yield from _punctuation(item)


def _assert_private(value: object, shape: Callable[[Any], str]) -> None:
    shown = shape(value)
    assert shape(_twin(value)) == shown
    # The shape has punctuation of its own.
    shown_anyway = shape(_next_punctuation(value))
    assert [run for run in _punctuation(value) if run in shown and run not in shown_anyway] == []


def _record_shape(records: list[object]) -> str:
    table = RecordTable(_FIELDS)
    for _ in table.observe(records):
        pass
    return "\n".join(table.lines())


_texts = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=80),
    st.text("aZ09 -_./:{}#$é आ٤😀\n", max_size=30),
    st.from_regex(r"(0091|\+91|0)?[6-9][0-9]{9}", fullmatch=True),
    st.from_regex(r"[A-Z][a-z]{2,9} [A-Z][a-z]{2,9}", fullmatch=True),
    st.from_regex(r"https://[a-z]{4,12}\.(com|in)/[a-z0-9]{8,40}", fullmatch=True),
    st.sampled_from(sorted(_KNOWN)),
)
_values = st.recursive(
    _texts | st.integers() | st.none() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=4,
)
_record = st.dictionaries(st.sampled_from([*_FIELDS, "NewField", "FallBackRule"]), _values)
_digits_and_words = {"CallerID": "+919876543210", "Comments": "Call Asha Rao again, 9876543210!"}


# Two records, fewer than an unknown word needs to be shown.
@given(st.lists(_record | _values, max_size=2))
@example([_digits_and_words, _digits_and_words])
def test_no_value_of_a_record(records: list[object]) -> None:
    _assert_private(records, _record_shape)


@given(
    _texts,
    st.sampled_from(sorted(NAME_FIELDS - {"TransferTo"})),
    st.sampled_from(sorted(KNOWN_WORDS)),
)
@example("Asha", "AgentName", "Status")
def test_no_name_that_is_a_word_of_another_field(
    text: str, name_field: str, word_field: str
) -> None:
    def shape(value: str) -> str:
        return _record_shape([{name_field: value, word_field: value}] * 5)

    _assert_private(text, shape)


@given(_texts, st.sampled_from(sorted({*_FIELDS, "NewField"} - KNOWN_WORDS.keys())))
def test_no_value_that_many_records_have(text: str, field: str) -> None:
    def shape(value: str) -> str:
        return _record_shape([{field: value}] * 5)

    _assert_private(text, shape)


def _is_count(value: object) -> bool:
    """Whether the shape has a `totalCount` as it is: digits, with a comma after each third one."""
    return not isinstance(value, bool) and re.fullmatch("[0-9]{1,7}", str(value)) is not None


@given(
    st.dictionaries(st.sampled_from([*sorted(ENVELOPE_FIELDS), "newField"]), _values).filter(
        lambda envelope: not _is_count(envelope.get("totalCount"))
    )
)
@example({"totalCount": 9876543210, "message": "Asha Rao", "status": "Asha", "token": "eyJhbGci"})
@example({"totalCount": "9876543210"})
def test_no_value_of_an_envelope(envelope: dict[str, Any]) -> None:
    _assert_private(envelope, describe_envelope)


@given(st.integers(0, 9_999_999))
def test_no_four_digits_of_a_count(count: int) -> None:
    for value in (count, str(count)):
        assert re.search("[0-9]{4}", describe_envelope({"totalCount": value})) is None


@given(st.dictionaries(st.sampled_from(["Content-Type", "Content-Encoding"]), _texts))
def test_no_value_of_a_header(headers: dict[str, str]) -> None:
    _assert_private(headers, describe_headers)
