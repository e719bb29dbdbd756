"""Bodies that only a lenient reader accepts: what is repaired, and what stays as it is."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from tap_ozonetel.errors import ResponseTooLargeError
from tests.helpers.bodies import BOM, body_of, dump, read

REPLACED = "invalid bytes or lone surrogates replaced by U+FFFD"
KEPT = "raw control characters kept"
NULL = "NaN or infinite numbers set to null"
DROPPED = "comments dropped"


def comments_of(sent: bytes) -> tuple[dict[str, int], str]:
    """The repairs, and the string as it is read: among the last records and before many others."""
    record = b'{"Comments":"' + sent + b'"}'
    found = []
    for rest in ([], [b'{"Comments":"' + b"x" * 1000 + b'"}'] * 200):
        envelope, (first, *_) = read(body_of(record, *rest))
        found.append((dict(envelope.repairs), first["Comments"]))
    assert found[0] == found[1]
    return found[0]


@pytest.mark.parametrize(
    ("sent", "string", "repairs"),
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
        (rb"\udcc3\udca9", "\ufffd\ufffd", {REPLACED: 2}),
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
def test_a_string_is_repaired_in_place(sent: bytes, string: str, repairs: dict[str, int]) -> None:
    assert comments_of(sent) == (repairs, string)


@pytest.mark.parametrize("sent", [rb"\ud83d\ude00", rb"\\ud83d", "हिन्दी 😀".encode(), b"\x7f"])
def test_a_clean_string_is_not_repaired(sent: bytes) -> None:
    assert comments_of(sent) == ({}, json.loads(b'"' + sent + b'"'))


def test_only_the_repaired_string_changes() -> None:
    records = [{"CallID": 31733467784618213 + n, "Comments": f"é {n} 😀"} for n in range(500)]
    body = json.dumps({"details": records, "totalCount": 500}, ensure_ascii=False).encode()
    envelope, found = read(body.replace("é 250 ".encode(), b"\xe9 250 "))
    records[250]["Comments"] = "\ufffd 250 😀"
    assert found == records
    assert envelope.value == {"details": [None], "totalCount": 500}
    assert envelope.repairs == {REPLACED: 1}


def test_names_and_fields_of_the_document_are_repaired() -> None:
    envelope, records = read(b'{"\\ud83d":"\xff","message":[{"a":"\t"}],"details":[{"\\ude00":1}]}')
    assert envelope.value == {"\ufffd": "\ufffd", "message": [{"a": "\t"}], "details": [None]}
    assert records == [{"\ufffd": 1}]
    assert envelope.repairs == {REPLACED: 3, KEPT: 1}


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"-NaN"])
@pytest.mark.parametrize("chunk_bytes", [7, 64 * 1024])
def test_numbers_that_json_does_not_have_are_null(number: bytes, chunk_bytes: int) -> None:
    body = body_of(b'{"Rating":' + number + b',"UUI":[' + number + b"]}")
    envelope, records = read(body, chunk_bytes=chunk_bytes)
    assert records == [{"Rating": None, "UUI": [None]}]
    assert envelope.repairs == {NULL: 2}


@pytest.mark.parametrize(
    "number", [b"1.25", b"-1.5e+3", b"1E3", b"0", b"-0.5", b"12345678901234567"]
)
def test_a_number_at_the_end_of_a_read_is_whole(number: bytes) -> None:
    value = json.loads(number, parse_float=Decimal)
    records = b'{"a":' + number + b"},[" + number + b"]," + number
    for chunk_bytes in range(1, 12):
        _, found = read(body_of(records) + b"<!-- -->", chunk_bytes=chunk_bytes)
        assert found == [{"a": value}, [value], value]


@pytest.mark.parametrize("mark", [BOM, b"\t" + BOM, BOM + BOM])
def test_a_byte_order_mark_is_skipped(mark: bytes) -> None:
    envelope, records = read(mark + body_of(b'{"CallID":31733467784618213}'))
    assert records == [{"CallID": 31733467784618213}]
    assert not envelope.repairs


@pytest.mark.parametrize(
    "comment", [b"<!-- gw-3 0.2s -->", b"\n<!-- a -- b -->\n<!---->\n", b"<!-- not ended"]
)
@pytest.mark.parametrize("chunk_bytes", [3, 64 * 1024])
def test_a_comment_after_the_document_is_dropped(comment: bytes, chunk_bytes: int) -> None:
    envelope, records = read(body_of(b'{"CallID":1}') + comment, chunk_bytes=chunk_bytes)
    assert records == [{"CallID": 1}]
    assert envelope.repairs == {DROPPED: comment.count(b"<!--")}


def test_comments_between_any_tokens_are_dropped() -> None:
    tokens = b'{ "details" : [ { "a" : [ 1 , NaN ] } , 2 ] , "b" : "c" }'.split(b" ")
    body = b"".join(b"<!-- %d --> %b" % each for each in enumerate(tokens))
    for chunk_bytes in (1, 5, 64 * 1024):
        envelope, records = read(body, chunk_bytes=chunk_bytes)
        assert envelope.value == {"details": [None], "b": "c"}
        assert records == [{"a": [1, None]}, 2]
        assert envelope.repairs == {DROPPED: len(tokens), NULL: 1}


@pytest.mark.parametrize("charset", ["iso-8859-1", "CP1252", "utf-16-le", "shift_jis"])
def test_the_declared_charset_is_used(charset: str) -> None:
    string = "ソ" if charset == "shift_jis" else "é"
    body = body_of(f'{{"Comments":"{string}"}}'.encode()).decode().encode(charset)
    envelope, records = read(body, charset)
    assert records == [{"Comments": string}]
    assert not envelope.repairs


@pytest.mark.parametrize("charset", ["martian", "base64", "idna", "", "\0"])
def test_a_charset_that_python_cannot_use_is_utf_8(charset: str) -> None:
    envelope, records = read(body_of(b'{"Comments":"\xe9"}'), charset)
    assert records == [{"Comments": "\ufffd"}]
    assert envelope.repairs == {REPLACED: 1}


def test_bytes_that_are_not_in_the_charset_are_replaced() -> None:
    envelope, records = read(body_of(b'{"Comments":"\xe9\x81"}'), "cp1252")
    assert records == [{"Comments": "é\ufffd"}]
    assert envelope.repairs == {REPLACED: 1}


def test_utf_8_is_read_as_utf_8_whatever_is_declared() -> None:
    for bom in (b"", BOM):
        for sent in ('"é"'.encode(), b'"\xc3\xa9\\ud83d"', b'"\xc3\xa9\t"'):
            _, records = read(bom + body_of(b'{"Comments":' + sent + b"}"), "iso8859-1")
            assert records[0]["Comments"].startswith("é")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_encodings_of_unicode_are_detected(encoding: str) -> None:
    _, records = read(body_of('{"Comments":"é 😀"}'.encode()).decode().encode(encoding))
    assert records == [{"Comments": "é 😀"}]


def test_a_value_that_is_too_large_for_memory_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tap_ozonetel.bodies.text.MAX_VALUE_CHARACTERS", 200_000)
    read(dump({"message": ["x" * 100] * 1_000, "details": None}) + b"<!-- -->")
    with pytest.raises(ResponseTooLargeError, match="more than 200,000 characters"):
        read(dump({"message": ["x" * 100] * 20_000}))
    # A list of records of any length is read.
    _, records = read(body_of(*[b'"' + b"x" * 100 + b'"'] * 20_000))
    assert len(records) == 20_000
