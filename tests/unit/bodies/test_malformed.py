"""Bodies that are not JSON: what the error names, and records that are skipped."""

from __future__ import annotations

import json

import pytest

from tap_ozonetel.bodies.lenient import MAX_MALFORMED_RECORDS
from tap_ozonetel.bodies.malformed import InvalidJSONError, MalformedJSONError
from tap_ozonetel.bodies.values import MAX_DEPTH
from tests.helpers.bodies import BOM, body_of, read

TRUNCATED = [
    body_of(b'{"CallID":1}')[:-1],
    body_of(b'{"Comments":"\xff')[:-2],
    b"{",
    BOM + b'{"a":"',
]
NOT_JSON = [b"", b"  \n", b"<html></html>", b"Bad Gateway", BOM, b"<!-- x -->", b"\xff\xfe", b'"']


@pytest.mark.parametrize("body", [*TRUNCATED, *NOT_JSON], ids=repr)
def test_what_is_truncated_or_a_page_is_not_malformed(body: bytes) -> None:
    with pytest.raises(InvalidJSONError) as error:
        read(body)
    assert not isinstance(error.value, MalformedJSONError)
    assert str(error.value) == ("with truncated JSON" if body in TRUNCATED else "without JSON")


@pytest.mark.parametrize("chunk_bytes", [1, 9, 64 * 1024])
def test_every_beginning_of_a_lenient_body_is_truncated(chunk_bytes: int) -> None:
    body = BOM + body_of(b'{"a":"x\t\xff\\ud83d\\n\\u00e9","b":NaN}', b'{"c":-Infinity,"d":1.5e+7}')
    for length in range(len(BOM) + 1, len(body)):
        with pytest.raises(InvalidJSONError, match="truncated") as error:
            read(body[:length], chunk_bytes=chunk_bytes)
        assert not isinstance(error.value, MalformedJSONError)


FIRST = b'{"CallID":31733467784618213,"CallerID":"09845012345","Rating":NaN,"Agent":"\xc3\xa9"}'
#: A record, the byte of the error in it, and the field.
MALFORMED = {
    "two commas": (b'{"CallID":1,,"CallerID":"09845012345"}', 12, "CallID"),
    "no value": (b'{"CallID":,"CallerID":"09845012345"}', 10, "CallID"),
    "single quotes": (b"{\"CallerID\":'09845012345'}", 12, "CallerID"),
    "a quote in a string": (b'{"CallerID":"0984"5012345"}', 18, "CallerID"),
    "a bad escape": (b'{"CallerID":"0984\\x5012345"}', 17, "CallerID"),
    "an escaped line end": (b'{"CallerID":"0984\\\n5012345"}', 17, "CallerID"),
    "a bad number": (b'{"CallerID":0984}', 13, "CallerID"),
    "bytes outside of strings": (b'{"CallerID":\xff}', 12, "CallerID"),
    "a comment of JavaScript": (b'{"CallID":1/*09845012345*/}', 11, "CallID"),
}


@pytest.mark.parametrize("case", MALFORMED)
@pytest.mark.parametrize("before", [0, 1000])
def test_malformed_json_is_named_by_byte_record_and_field(case: str, before: int) -> None:
    record, offset, field = MALFORMED[case]
    start = BOM + body_of(FIRST, *[b'{"CallID":1,"UUI":"\t"}'] * before, b"")[:-2]
    with pytest.raises(MalformedJSONError) as error:
        read(start + record + b',{"CallID":2}]}')
    place = f"byte {len(start) + offset:,}, in record {before + 2:,}"
    assert str(error.value) == f"with invalid JSON at {place}"
    assert error.value.field == field
    assert error.value.is_in_record
    assert error.value.__suppress_context__ or error.value.__context__ is None


def test_a_part_of_a_string_is_not_the_name_of_a_field() -> None:
    body = body_of(b'{"CallID":1,"Comments":""}', b'{"Comments":"a","Ravi":x"}')
    with pytest.raises(MalformedJSONError) as error:
        read(body)
    assert error.value.field == "Comments"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (body_of(b"1") + b"x", None),
        (body_of(b"1") + b"{}", None),
        (b'{"details":[1],,}', None),
        (b'{"details":[1,]}', None),
        (b'{"details":[{"a":1}{"b":1}]}', None),
        (b'{"details":[1,x{"a":1},{"b":1}]}', None),
        (b'{"details":[],"message":"x"y"}', "message"),
        (b'{"message":"x"y","details":[{}]}', "message"),
        (b'{"message":{"a":1,},"details":[{}]}', "message"),
    ],
)
def test_an_error_outside_of_the_records_is_malformed(body: bytes, field: str | None) -> None:
    with pytest.raises(MalformedJSONError) as error:
        read(body, skips=True)
    assert not error.value.is_in_record
    assert "record" not in str(error.value)
    assert error.value.field == field


