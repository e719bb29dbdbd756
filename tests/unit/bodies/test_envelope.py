"""The envelope and the records of any body that is JSON, at any size of a read."""

from __future__ import annotations

import json
import tracemalloc
from decimal import Decimal
from tempfile import TemporaryFile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_ozonetel.bodies.chunks import CHUNK_BYTES
from tap_ozonetel.bodies.envelope import read_envelope, read_records
from tap_ozonetel.bodies.malformed import InvalidJSONError
from tests.helpers.bodies import as_floats, body_of, dump, expected, read
from tests.helpers.examples import examples
from tests.helpers.json_values import objects, shuffled, tricky_texts, values, written

chunks = st.integers(1, 400) | st.just(CHUNK_BYTES)


@st.composite
def responses(draw: st.DrawFn) -> dict[str, Any]:
    """A response with records, and with similar lists in other places."""
    records_like = st.lists(objects | values, max_size=6)
    inner = st.fixed_dictionaries({"details": records_like | objects})
    names = tricky_texts.filter(lambda text: text != "details")
    beside = draw(st.dictionaries(names, values | inner))
    return draw(shuffled({**beside, "details": draw(records_like | objects)}))


@examples(300)
@given(st.data(), responses() | values, chunks)
def test_a_document_is_what_json_reads(
    data: st.DataObject, document: object, chunk_bytes: int
) -> None:
    envelope, records = read(data.draw(written(document)), chunk_bytes=chunk_bytes)
    assert (as_floats(envelope.value), as_floats(records)) == expected(document)
    assert not envelope.repairs


@examples(50)
@given(st.data(), objects, chunks)
def test_a_response_inside_another_value_is_ignored(
    data: st.DataObject, document: dict[str, Any], chunk_bytes: int
) -> None:
    document["details"] = data.draw(st.lists(objects, min_size=2, max_size=4))
    body = data.draw(
        st.sampled_from([[document], {"data": document}, {"data": [document]}]).flatmap(written)
    )
    assert read(body, chunk_bytes=chunk_bytes)[1] == []


@examples(50)
@given(st.data(), objects)
def test_every_prefix_of_a_document_is_invalid(
    data: st.DataObject, document: dict[str, Any]
) -> None:
    body = data.draw(written({**document, "details": [document, document]}))
    for length in range(len(body)):
        with pytest.raises(InvalidJSONError):
            read(body[:length], chunk_bytes=(50, CHUNK_BYTES)[length % 2])


def test_every_prefix_of_a_long_body_is_invalid() -> None:
    record = {"CallID": 31733467784618213, "Comments": 'a "quoted" ] and } \\ ' * 20}
    body = dump({"status": "success", "details": [record] * 300, "totalCount": "300"})
    assert len(body) > 2 * CHUNK_BYTES
    for length in [*range(CHUNK_BYTES - 20, len(body), 997), *range(len(body) - 60, len(body))]:
        with pytest.raises(InvalidJSONError):
            read(body[:length])
    envelope, records = read(body)
    assert envelope.value == {"status": "success", "details": [None], "totalCount": "300"}
    assert records == [record] * 300


@pytest.mark.parametrize("garbage", [b"}", b"]", b",", b"x", b"{}", b"<html>", b"\0"])
def test_text_after_the_document_is_invalid(garbage: bytes) -> None:
    for chunk_bytes in (40, CHUNK_BYTES):
        with pytest.raises(InvalidJSONError):
            read(body_of(b'{"CallID":1}') + garbage, chunk_bytes=chunk_bytes)


def test_white_space_may_follow_the_document() -> None:
    for body in (body_of(b'{"CallID":1}'), body_of(*[b"1"] * 99)):
        for chunk_bytes in (60, CHUNK_BYTES):
            envelope, _ = read(body + b" \r\n" * 9, chunk_bytes=chunk_bytes)
            assert envelope.value == {"status": "success", "details": [None]}


