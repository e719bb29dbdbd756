"""Chunks of a list of records: complete records only, whatever they contain."""

from __future__ import annotations

import io
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_ozonetel.bodies.chunks import find_records_start, read_chunks
from tap_ozonetel.bodies.values import MAX_DEPTH
from tests.helpers.examples import examples
from tests.helpers.json_values import objects, written


def read_all(body: bytes, chunk_bytes: int) -> tuple[list[object], bytes]:
    """The records of all chunks, and the bytes after the last of them."""
    file = io.BytesIO(body)
    found: list[object] = []
    start = end = find_records_start(file)
    for records, next_start in read_chunks(file, start, chunk_bytes):
        assert records
        found += records
        end = next_start
    return found, body[end:]


@examples(50)
@given(st.data(), st.lists(objects, min_size=1, max_size=8), st.integers(1, 200))
def test_chunks_and_the_rest_are_the_list(
    data: st.DataObject, records: list[dict[str, object]], chunk_bytes: int
) -> None:
    body = data.draw(written({"details": records, "status": "success"}))
    found, left = read_all(body, chunk_bytes)
    assert [json.loads(json.dumps(each, default=float)) for each in found] == records[: len(found)]
    assert json.loads(b'{"details":[' + left)["details"] == records[len(found) :]


@pytest.mark.parametrize(
    "text",
    ["},{", '"},{"', "]},{[", "}\n,\n{", '\\"},{\\"'],
    ids=["plain", "quotes", "list", "lines", "escaped"],
)
@pytest.mark.parametrize("kind", ["string", "list", "name"])
def test_the_end_of_a_record_inside_a_string_is_ignored(text: str, kind: str) -> None:
    record = {
        "string": {"CallID": 1, "Comments": text},
        "list": {"CallID": 1, "CallFlow": [{"a": 1}, {"b": text}, {}]},
        "name": {text: 1},
    }[kind]
    records = [record] * 40
    for chunk_bytes in range(60, 400, 7):
        found, left = read_all(json.dumps({"details": records}).encode(), chunk_bytes)
        assert found == records[: len(found)]
        assert json.loads(b'{"details":[' + left)["details"] == records[len(found) :]


def test_all_records_except_the_last_are_read() -> None:
    records = [{"CallID": number, "Comments": "x" * 100} for number in range(1_000)]
    found, left = read_all(json.dumps({"details": records, "totalCount": "1000"}).encode(), 4_096)
    assert len(found) > 960
    assert json.loads(b'{"details":[' + left)["totalCount"] == "1000"


@pytest.mark.parametrize(
    "unusual",
    [
        '"a lone surrogate: \\ud83d"',
        "7" * 4_301,
        "1e99999999999999999999",
        "[" * 20_000 + "]" * 20_000,
        "[" * MAX_DEPTH + "]" * MAX_DEPTH,
        "1,,",
        "tru",
    ],
    ids=["surrogate", "digits", "exponent", "deep", "limit", "comma", "word"],
)
def test_reading_stops_at_what_msgspec_rejects(unusual: str) -> None:
    good = [{"CallID": number} for number in range(50)]
    body = json.dumps({"details": [*good, {"CallID": "@unusual@"}, *good]}).replace(
        '"@unusual@"', unusual
    )
    found, left = read_all(body.encode(), 500_000)
    assert found == good
    assert left.startswith(b'{"CallID": ' + unusual[:10].encode())


def test_numbers_are_exact() -> None:
    body = b'{"details":[{"CallID":31733467784618213,"Rating":4.10},{}]}'
    assert read_all(body, 1_000)[0] == [{"CallID": 31733467784618213, "Rating": Decimal("4.10")}]


@pytest.mark.parametrize(
    ("body", "before"),
    [
        ('{"details":[1]}', '{"details":['),
        ('{"a":{"details":[0]},"details" : [1]}', '{"a":{"details":[0]},"details" : ['),
        ('{"a":"\\"details\\":[","details":[1]}', '{"a":"\\"details\\":[","details":['),
        ('{"a":[{"details":[0]}]}', ""),
        ('[{"details":[0]}]', ""),
        ('{"details":null}', ""),
        ('{"details":{"details":[0]}}', ""),
        ("", ""),
    ],
)
def test_only_the_top_level_list_is_read(body: str, before: str) -> None:
    assert find_records_start(io.BytesIO(body.encode())) == len(before)


def test_a_list_after_the_searched_bytes_is_not_found() -> None:
    body = json.dumps({"message": "x" * 200, "details": [{"CallID": 1}, {"CallID": 2}]}).encode()
    assert find_records_start(io.BytesIO(body), 100) == 0


@pytest.mark.parametrize("between", [b"\x0b,", b",\x0c", b"\xc2\xa0,", b",,", b" ", b""])
def test_records_are_separated_by_a_comma_and_white_space(between: bytes) -> None:
    body = b'{"details":[{"CallID":1}' + between + b'{"CallID":2},{"CallID":3}]}'
    assert read_all(body, 1_000)[0] == []
