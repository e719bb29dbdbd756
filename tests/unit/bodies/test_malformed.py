"""Bodies that are whole but not clean JSON, and bodies that are not JSON."""

from __future__ import annotations

import io
import json
import re
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tap_ozonetel.bodies.chunks import CHUNK_BYTES
from tap_ozonetel.bodies.envelope import MAX_DEPTH, InvalidJSONError, read_records
from tap_ozonetel.bodies.json_repair import declared_charset
from tap_ozonetel.bodies.malformed import (
    MAX_BROKEN_RECORDS,
    Envelope,
    MalformedJSONError,
    read_unclean_envelope,
)
from tests.helpers.examples import examples

BOM = b"\xef\xbb\xbf"
REPLACED = "invalid bytes or surrogate halves replaced by U+FFFD"
KEPT = "raw control characters kept"
NULL = "NaN or infinite numbers set to null"
DROPPED = "comments dropped"


def body_of(*records: bytes) -> bytes:
    return b'{"status":"success","details":[' + b",".join(records) + b"]}"


def read(body: bytes, charset: str | None = None, **options: bool) -> tuple[Envelope, list[Any]]:
    file = io.BytesIO(body)
    envelope = read_unclean_envelope(file, charset, **options)
    return envelope, list(read_records(file))


def comments_of(text: bytes) -> tuple[dict[str, int], str]:
    """The repairs, and the text as it is read: among the last records and before a long rest."""
    record = b'{"Comments":"' + text + b'"}'
    found = []
    for rest in ([], [b'{"Comments":"' + b"x" * 1000 + b'"}'] * 200):
        envelope, (first, *_) = read(body_of(record, *rest))
        found.append((dict(envelope.repairs), first["Comments"]))
    assert found[0] == found[1]
    return found[0]


@pytest.mark.parametrize(
    ("sent", "text", "repairs"),
    [
        (b"\xff", "\ufffd", {REPLACED: 1}),
        (b"a\xe0\xa4", "a\ufffd", {REPLACED: 1}),
        (b"a\xe0\xa4b\xc3", "a\ufffdb\ufffd", {REPLACED: 2}),
        (rb"\ude00", "\ufffd", {REPLACED: 1}),
        (rb"\ud83d", "\ufffd", {REPLACED: 1}),
        (rb"\uD83Dx", "\ufffdx", {REPLACED: 1}),
        (rb"\ud83d\nx", "\ufffd\nx", {REPLACED: 1}),
        (rb"\ud83d\u0041x", "\ufffdAx", {REPLACED: 1}),
        (rb"\ud83d\ud83d\ude00", "\ufffd\U0001f600", {REPLACED: 1}),
        (rb"\ud83d\ude00\ude00", "\U0001f600\ufffd", {REPLACED: 1}),
        (rb"\ud83d\"", '\ufffd"', {REPLACED: 1}),
        (rb"\\ud83d \ud83d", "\\ud83d \ufffd", {REPLACED: 1}),
        (b"a\tb", "a\tb", {KEPT: 1}),
        (b"a\r\nb", "a\r\nb", {KEPT: 2}),
        (b"a\x00\x1fb", "a\x00\x1fb", {KEPT: 2}),
        (b"NaN \xff -Infinity <!-- -->", "NaN \ufffd -Infinity <!-- -->", {REPLACED: 1}),
        (b"\xff\t", "\ufffd\t", {REPLACED: 1, KEPT: 1}),
    ],
    ids=repr,
)
def test_text_is_repaired_in_place(sent: bytes, text: str, repairs: dict[str, int]) -> None:
    assert comments_of(sent) == (repairs, text)


@pytest.mark.parametrize("text", [rb"\ud83d\ude00", rb"\\ud83d", "हिन्दी 😀".encode(), b"\x7f"])
def test_clean_text_is_not_repaired(text: bytes) -> None:
    assert comments_of(text) == ({}, json.loads(b'"' + text + b'"'))


def test_only_the_unclean_text_changes() -> None:
    records = [{"CallID": 31733467784618213 + n, "Comments": f"é {n} 😀"} for n in range(500)]
    body = json.dumps({"details": records, "totalCount": 500}, ensure_ascii=False).encode()
    envelope, found = read(body.replace("é 250 ".encode(), b"\xe9 250 "))
    records[250]["Comments"] = "\ufffd 250 😀"
    assert found == records
    assert envelope.value == {"details": [None], "totalCount": 500}
    assert envelope.repairs == {REPLACED: 1}


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"-NaN"])
def test_numbers_that_json_does_not_have_are_null(number: bytes) -> None:
    envelope, records = read(body_of(b'{"Rating":' + number + b',"UUI":[' + number + b"]}"))
    assert records == [{"Rating": None, "UUI": [None]}]
    assert envelope.repairs == {NULL: 2}


