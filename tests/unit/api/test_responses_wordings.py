"""The wordings of the API for a day without calls, and for rate limits."""

from __future__ import annotations

import json

import pytest

from tap_ozonetel.api.responses import ResponseKind
from tests.helpers.responses import body_of, kind_of, token_kind

EMPTY, RATE_LIMITED, REJECTED = ResponseKind.EMPTY, ResponseKind.RATE_LIMITED, ResponseKind.REJECTED

NO_DATA = [
    "No Data Found",
    "no data found",
    "NO DATA",
    "No data found.",
    "No_Data_Found",
    "No records found",
    "No record found for the given date",
    "No Records Available",
    "No CDRs found",
    "no calls",
    "Data not found",
    "Records Not Available",
    "no data exists for 2026-03-17",
]


@pytest.mark.parametrize("message", NO_DATA)
@pytest.mark.parametrize("word", ["success", True, "true", None], ids=repr)
@pytest.mark.parametrize("details", [{"details": []}, {"details": None}, {}])
def test_a_day_without_calls(word: object, message: str, details: dict[str, object]) -> None:
    assert kind_of(200, body_of(word, message, **details)) is EMPTY
    assert kind_of(200, body_of(word, message, **details), paginated=True) is EMPTY


@pytest.mark.parametrize("message", NO_DATA)
@pytest.mark.parametrize("word", ["fail", "false", "error", False], ids=repr)
def test_a_failure_is_empty_only_as_documented(word: object, message: str) -> None:
    documented = message.lower().strip(".").replace("_", " ") == "no data found"
    expected = EMPTY if documented else REJECTED
    assert kind_of(200, body_of(word, message)) is expected
    assert kind_of(200, body_of(word, message, details=[])) is expected


RATE_LIMIT_MESSAGES = [
    "Max limit exceeded",
    "rate_limit exceeded",
    "Too Many Requests",
    "TOO_MANY_REQUESTS",
    "API rate limit exceeded, try again later",
    "Ratelimit reached",
    "Rate-Limit",
    "limit has been exceeded",
    "only 1 hit will be allowed within a time frame of 5mins",
    "only 2 hits allowed per minute",
    "Token generation limit exceeded",
]


@pytest.mark.parametrize("message", RATE_LIMIT_MESSAGES)
@pytest.mark.parametrize("word", ["error", "false", "fail", "success", None], ids=repr)
@pytest.mark.parametrize("status", [200, 400, 401, 403, 429, 500, 503])
def test_every_wording_of_a_rate_limit(status: int, word: object, message: str) -> None:
    for body in (body_of(word, message), body_of(word, message, details=[])):
        assert kind_of(status, body) is RATE_LIMITED
        assert token_kind(status, json.dumps(body).encode()) is RATE_LIMITED


@pytest.mark.parametrize(
    "message",
    [
        "Limit the request to one day",
        "The date is off limits",
        "No limit",
        "pageSize limit is 500",
    ],
)
def test_a_message_about_another_limit_is_rejected(message: str) -> None:
    assert kind_of(200, body_of("error", message)) is REJECTED
