"""Bodies of any kind: what stands around the records, and the records."""

from __future__ import annotations

import io
import json
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tap_ozonetel.bodies import PEEK_BYTES, BrokenBodyError, envelope, records
from tests.json_values import brief, objects, shuffled, thorough, tricky_texts, values, written

ONE_RECORD = [None]


def enveloped(body: bytes, peek: int = PEEK_BYTES) -> object:
    return envelope(io.BytesIO(body), peek)


def read(*bodies: bytes) -> list[object]:
    return list(records(io.BytesIO(b"".join(bodies))))


def as_floats(value: object) -> object:
    """The value with the numbers as `json` reads them."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list):
        return [as_floats(each) for each in value]
    if isinstance(value, dict):
        return {name: as_floats(each) for name, each in value.items()}
    return value


@st.composite
def answers(draw: st.DrawFn) -> tuple[bytes, int, dict[str, Any]]:
    """An answer with records, a peek that sees what is around them and not all of them."""
    beside = draw(st.dictionaries(tricky_texts.filter(lambda t: t != "details"), values))
    beside = {name: each for name, each in beside.items() if '"details"' not in json.dumps(each)}
    around = len(json.dumps(beside, indent=1)) + len(json.dumps(beside, ensure_ascii=False)) + 100
    peek = draw(st.integers(around, 2 * around))
    items: list[Any] = draw(st.lists(objects | values, min_size=1, max_size=5))
    items += [{"Comments": "x" * 2 * peek}, *draw(st.lists(objects, max_size=3))]
    told = draw(shuffled({**beside, "details": items}))
    return draw(written(told)), peek, told


@thorough
@given(answers())
def test_a_long_body_is_what_json_reads_with_its_records_replaced(
    answer: tuple[bytes, int, dict[str, Any]],
) -> None:
    body, peek, told = answer
    assert len(body) > 2 * peek
    assert as_floats(enveloped(body, peek)) == {**told, "details": ONE_RECORD}


@thorough
@given(st.data(), values)
def test_a_short_body_is_what_json_reads(data: st.DataObject, value: object) -> None:
    assert as_floats(enveloped(data.draw(written(value)))) == value


@thorough
@given(st.data(), objects, st.integers(1, 40))
def test_whatever_the_peek_there_is_a_value_or_none(
    data: st.DataObject, told: dict[str, Any], peek: int
) -> None:
    told["details"] = data.draw(st.lists(values, max_size=4) | values)
    body = data.draw(st.sampled_from([told, [told], {"data": told}]).flatmap(written))
    found = enveloped(body, min(peek, len(body)))
    assert found is None or isinstance(found, dict | list)


@thorough
@given(st.binary(max_size=60) | st.text('[]{}",:\\1e-+.tfn \0é', max_size=40).map(str.encode))
@example(b"")
@example(b"  \n")
@example(b"\xff\xfe{}")
def test_any_bytes_are_a_value_or_broken(body: bytes) -> None:
    for peek in (2, PEEK_BYTES):
        with suppress(BrokenBodyError):
            enveloped(body, min(peek, len(body)))


@brief
@given(st.data(), objects)
def test_every_beginning_of_a_document_is_broken(data: st.DataObject, told: dict[str, Any]) -> None:
    body = data.draw(written({**told, "details": [told, told]}))
    for peek in (4, PEEK_BYTES):
        for length in range(len(body)):
            with pytest.raises(BrokenBodyError):
                enveloped(body[:length], min(peek, length))


def test_every_cut_in_a_body_longer_than_the_peek_is_broken() -> None:
    record = {"CallID": 31733467784618213, "Comments": 'a "quoted" ] and } \\ ' * 20}
    whole = json.dumps({"status": "success", "details": [record] * 300, "totalCount": "300"})
    body = whole.encode()
    assert len(body) > 2 * PEEK_BYTES
    for length in [*range(PEEK_BYTES - 20, len(body), 997), *range(len(body) - 60, len(body))]:
        with pytest.raises(BrokenBodyError):
            enveloped(body[:length])
    assert enveloped(body) == {"status": "success", "details": [None], "totalCount": "300"}


@pytest.mark.parametrize("garbage", [b"}", b"]", b",", b"x", b"{}", b"<html>", b"\0"])
def test_what_follows_the_document_breaks_it(garbage: bytes) -> None:
    body = b'{"status":"success","details":[{"CallID":1}]}'
    for peek in (40, PEEK_BYTES):
        with pytest.raises(BrokenBodyError):
            enveloped(body + garbage, peek)


def test_white_space_may_follow_the_document() -> None:
    body = b'{"status":"success","details":[{"CallID":1}]}' + b" \r\n" * 9
    assert enveloped(body) == {"status": "success", "details": [{"CallID": 1}]}
    assert enveloped(b'{"details":[' + b"1," * 99 + b"1]}" + b" \r\n" * 9, 60) == {
        "details": [None]
    }


@pytest.mark.parametrize("peeks", [1, 2])
@pytest.mark.parametrize("longer", [-1, 0, 1, 2, 30, 49, 50, 51, 52, 200])
def test_a_body_about_as_long_as_the_peek_is_read(longer: int, peeks: int) -> None:
    start, end = b'{"status":"success","message":"success","details":["', b'"]}'
    body = start + b"x" * (peeks * PEEK_BYTES + longer - len(start) - len(end)) + end
    assert len(body) == peeks * PEEK_BYTES + longer
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
def test_odd_json_is_a_value_or_broken(name: str) -> None:
    for peek in (8, PEEK_BYTES):
        with suppress(BrokenBodyError):
            enveloped(ODD[name], peek)


@pytest.mark.parametrize("digits", [4_299, 4_300, 4_301, 5_000, 70_000])
def test_a_number_of_any_length_is_exact(digits: int) -> None:
    number = int("7" * digits)
    body = b'{"details":[{"CallID":' + b"7" * digits + b"}]}"
    assert read(body) == [{"CallID": number}]
    for peek in (16, PEEK_BYTES):
        found = enveloped(body, peek)
        assert found in ({"details": ONE_RECORD}, {"details": [{"CallID": number}]})


def test_a_message_does_not_quote_the_body() -> None:
    with pytest.raises(BrokenBodyError) as broken:
        enveloped(b'{"CallerID": "09845012345", "x": }')
    assert "0984" not in str(broken.value)
    assert broken.value.__cause__ is None
    assert broken.value.__suppress_context__


@pytest.mark.parametrize(
    "body",
    [
        b'{"status":"success","details":null,"pad":"%b"}',
        b'{"status":"success","pad":["%b"]}',
        b'{"status":"success","details":[],"pad":"%b","more":[1]}',
        b'{"status":"success","details":{"0":"%b"}}',
        b'{"status":"success","details":"%b"}',
        b'[{"details":["%b"]}]',
        b'{"data":{"details":["%b"]}}',
        b'["details",["%b"]]',
        b'"%b"',
    ],
)
def test_a_long_body_without_a_list_of_records_is_none(body: bytes) -> None:
    assert enveloped(body % (b"x" * 500), 64) is None


def test_a_long_body_is_never_held_in_memory() -> None:
    class Watched(io.BytesIO):
        most = 0

        def read(self, size: int | None = -1, /) -> bytes:
            read = super().read(size)
            self.most = max(self.most, len(read))
            return read

    body = Watched(json.dumps({"details": ["x" * 100] * 20_000, "status": "true"}).encode())
    assert envelope(body) == {"details": [None], "status": "true"}
    for _ in records(body):
        pass
    assert body.most <= PEEK_BYTES


@thorough
@given(st.data(), st.lists(st.lists(values, max_size=4), max_size=4))
def test_records_are_those_of_all_documents_in_a_row(
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


def test_no_document_has_no_records() -> None:
    assert read() == []
    assert read(b'{"details":[]}', b'{"details":null}', b'{"status":"success"}') == []