def test_a_byte_order_mark_is_skipped() -> None:
    envelope, records = read(BOM + body_of(b'{"CallID":31733467784618213}'))
    assert records == [{"CallID": 31733467784618213}]
    assert not envelope.repairs


@pytest.mark.parametrize(
    "comment", [b"<!-- gw-3 0.2s -->", b"\n<!-- a -- b -->\n<!---->\n", b"<!-- not ended"]
)
def test_a_comment_after_the_document_is_dropped(comment: bytes) -> None:
    envelope, records = read(body_of(b'{"CallID":1}') + comment)
    assert records == [{"CallID": 1}]
    assert set(envelope.repairs) == {DROPPED}


@pytest.mark.parametrize("charset", ["iso-8859-1", "cp1252", "utf-16-le", "shift_jis"])
def test_the_declared_charset_is_used(charset: str) -> None:
    text = "ソ" if charset == "shift_jis" else "é"
    envelope, records = read(
        body_of(f'{{"Comments":"{text}"}}'.encode()).decode().encode(charset), charset
    )
    assert records == [{"Comments": text}]
    assert not envelope.repairs


def test_utf_8_is_read_as_utf_8_whatever_is_declared() -> None:
    for sent in ('"é"'.encode(), BOM + '"é"'.encode(), b'"\xc3\xa9\\ud83d"', b'"\xc3\xa9\t"'):
        bom, text = (BOM, sent[3:]) if sent.startswith(BOM) else (b"", sent)
        _, records = read(bom + body_of(b'{"Comments":' + text + b"}"), "iso8859-1")
        assert records[0]["Comments"].startswith("é")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_encodings_of_unicode_are_detected(encoding: str) -> None:
    _, records = read(body_of('{"Comments":"é 😀"}'.encode()).decode().encode(encoding))
    assert records == [{"Comments": "é 😀"}]


@pytest.mark.parametrize(
    ("header", "charset"),
    [
        (None, None),
        ("", None),
        ("application/json", None),
        ("application/json; charset=utf-8", None),
        ("application/json;charset=UTF8", None),
        ("application/json; charset=iso-8859-1", "iso8859-1"),
        ('application/json; charset="ISO-8859-1"', "iso8859-1"),
        ("application/json; charset=windows-1252", "cp1252"),
        ("application/json; charset=martian", None),
        ("application/json; charset=base64", None),
        ("application/json; charset=", None),
        ("; ; charset=\0", None),
    ],
)
def test_the_charset_of_a_header(header: str | None, charset: str | None) -> None:
    assert declared_charset(header) == charset


CUT_SHORT = [
    body_of(b'{"CallID":1}')[:-1],
    body_of(b'{"Comments":"\xff')[:-2],
    b"{",
    BOM + b'{"a":"',
]
NOT_JSON = [b"", b"  \n", b"<html></html>", b"Bad Gateway", BOM, b"<!-- x -->", b"\xff\xfe", b'"']


@pytest.mark.parametrize("body", [*CUT_SHORT, *NOT_JSON], ids=repr)
def test_what_is_cut_short_or_a_page_is_not_malformed(body: bytes) -> None:
    with pytest.raises(InvalidJSONError) as error:
        read(body)
    assert not isinstance(error.value, MalformedJSONError)
    assert ("cut short" in str(error.value)) == (body in CUT_SHORT)


def test_every_beginning_of_an_unclean_body_is_cut_short() -> None:
    body = BOM + body_of(b'{"a":"x\t\xff\\ud83d\\n","b":NaN}', b'{"c":-Infinity}')
    for length in range(len(BOM) + 1, len(body)):
        with pytest.raises(InvalidJSONError, match="cut short"):
            read(body[:length])


FIRST = b'{"CallID":31733467784618213,"CallerID":"09845012345","Rating":NaN}'
MALFORMED = {
    "two commas": (b'{"CallID":1,,"CallerID":"09845012345"}', 12, "CallID"),
    "no value": (b'{"CallID":,"CallerID":"09845012345"}', 10, "CallID"),
    "single quotes": (b"{\"CallerID\":'09845012345'}", 12, "CallerID"),
    "a quote in a text": (b'{"CallerID":"0984"5012345"}', 18, "CallerID"),
    "a bad escape": (b'{"CallerID":"0984\\x5012345"}', 18, "CallerID"),
    "an escaped line end": (b'{"CallerID":"0984\\\n5012345"}', 18, "CallerID"),
    "a bad number": (b'{"CallerID":0984}', 12, "CallerID"),
    "bytes outside of texts": (b'{"CallerID":\xff}', 12, "CallerID"),
    "a comment of JavaScript": (b'{"CallID":1/*09845012345*/}', 10, "CallID"),
}


