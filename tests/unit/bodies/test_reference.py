"""Any body, and any damage to it, read as the standard library reads it."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tap_ozonetel.bodies.malformed import InvalidJSONError
from tests.helpers.bodies import BOM, as_floats, body_of, expected, read
from tests.helpers.examples import examples

chunks = st.sampled_from([1, 2, 7, 64 * 1024])


def reference(body: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """The value as the standard library reads it."""
    text = body.decode(json.detect_encoding(body), "replace")
    return repaired(json.loads(text, strict=False, parse_constant=lambda _: None))


def repaired(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        return re.sub("[\ud800-\udfff]", "\ufffd", value)
    if isinstance(value, list):
        return [repaired(each) for each in value]
    if isinstance(value, dict):
        return {repaired(name): repaired(each) for name, each in value.items()}
    return value


def assert_like_reference(body: bytes, chunk_bytes: int) -> None:
    # What the standard library does not repair: comments, "-NaN", and marks inside of the body.
    text = body.removeprefix(BOM).decode(json.detect_encoding(body), "replace")
    assume("<!--" not in text and "-N" not in text and "\ufeff" not in text)
    assume(text.count("details") < 2)
    try:
        value = reference(body)
    except (ValueError, RecursionError):
        with pytest.raises(InvalidJSONError):
            read(body, chunk_bytes=chunk_bytes)
        return
    if isinstance(value, dict | list):
        envelope, records = read(body, chunk_bytes=chunk_bytes)
        assert (as_floats(envelope.value), as_floats(records)) == expected(value)


any_string = st.text(st.characters(exclude_categories=[]), max_size=8) | st.sampled_from(
    ["\ud83d", "\ude00", "\ud83d\n", "\ud83dA", "\ud83d\ude00", "\\ud83d", "\t", "\0", '"', "\\"]
)
any_value = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | any_string,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_string, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def careless(draw: st.DrawFn) -> bytes:
    """A response as software writes it that is careless in any way."""
    record = st.dictionaries(any_string, any_value, max_size=4)
    records = draw(st.lists(record, max_size=5) | record)
    others = draw(st.dictionaries(any_string, any_value, max_size=2))
    text = json.dumps({**others, "details": records, "z": 1}, ensure_ascii=draw(st.booleans()))
    body = text.encode("utf-8", "surrogatepass")
    for escape, raw in ((rb"\n", b"\n"), (rb"\t", b"\t"), (rb"\u0000", b"\0")):
        body = body.replace(escape, raw) if draw(st.booleans()) else body
    return draw(st.sampled_from([b"", BOM])) + body


@examples(200)
@given(careless(), chunks)
@example(body_of(rb'{"a":"\ud83d\ude00"}'), 1)
def test_careless_responses_are_read_like_the_reference(body: bytes, chunk_bytes: int) -> None:
    assert_like_reference(body, chunk_bytes)


@examples(200)
@given(careless(), st.data(), chunks)
def test_damaged_responses_are_read_as_the_reference_reads_them(
    body: bytes, data: st.DataObject, chunk_bytes: int
) -> None:
    for _ in range(data.draw(st.integers(1, 3))):
        position = data.draw(st.integers(0, len(body)))
        damage = data.draw(st.binary(max_size=3) | st.sampled_from([b'"', b"\\", b"}", b",", b"{"]))
        body = body[:position] + damage + body[position + data.draw(st.integers(0, 3)) :]
    assert_like_reference(body, chunk_bytes)


@examples(200)
@given(
    st.binary(max_size=60) | st.text('[]{}",:\\1e-+.tfn NIa\0é\n', max_size=40).map(str.encode),
    chunks,
)
@example(b"\t" + BOM + b"[1]", 64 * 1024)
@example(b"", 2)
@example(b"  \n", 64 * 1024)
@example(b"\xff\xfe{}", 2)
def test_any_bytes_are_read_as_the_reference_reads_them(body: bytes, chunk_bytes: int) -> None:
    assert_like_reference(body, chunk_bytes)


@examples(200)
@given(careless(), st.data())
def test_skipping_never_raises_another_error(body: bytes, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(body)))
    damage = data.draw(st.sampled_from([b'"', b"\\x", b"}", b",,", b"{", b"]"]))
    with suppress(InvalidJSONError):
        read(body[:position] + damage + body[position:], skips=True)
