"""The envelope and the records of any body."""

from __future__ import annotations

import io
import json
import sys
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tap_ozonetel.bodies.chunks import CHUNK_BYTES
from tap_ozonetel.bodies.envelope import InvalidJSONError, read_envelope, read_records
from tests.helpers.examples import examples
from tests.helpers.json_values import (
    objects,
    shuffled,
    tricky_texts,
    values,
    written,
)

ONE_RECORD = [None]
chunks = st.integers(1, 400) | st.just(CHUNK_BYTES)


def enveloped(body: bytes, chunk_bytes: int = CHUNK_BYTES) -> object:
    return read_envelope(io.BytesIO(body), chunk_bytes)


def read(*bodies: bytes, chunk_bytes: int = CHUNK_BYTES) -> list[object]:
    return list(read_records(io.BytesIO(b"".join(bodies)), chunk_bytes))


def as_floats(value: object) -> object:
    """The value, with numbers as `json` reads them."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list):
        return [as_floats(each) for each in value]
    if isinstance(value, dict):
        return {name: as_floats(each) for name, each in value.items()}
    return value


def without_records(value: object) -> object:
    """The envelope of a value: one item for all records, an object `details` is empty."""
    if not isinstance(value, dict) or not value.get("details"):
        return value
    inside: dict[type, object] = {list: ONE_RECORD, dict: {}}
    return {**value, "details": inside.get(type(value["details"]), value["details"])}


@st.composite
def responses(draw: st.DrawFn) -> dict[str, Any]:
    """A response with records, and with similar lists in other places."""
    records_like = st.lists(objects | values, max_size=6)
    inner = st.fixed_dictionaries({"details": records_like})
    names = tricky_texts.filter(lambda text: text not in {"details", "details.item"})
    beside = draw(st.dictionaries(names, values | inner))
    return draw(shuffled({**beside, "details": draw(records_like)}))


@examples(200)
@given(st.data(), responses() | values, chunks)
def test_the_envelope_is_what_json_reads(
    data: st.DataObject, document: object, chunk_bytes: int
) -> None:
    found = enveloped(data.draw(written(document)), chunk_bytes)
    assert as_floats(found) == without_records(document)


@examples(200)
@given(st.data(), responses(), chunks)
def test_records_are_what_json_reads(
    data: st.DataObject, document: dict[str, Any], chunk_bytes: int
) -> None:
    found = read(data.draw(written(document)), chunk_bytes=chunk_bytes)
    assert as_floats(found) == document["details"]


@examples(50)
@given(st.data(), objects, chunks)
def test_a_response_inside_another_value_is_ignored(
    data: st.DataObject, document: dict[str, Any], chunk_bytes: int
) -> None:
    document["details"] = data.draw(st.lists(objects, min_size=2, max_size=4))
    body = data.draw(
        st.sampled_from([[document], {"data": document}, {"data": [document]}]).flatmap(written)
    )
    found = enveloped(body, chunk_bytes)
    assert not isinstance(found, dict) or "details" not in found
    assert read(body, chunk_bytes=chunk_bytes) == []


@examples(200)
@given(st.binary(max_size=60) | st.text('[]{}",:\\1e-+.tfn \0é', max_size=40).map(str.encode))
@example(b"")
@example(b"  \n")
@example(b"\xff\xfe{}")
def test_any_bytes_are_a_value_or_invalid(body: bytes) -> None:
    for chunk_bytes in (2, CHUNK_BYTES):
        with suppress(InvalidJSONError):
            enveloped(body, chunk_bytes)


@examples(50)
@given(st.data(), objects)
def test_every_prefix_of_a_document_is_invalid(
    data: st.DataObject, document: dict[str, Any]
) -> None:
    body = data.draw(written({**document, "details": [document, document]}))
    for length in range(len(body)):
        with pytest.raises(InvalidJSONError):
            enveloped(body[:length], (50, CHUNK_BYTES)[length % 2])


def test_every_prefix_of_a_long_body_is_invalid() -> None:
    record = {"CallID": 31733467784618213, "Comments": 'a "quoted" ] and } \\ ' * 20}
    whole = json.dumps({"status": "success", "details": [record] * 300, "totalCount": "300"})
    body = whole.encode()
    assert len(body) > 2 * CHUNK_BYTES
    for length in [*range(CHUNK_BYTES - 20, len(body), 997), *range(len(body) - 60, len(body))]:
        with pytest.raises(InvalidJSONError):
            enveloped(body[:length])
    assert enveloped(body) == {"status": "success", "details": [None], "totalCount": "300"}


@pytest.mark.parametrize("garbage", [b"}", b"]", b",", b"x", b"{}", b"<html>", b"\0"])
def test_text_after_the_document_is_invalid(garbage: bytes) -> None:
    body = b'{"status":"success","details":[{"CallID":1}]}'
    for chunk_bytes in (40, CHUNK_BYTES):
        with pytest.raises(InvalidJSONError):
            enveloped(body + garbage, chunk_bytes)


def test_white_space_may_follow_the_document() -> None:
    body = b'{"status":"success","details":[{"CallID":1}]}' + b" \r\n" * 9
    assert enveloped(body) == {"status": "success", "details": [None]}
    assert enveloped(b'{"details":[' + b"1," * 99 + b"1]}" + b" \r\n" * 9, 60) == {
        "details": [None]
    }


@pytest.mark.parametrize("peeks", [1, 2])
@pytest.mark.parametrize("longer", [-1, 0, 1, 2, 30, 49, 50, 51, 52, 200])
def test_a_body_about_as_long_as_a_chunk_is_read(longer: int, peeks: int) -> None:
    start, end = b'{"status":"success","message":"success","details":["', b'"]}'
    body = start + b"x" * (peeks * CHUNK_BYTES + longer - len(start) - len(end)) + end
    assert len(body) == peeks * CHUNK_BYTES + longer
    found = enveloped(body)
    assert isinstance(found, dict)
    assert found | {"details": ()} == {"status": "success", "message": "success", "details": ()}
    assert len(found["details"]) == 1


ODD = {
    "exponent": b'{"status":"success","details":[{"Rating":1e99999999999999999999}]}',
    "small exponent": b'{"status":"success","details":[{"Rating":1e-99999999999999999999}]}',
    "exponent beside": b'{"status":1e99999999999999999999}',
    "deep": b"[" * 20_000 + b"]" * 20_000,
    "deep, cut": b"[" * 20_000,
    "deep record": b'{"details":[' + b"[" * 20_000 + b"]" * 20_000 + b"]}",
}


@pytest.mark.parametrize("name", ODD)
def test_unusual_json_is_a_value_or_invalid(name: str) -> None:
    for chunk_bytes in (8, CHUNK_BYTES):
        with suppress(InvalidJSONError):
            enveloped(ODD[name], chunk_bytes)


@pytest.mark.parametrize("digits", [4_299, 4_300, 4_301, 5_000, 70_000])
def test_a_number_of_any_length_is_exact(digits: int) -> None:
    number = 7 * (10**digits - 1) // 9
    limit = sys.get_int_max_str_digits()
    body = b'{"details":[{"CallID":' + b"7" * digits + b"}]}"
    assert read(body) == [{"CallID": number}]
    for chunk_bytes in (16, CHUNK_BYTES):
        assert enveloped(body, chunk_bytes) == {"details": ONE_RECORD}
    assert sys.get_int_max_str_digits() == limit


def test_a_message_does_not_quote_the_body() -> None:
    with pytest.raises(InvalidJSONError) as broken:
        enveloped(b'{"CallerID": "09845012345", "x": }')
    assert "0984" not in str(broken.value)
    assert broken.value.__cause__ is None
    assert broken.value.__suppress_context__


@pytest.mark.parametrize(
    "details", ["null", "[]", '{"0":{"a":1}}', '{"a":[{},{}],"b":2}', '"x"', "7", "true"]
)
def test_details_of_any_type_keep_their_type(details: str) -> None:
    body = f'{{"status":"success","details":{details},"pad":"{"x" * 500}","more":[1]}}'
    assert enveloped(body.encode(), 64) == without_records(json.loads(body))


@pytest.mark.parametrize("details", ["[]", "null", '[{"CallID":1}]'])
def test_a_field_named_like_a_record_prefix_is_invalid(details: str) -> None:
    with pytest.raises(InvalidJSONError):
        enveloped(f'{{"details":{details},"details.item":{{"CallID":2}}}}'.encode())
    inside = f'{{"x":{{"details.item":1}},"details.":{{"item":2}},"details":{details}}}'
    assert enveloped(inside.encode()) == without_records(json.loads(inside))


def test_a_long_body_is_never_in_memory_as_a_whole() -> None:
    class Watched(io.BytesIO):
        most = 0

        def read(self, size: int | None = -1, /) -> bytes:
            read = super().read(size)
            self.most = max(self.most, len(read))
            return read

    body = Watched(json.dumps({"details": ["x" * 100] * 20_000, "status": "true"}).encode())
    assert read_envelope(body) == {"details": [None], "status": "true"}
    for _ in read_records(body):
        pass
    assert body.most <= CHUNK_BYTES


@examples(200)
@given(st.data(), st.lists(st.lists(values, max_size=4), max_size=4))
def test_records_of_consecutive_documents_are_read(
    data: st.DataObject, pages: list[list[Any]]
) -> None:
    bodies = [
        data.draw(shuffled({"totalCount": 3, "details": page, "x": {"details": [9]}}))
        for page in pages
    ]
    between = data.draw(st.sampled_from([b"", b"\n"]))
    found = read(*(data.draw(written(body)) + between for body in bodies))
    assert as_floats(found) == [record for page in pages for record in page]


def test_numbers_of_records_are_exact() -> None:
    (record,) = read(b'{"details":[{"CallID":31733467784618213,"Rating":4.10}]}')
    assert record == {"CallID": 31733467784618213, "Rating": Decimal("4.10")}
    assert isinstance(record, dict)
    assert type(record["Rating"]) is Decimal


def test_an_empty_file_has_no_records() -> None:
    assert read() == []
    assert read(b'{"details":[]}', b'{"details":null}', b'{"status":"success"}') == []