@pytest.mark.parametrize("case", MALFORMED)
@pytest.mark.parametrize("before", [0, 1000])
def test_malformed_json_is_named_by_byte_record_and_field(case: str, before: int) -> None:
    record, offset, name = MALFORMED[case]
    start = BOM + body_of(FIRST, *[b'{"CallID":1,"UUI":"\t"}'] * before, b"")[:-2]
    with pytest.raises(MalformedJSONError) as error:
        read(start + record + b',{"CallID":2}]}')
    place = f"byte {len(start) + offset:,}, in record {before + 2:,}, in the field {name}"
    assert str(error.value) == f"with invalid JSON at {place}"
    assert error.value.is_in_record
    assert "0984" not in str(error.value)
    assert error.value.__suppress_context__ or error.value.__context__ is None


def test_a_part_of_a_text_is_not_taken_for_the_name_of_a_field() -> None:
    body = body_of(b'{"CallID":1,"Comments":""}', b'{"Comments":"a","Ravi" x":1}')
    with pytest.raises(MalformedJSONError) as error:
        read(body)
    assert "Ravi" not in str(error.value)


@pytest.mark.parametrize(
    "body", [body_of(b"1") + b"x", body_of(b"1") + b"{}", b'{"details":[1],,}', b'{"details":[1,]}']
)
def test_an_error_outside_of_the_records_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedJSONError) as error:
        read(body, replace_broken=True)
    assert not error.value.is_in_record


def test_the_same_body_has_the_same_digest() -> None:
    def digest(body: bytes) -> bytes:
        with pytest.raises(MalformedJSONError) as error:
            read(body)
        return error.value.digest

    assert digest(body_of(b'{"a":}')) == digest(body_of(b'{"a":}'))
    assert digest(body_of(b'{"a":}')) != digest(body_of(b'{"b":}'))


def nested(depth: int, brackets: str = "[]") -> bytes:
    """A record whose deepest bracket is at this depth of the document."""
    start, end = ("[", "]") if brackets == "[]" else ('{"a":', "}")
    levels = depth - 3
    return f'{{"CallID":1,"UUI":{start * levels}1{end * levels}}}'.encode()


@pytest.mark.parametrize("brackets", ["[]", "{}"])
@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 20_000, 200_000])
def test_a_body_that_is_nested_too_deeply_is_malformed(depth: int, brackets: str) -> None:
    with pytest.raises(
        MalformedJSONError, match=r"100 levels.*record 1, in the field UUI"
    ) as error:
        read(body_of(nested(depth, brackets)))
    assert error.value.is_too_deep


@pytest.mark.parametrize("brackets", ["[]", "{}"])
def test_a_record_that_is_nested_too_deeply_is_replaced(brackets: str) -> None:
    body = body_of(nested(20_000, brackets), b'{"a":1}')
    envelope, records = read(body, replace_broken=True)
    assert (records, envelope.broken_records) == ([None, {"a": 1}], [1])


def test_the_deepest_body_that_is_read() -> None:
    _, (record,) = read(body_of(nested(MAX_DEPTH)))
    assert json.loads(nested(MAX_DEPTH)) == record


def test_depth_without_an_end_takes_no_memory() -> None:
    with pytest.raises(MalformedJSONError):
        read(b"[" * 2_000_000)


BROKEN = [record for record, *_ in MALFORMED.values()]
BROKEN += [
    b'{"CallID":1,"Comments":"x},{",,}',
    b'{"CallID":1,"Comments":"x},{\\"a\\":1},",,}',
    b'{"UUI":{"a":1},"CallID":}',
    b"{{}",
]


@pytest.mark.parametrize("broken", BROKEN, ids=repr)
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_only_a_broken_record_is_replaced(broken: bytes, place: str) -> None:
    good = [b'{"CallID":%d,"UUI":"}, {"}' % number for number in range(300)]
    index = {"first": 0, "middle": 150, "last": 300}[place]
    body = body_of(*good[:index], broken, *good[index:])
    envelope, records = read(body, replace_broken=True)
    expected = [json.loads(record) for record in good]
    assert records == [*expected[:index], None, *expected[index:]]
    assert envelope.broken_records == [index + 1]
    assert envelope.value == {"status": "success", "details": [None]}


def test_a_text_without_an_end_costs_only_its_record() -> None:
    good = [b'{"CallID":1}', b'{"CallID":2}']
    _, records = read(body_of(b'{"Comments":"x}', *good), replace_broken=True)
    assert records == [None, {"CallID": 1}, {"CallID": 2}]
    # Nobody can tell this from a body that was cut short.
    with pytest.raises(InvalidJSONError, match="cut short"):
        read(body_of(*good, b'{"Comments":"x}'), replace_broken=True)


