"""What a message of the API shows in a log: nothing that may be secret."""

from __future__ import annotations

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tap_ozonetel.api.redaction import redact
from tests.helpers.examples import examples

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyIjoibm9ib2R5In0.c2lnbmF0dXJl"


words = st.text(string.ascii_letters, min_size=1, max_size=12)
digits = st.integers(10**7, 10**20).map(str)
phones = st.tuples(
    st.sampled_from(["+91", "+91 ", "+91-", "0", "91", ""]),
    st.sampled_from(["98450{}12345", "9845{}012{}345", "984{}501{}2345", "98450{}123{}45"]),
    st.sampled_from(["", " ", "-", ".", "/"]),
).map(lambda part: part[0] + part[1].replace("{}", part[2]))
keys = st.text(string.ascii_letters + string.digits + "-_.=+/", min_size=25, max_size=60)


@examples(200)
@given(st.lists(words, max_size=4), phones | digits | keys, st.lists(words, max_size=4))
@example(before=["key"], secret="12345678" + "a" * 24, after=[])
@example(before=[], secret="2026-03-17" + "a" * 24, after=[])
def test_secrets_are_redacted(before: list[str], secret: str, after: list[str]) -> None:
    shown = redact(" ".join([*before, secret, *after]))
    assert secret not in shown
    kept = shown.split()[len(before) : len(shown.split()) - len(after)]
    assert len("".join(kept)) < 8, "at most the scraps of it"


def test_digits_before_a_key_do_not_hide_a_part_of_it() -> None:
    assert "aaaa" not in redact("of 98450 12345678" + "a" * 20)


def test_dates_are_not_redacted() -> None:
    message = "fromDate 2026-03-17 00:00:00 to 2026-03-18 23:59:59, at most 15 days"
    assert redact(message) == message


def test_a_token_is_redacted() -> None:
    assert redact(f"Token {TOKEN} expired") == "Token … expired"
    assert redact("call 31733467784618213 of +91 98450-12345") == "call … of …"


@examples(200)
@given(st.text(max_size=400))
@example("a\nb\r\n\tc\u2028d\x1b[31m")
@example("word " * 100)
def test_a_redacted_message_is_one_short_line(message: str) -> None:
    shown = redact(message)
    assert shown.isprintable()
    assert len(shown) <= 201


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("2026-03-17 9845012345", "…"),
        ("2026-03-17 00:00:00, 9845012345", "2026-03-17 00:00:00, …"),
        ("2026-03-17 9845", "…"),
        ("2026-03-17/9845012345", "…"),
        ("2026-03-17 23", "2026-03-17 23"),
        ("call 1234567", "call …"),
        ("call 123456", "call 123456"),
        ("call +123456", "call +123456"),
        ("call 12 34 56 7", "call …"),
        ("(0) 123 456-7", "(…"),
        ("x" * 25, "…"),
        ("x" * 24, "x" * 24),
        ("ab " * 66 + "cd", "ab " * 66 + "cd"),
        ("ab " * 66 + "cde", "ab " * 66 + "cd…"),
    ],
)
def test_the_shortest_text_that_is_hidden(message: str, shown: str) -> None:
    assert redact(message) == shown
