"""The classification of the responses of the agent summary."""

from __future__ import annotations

import io
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from tap_ozonetel.api.responses import ClassifiedResponse, ResponseKind, classify_response
from tap_ozonetel.bodies.envelope import read_records
from tap_ozonetel.errors import ResponseTooLargeError
from tests.helpers.bodies import dump

ROW = {"AgentUniqueID": "7", "CallDate": "2026-03-16", "ModeType": "Blended"}

classify_summary_response = partial(classify_response, rows_in_message=True)


def classify(document: object, status: int = 200) -> ClassifiedResponse:
    return classify_summary_response(status, io.BytesIO(dump(document)))


@pytest.mark.parametrize("status", ["success", "Success", "true", True])
@pytest.mark.parametrize("details", [[ROW], ROW])
def test_rows_under_details(status: object, details: object) -> None:
    body = io.BytesIO(dump({"details": details, "message": "success", "status": status}))
    response = classify_summary_response(200, body)
    assert (response.kind, response.rows) == (ResponseKind.RECORDS, None)
    assert list(read_records(body)) == [ROW]


@pytest.mark.parametrize("more", [{}, {"details": []}, {"details": None}])
def test_rows_under_message(more: dict[str, Any]) -> None:
    for message, rows in (([ROW, ROW], [ROW, ROW]), (ROW, [ROW])):
        response = classify({"status": "success", "message": message, **more})
        assert (response.kind, response.rows) == (ResponseKind.RECORDS, rows)


def test_numbers_under_message_are_exact() -> None:
    body = b'{"status":"success","message":{"a":12345678901234567890123,"b":1.10}}'
    (row,) = classify_summary_response(200, io.BytesIO(body)).rows or ()
    assert row == {"a": 12345678901234567890123, "b": Decimal("1.10")}


def test_strings_outside_of_the_basic_plane_stay_whole() -> None:
    response = classify({"status": "success", "message": [{"AgentName": "A \U0001f600"}]})
    assert response.rows == [{"AgentName": "A \U0001f600"}]


@pytest.mark.parametrize(
    "document",
    [
        {"status": "error", "message": "No Data Found"},
        {"status": "success", "details": [], "message": "success"},
        {"status": "success", "message": []},
        {"status": "success", "message": {}},
        {"status": "success", "message": "No Data Found"},
    ],
    ids=repr,
)
def test_no_data_is_an_empty_range(document: dict[str, Any]) -> None:
    response = classify(document)
    assert response.kind is ResponseKind.EMPTY
    assert not response.rows


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("userName or apiKey is Invalid", ResponseKind.UNAUTHORIZED),
        ("apiKey should not be empty", ResponseKind.UNAUTHORIZED),
        ("userName should not be empty", ResponseKind.REJECTED),
        ("From and To Date should be in yyyy-mm-dd HH:mm:ss Format", ResponseKind.REJECTED),
        ("From Date Should not be Greater than To Date", ResponseKind.REJECTED),
        (
            "Difference Between From and To Date should not be Greater than 30 Days",
            ResponseKind.REJECTED,
        ),
        ("Mode Type is Invalid", ResponseKind.REJECTED),
        ("agentId is Invalid", ResponseKind.REJECTED),
        ("Rate Limit exceeded", ResponseKind.RATE_LIMITED),
    ],
)
def test_documented_errors(message: str, kind: ResponseKind) -> None:
    response = classify({"status": "error", "message": message})
    assert (response.kind, response.reason) == (kind, f"HTTP 200: {message}")


@pytest.mark.parametrize(
    ("document", "status", "kind"),
    [
        ({"status": "error", "message": [ROW]}, 200, ResponseKind.REJECTED),
        ({"status": "success", "message": [ROW]}, 500, ResponseKind.TRANSIENT),
        ({"status": "success", "message": "success"}, 200, ResponseKind.REJECTED),
        ({"message": ROW}, 200, ResponseKind.REJECTED),
        ([ROW], 200, ResponseKind.REJECTED),
    ],
)
def test_other_forms_are_no_rows(document: object, status: int, kind: ResponseKind) -> None:
    response = classify(document, status)
    assert (response.kind, response.rows) == (kind, None)


def test_success_without_rows_is_named() -> None:
    assert classify({"status": "success"}).reason == "HTTP 200, but no list of records"


def test_many_rows_under_message_are_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tap_ozonetel.bodies.text.MAX_VALUE_CHARACTERS", 2 * 1024**2)
    rows = [{**ROW, "AgentName": "x" * 1000}] * 4_000
    with pytest.raises(ResponseTooLargeError, match="more than 2,097,152 characters"):
        classify({"status": "success", "message": rows})
    assert classify({"details": rows, "status": "success"}).kind is ResponseKind.RECORDS
