"""What may be logged in clear is what docs/ozonetel-api.md has."""

from __future__ import annotations

from pathlib import Path

import pytest

from tap_ozonetel.api.responses import FAILURE_STATUSES, SUCCESS_STATUSES
from tap_ozonetel.records.schema import AGENT_SUMMARY_SCHEMA, CDR_SCHEMA
from tap_ozonetel.shapes.known_values import (
    ENVELOPE_FIELDS,
    KNOWN_MESSAGES,
    KNOWN_WORDS,
    NAME_FIELDS,
    STATUS_WORDS,
    describe_name,
    is_part_of,
    is_short_word,
    known_word,
)
from tap_ozonetel.shapes.patterns import pattern

_PAGE = (Path(__file__).parents[3] / "docs" / "ozonetel-api.md").read_text(encoding="utf-8")
_TEXT = " ".join(_PAGE.split())


@pytest.mark.parametrize("field", sorted(KNOWN_WORDS))
def test_known_words_are_on_the_page(field: str) -> None:
    missing = {word for word in KNOWN_WORDS[field] if f"`{word}" not in _PAGE}
    assert missing == set()


def test_known_messages_and_names_are_on_the_page() -> None:
    assert {message for message in KNOWN_MESSAGES if message not in _TEXT} == set()
    assert {word for word in STATUS_WORDS | ENVELOPE_FIELDS if word not in _TEXT} == set()


def test_the_fields_are_fields_of_the_streams() -> None:
    fields = CDR_SCHEMA["properties"].keys() | AGENT_SUMMARY_SCHEMA["properties"].keys()
    assert NAME_FIELDS - fields == {"TransferTo"}
    assert KNOWN_WORDS.keys() - fields == {"FallBackRule"}
    assert NAME_FIELDS.isdisjoint(KNOWN_WORDS)


def test_the_words_of_a_status_are_those_that_the_tap_reads() -> None:
    assert STATUS_WORDS == SUCCESS_STATUSES | FAILURE_STATUSES


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("Status", "Answered", "Answered"),
        ("Status", "answered", None),
        ("DialStatus", "answered", "answered"),
        ("DialStatus", "QTimeExceeded{45}", "QTimeExceeded{9}"),
        ("DialStatus", "QTimeExceeded{9876543210}", None),
        ("DialStatus", "QTimeExceeded{Asha}", None),
        ("DialStatus", "Asha{45}", None),
        ("Event", "Agent Dials", "Agent Dials"),
        ("FallBackRule", "AgentDial", None),
    ],
)
def test_known_word(field: str, value: str, word: str | None) -> None:
    assert known_word(field, value) == word


@pytest.mark.parametrize("value", ["Parked", "ok"])
def test_short_words(value: str) -> None:
    assert is_short_word(value)


@pytest.mark.parametrize(
    "value", ["", "a", "Asha Rao", "a1", "not_known", "é" * 4, "x" * 21, "a\n"]
)
def test_other_values_are_not_short_words(value: str) -> None:
    assert not is_short_word(value)


@pytest.mark.parametrize("name", ["totalCount", "E164", "agent_id", "DID", "WrapUpEndTime"])
def test_names_of_fields(name: str) -> None:
    assert describe_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["", "a", "Asha Rao", "9876543210", "a9876543210", "आशा", "x" * 41, "a-b", "a@b.c", "id\n"],
)
def test_other_names_do_not_look_like_fields(name: str) -> None:
    assert describe_name(name) == f'"{pattern(name)}"'


def test_a_name_is_checked_in_linear_time() -> None:
    # With nested repetitions, this would take hours.
    assert describe_name("x" * 38 + "0a") == '"A{38}9{1}A{1}"'


@pytest.mark.parametrize(
    ("word", "name", "expected"),
    [
        ("asha", "asha rao", True),
        ("sha", "asha rao", True),
        ("asharao", "asha rao", True),
        ("parked", "asha rao", False),
        ("agentbusy", "agent12", False),
    ],
)
def test_parts_of_names(word: str, name: str, *, expected: bool) -> None:
    assert is_part_of(word, name) is expected