@pytest.mark.parametrize("peeks", [1, 2])
@pytest.mark.parametrize("longer", [-1, 0, 1, 2, 30, 49, 50, 51, 52, 200])
def test_a_body_about_as_long_as_a_chunk_is_read(longer: int, peeks: int) -> None:
    length = peeks * CHUNK_BYTES + longer - len(body_of(b'""'))
    body = body_of(b'"' + b"x" * length + b'"')
    assert len(body) == peeks * CHUNK_BYTES + longer
    envelope, records = read(body)
    assert envelope.value == {"status": "success", "details": [None]}
    assert records == ["x" * length]


@pytest.mark.parametrize(
    "details", ["null", "[]", "{}", '{"0":{"a":1}}', '{"a":[{},{}],"b":2}', '"x"', "7", "true"]
)
def test_details_of_any_type(details: str) -> None:
    body = f'{{"status":"success","details":{details},"pad":"{"x" * 500}","more":[1]}}'
    for chunk_bytes in (64, CHUNK_BYTES):
        envelope, records = read(body.encode(), chunk_bytes=chunk_bytes)
        assert (envelope.value, records) == expected(json.loads(body))


@pytest.mark.parametrize(
    "body",
    [
        b'{"details":[{"a":1}],"x":2,"details":[{"b":2}]}',
        b'{"details":[{"a":1}],"x":2,"detail\\u0073":[{"b":2}]}',
        b'{"details":[{"a":1},{"b":2}],"x":2,"details":null}',
        b'{"details":null,"x":2,"details":[{"a":1},{"b":2}]}',
        b'{"details":{"a":1},"details":[{"b":2}],"x":2}',
    ],
)
def test_no_record_of_a_repeated_list_is_lost(body: bytes) -> None:
    envelope, records = read(body)
    assert envelope.value == {"details": [None], "x": 2}
    assert records == [{"a": 1}, {"b": 2}]


def test_a_list_after_a_long_field_is_read() -> None:
    body = dump({"message": "x" * 2 * CHUNK_BYTES, "details": [{"a": 1}]})
    envelope, records = read(body)
    assert isinstance(envelope.value, dict)
    assert (envelope.value["details"], records) == ([None], [{"a": 1}])


@pytest.mark.parametrize("digits", [1, 19, 20, 4_299])
def test_an_integer_is_exact(digits: int) -> None:
    number = 7 * (10**digits - 1) // 9
    for record in (b'{"CallID":%d}', b'{"CallID":%d,"UUI":NaN}'):
        _, (found,) = read(body_of(record % number))
        assert found["CallID"] == number


@pytest.mark.parametrize("digits", [4_300, 4_301, 70_000])
def test_an_integer_that_python_does_not_convert_is_a_string(digits: int) -> None:
    _, records = read(body_of(b'{"CallID":' + b"7" * digits + b"}"))
    assert records[0]["CallID"] in {"7" * digits, 7 * (10**digits - 1) // 9}


def test_decimals_are_exact() -> None:
    for more in (b"", b',"x":NaN'):
        (record,) = read(body_of(b'{"CallID":31733467784618213,"Rating":4.10' + more + b"}"))[1]
        assert (record["CallID"], str(record["Rating"])) == (31733467784618213, "4.10")
        assert type(record["Rating"]) is Decimal


@pytest.mark.parametrize("number", [b"1e99999999999999999999", b"1e-99999999999999999999"])
@pytest.mark.parametrize("body", [body_of(b'{"Rating":@}'), b'{"status":@}'])
def test_an_exponent_beyond_decimal_is_invalid(body: bytes, number: bytes) -> None:
    with pytest.raises(InvalidJSONError):
        read(body.replace(b"@", number))


@pytest.mark.parametrize("value", [b"1", b"NaN", b'"\t"'])
def test_a_long_body_is_never_in_memory_as_a_whole(value: bytes) -> None:
    record = b'{"CallID":' + value + b',"Comments":"' + b"x" * 1000 + b'"}'
    with TemporaryFile() as body:
        body.write(body_of(*[record] * 20_000))
        tracemalloc.start()
        assert read_envelope(body).value == {"status": "success", "details": [None]}
        assert sum(1 for _ in read_records(body)) == 20_000
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 4 * 1024**2