def test_the_same_error_has_the_same_digest() -> None:
    def digest(body: bytes) -> bytes:
        with pytest.raises(MalformedJSONError) as error:
            read(body)
        return error.value.digest

    assert digest(body_of(b'{"a":}')) == digest(body_of(b'{"a":}') + b"<!-- 0.3 s -->")
    assert digest(body_of(b'{"a":}')) != digest(body_of(b'{"b":}'))


def nested(depth: int, brackets: str = "[]") -> bytes:
    """A record with so many levels of brackets."""
    start, end = ("[", "]") if brackets == "[]" else ('{"a":', "}")
    return f'{{"CallID":1,"UUI":{start * (depth - 1)}1{end * (depth - 1)}}}'.encode()


@pytest.mark.parametrize("brackets", ["[]", "{}"])
@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 800, 20_000, 200_000])
def test_a_record_that_is_nested_too_deeply_is_malformed(depth: int, brackets: str) -> None:
    body = body_of(b'{"a":2}', nested(depth, brackets), b'{"a":1}')
    with pytest.raises(MalformedJSONError, match=r"100 levels.*in record 2") as error:
        read(body)
    assert error.value.is_too_deep
    envelope, records = read(body, skips=True)
    assert records == [{"a": 2}, None, {"a": 1}]
    assert envelope.value == {"status": "success", "details": [None]}


@pytest.mark.parametrize("brackets", ["[]", "{}"])
def test_the_deepest_record_that_is_read(brackets: str) -> None:
    record = nested(MAX_DEPTH, brackets)
    for body in (body_of(record), body_of(*[record] * 3), body_of(record, b"NaN")):
        _, (found, *_) = read(body)
        assert json.loads(record) == found


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
@pytest.mark.parametrize("index", [0, 150, 300])
@pytest.mark.parametrize("after", [b"", b"<!-- x -->"])
def test_only_a_malformed_record_is_skipped(broken: bytes, index: int, after: bytes) -> None:
    good = [b'{"CallID":%d,"UUI":"}, {"}' % number for number in range(300)]
    body = body_of(*good[:index], broken, *good[index:]) + after
    envelope, records = read(body, skips=True)
    expected = [json.loads(record) for record in good]
    assert records == [*expected[:index], None, *expected[index:]]
    assert envelope.value == {"status": "success", "details": [None]}


def test_a_string_without_an_end_costs_only_its_record() -> None:
    good = [b'{"CallID":1}', b'{"CallID":2}']
    _, records = read(body_of(b'{"Comments":"x}', *good), skips=True)
    assert records == [None, {"CallID": 1}, {"CallID": 2}]
    # Nobody can tell this from a truncated body.
    with pytest.raises(InvalidJSONError, match="truncated"):
        read(body_of(*good, b'{"Comments":"x}'), skips=True)


def test_several_malformed_records_are_skipped() -> None:
    good, broken = b'{"CallID":1}', b'{"CallID":,}'
    _, records = read(body_of(broken, good, broken, good, broken), skips=True)
    assert records == [None, {"CallID": 1}, None, {"CallID": 1}, None]
    with pytest.raises(MalformedJSONError, match=f"record {2 * MAX_MALFORMED_RECORDS + 1}"):
        read(body_of(*[broken, good] * (MAX_MALFORMED_RECORDS + 1)), skips=True)


def test_a_record_whose_end_is_not_certain_is_not_skipped() -> None:
    body = body_of(b'{"a":,"b":[{"c":1},{"d":2}],"e":3}', b'{"f":4}')
    with pytest.raises(MalformedJSONError):
        read(body, skips=True)


def test_a_bracket_inside_of_a_malformed_record_is_not_its_end() -> None:
    body = body_of(b'{"a":,"b":[{"c":1}],"e":3}', b'{"f":4}')
    assert read(body, skips=True)[1] == [None, {"f": 4}]
