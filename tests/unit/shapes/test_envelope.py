"""The shape of a response."""

from __future__ import annotations

from typing import Any

import pytest

from tap_ozonetel.shapes.envelope import describe_envelope, describe_headers


@pytest.mark.parametrize(
    ("envelope", "records", "expected"),
    [
        (
            {"status": "success", "message": "success", "details": [None]},
            1,
            'status string "success", message string "success", details array, 1 record',
        ),
        (
            {"details": [], "totalCount": "1234", "status": True, "message": "success"},
            0,
            (
                "details array, totalCount string 1,234, status boolean true, "
                'message string "success", 0 records'
            ),
        ),
        (
            {"status": "denied", "message": "Asha Rao", "data": None},
            0,
            (
                'status string "A{6}" (unknown), message string "A{4} A{3}" (unknown), data null, '
                "0 records"
            ),
        ),
        (
            {"records": [{"a": 1}], "+919876543210": "Asha", "details": {}},
            0,
            'records (unknown) array, "+9{12}" (unknown) string, details object, 0 records',
        ),
        (
            {"token": "secret-token", "message": {"AgentName": "Asha"}},
            2,
            "token string, message object, 2 records",
        ),
        ({"totalCount": "9876543210"}, 0, 'totalCount string "9{10}" (unknown), 0 records'),
        ({"totalCount": 9876543210}, 0, "totalCount integer out of range, 0 records"),
        ({"message": " token expired "}, 0, 'message string "Token Expired", 0 records'),
        ({"totalCount": True}, 0, "totalCount boolean, 0 records"),
        ({"token": "secret-token"}, None, "token string"),
        ({}, None, "no fields"),
        ([1], 0, "array"),
        ("Asha", 0, "string"),
        (None, 0, "not JSON"),
    ],
)
def test_envelope(envelope: object, records: int | None, expected: str) -> None:
    assert describe_envelope(envelope, records) == expected


def test_the_number_of_names_is_bounded() -> None:
    envelope: dict[str, Any] = {f"{'x' * (number + 2)}": number for number in range(30)}
    line = describe_envelope(envelope, 0)
    assert line.count("integer") == 20
    assert line.endswith("and 10 more, 0 records")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, "no content type, no encoding"),
        (
            {"Content-Type": "application/json;charset=UTF-8", "Content-Encoding": "gzip"},
            "application/json;charset=UTF-8, gzip",
        ),
        (
            {"Content-Type": "text/asha", "Content-Encoding": "rao"},
            '"A{4}/A{4}" (unknown), "A{3}" (unknown)',
        ),
    ],
)
def test_headers(headers: dict[str, str], expected: str) -> None:
    assert describe_headers(headers) == expected