def test_several_broken_records_are_replaced() -> None:
    good, broken = b'{"CallID":1}', b'{"CallID":,}'
    _, records = read(body_of(broken, good, broken, good, broken), replace_broken=True)
    assert records == [None, {"CallID": 1}, None, {"CallID": 1}, None]
    with pytest.raises(MalformedJSONError, match="record 1, "):
        read(body_of(*[broken, good] * (MAX_BROKEN_RECORDS + 1)), replace_broken=True)


def test_a_record_whose_end_is_not_certain_is_not_replaced() -> None:
    body = body_of(b'{"a":,"b":[{"c":1},{"d":2}],"e":3}', b'{"f":4}')
    with pytest.raises(MalformedJSONError):
        read(body, replace_broken=True)


def reference(body: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """The value as the standard library reads it."""
    text = body.decode(json.detect_encoding(body), "replace")
    value = json.loads(text, strict=False, parse_constant=lambda _: None)
    return repaired(value)


def repaired(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        return re.sub("[\ud800-\udfff]", "\ufffd", value)
    if isinstance(value, list):
        return [repaired(each) for each in value]
    if isinstance(value, dict):
        return {repaired(name): repaired(each) for name, each in value.items()}
    return float(value) if isinstance(value, Decimal) else value


def assert_like_reference(body: bytes) -> None:
    # What the standard library does not repair.
    assume(b"<!--" not in body and b"-N" not in body and b"details.item" not in body)
    assume("\ufeff" not in body[4:].decode(errors="replace"))
    try:
        value = reference(body)
    except (ValueError, RecursionError):
        with pytest.raises(InvalidJSONError):
            read(body)
        return
    if not isinstance(value, dict | list):
        return
    envelope, records = read(body)
    if isinstance(value, dict) and isinstance(value.get("details"), list):
        assert repaired(records) == value["details"]
        value["details"] = [None] if records else []
    elif isinstance(value, dict) and isinstance(value.get("details"), dict):
        value["details"] = {}
    assert repaired(envelope.value) == value


any_text = st.text(st.characters(exclude_categories=[]), max_size=8) | st.sampled_from(
    ["\ud83d", "\ude00", "\ud83d\n", "\ud83dA", "\ud83d\ude00", "\\ud83d", "\t", "\0", '"', "\\"]
)
any_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def unclean(draw: st.DrawFn) -> bytes:
    """A response as software writes it that is careless in any way."""
    records = draw(st.lists(st.dictionaries(any_text, any_values, max_size=4), max_size=5))
    others = draw(st.dictionaries(any_text, any_values, max_size=2))
    text = json.dumps({**others, "details": records, "z": 1}, ensure_ascii=draw(st.booleans()))
    body = text.encode("utf-8", "surrogatepass")
    for escape, raw in ((rb"\n", b"\n"), (rb"\t", b"\t"), (rb"\u0000", b"\0")):
        body = body.replace(escape, raw) if draw(st.booleans()) else body
    return draw(st.sampled_from([b"", BOM])) + body


@examples(200)
@given(unclean())
@example(body_of(rb'{"a":"\ud83d\ude00"}'))
def test_unclean_responses_are_read_as_the_reference_reads_them(body: bytes) -> None:
    assert_like_reference(body)


@examples(200)
@given(unclean(), st.data())
def test_damaged_responses_are_read_as_the_reference_reads_them(
    body: bytes, data: st.DataObject
) -> None:
    for _ in range(data.draw(st.integers(1, 3))):
        position = data.draw(st.integers(0, len(body)))
        damage = data.draw(st.binary(max_size=3) | st.sampled_from([b'"', b"\\", b"}", b",", b"{"]))
        body = body[:position] + damage + body[position + data.draw(st.integers(0, 3)) :]
    assert_like_reference(body)


@examples(200)
@given(st.binary(max_size=60) | st.text('[]{}",:\\1e-+.tfn NIa\0é\n', max_size=40).map(str.encode))
def test_any_bytes_are_read_as_the_reference_reads_them(body: bytes) -> None:
    assert_like_reference(body)


@examples(200)
@given(unclean(), st.data())
def test_replacing_broken_records_never_raises_another_error(
    body: bytes, data: st.DataObject
) -> None:
    position = data.draw(st.integers(0, len(body)))
    damage = data.draw(st.sampled_from([b'"', b"\\x", b"}", b",,", b"{", b"]"]))
    with suppress(InvalidJSONError):
        read(body[:position] + damage + body[position:], replace_broken=True)


def test_a_long_body_is_never_in_memory_while_it_is_repaired() -> None:
    class Watched(io.BytesIO):
        most = 0

        def read(self, size: int | None = -1, /) -> bytes:
            read = super().read(size)
            self.most = max(self.most, len(read))
            return read

    body = Watched(BOM + body_of(*[b'{"Comments":"' + b"x" * 900 + b"\t" * 20 + b'"}'] * 2_000))
    assert read_unclean_envelope(body).repairs == {KEPT: 40_000}
    assert body.most <= CHUNK_BYTES
