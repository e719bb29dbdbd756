"""The classification of the responses of the token endpoint, and tokens in other responses."""

from __future__ import annotations

import io
import json

import pytest

from tap_ozonetel.api.responses import ClassifiedResponse, ResponseKind, classify_token_response
from tests.helpers.responses import body_of, classified, token_kind

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyIjoibm9ib2R5In0.c2lnbmF0dXJl"
HTML = b"<html></html>"


def test_a_rate_limit_may_bring_a_token() -> None:
    refusal = body_of("error", "API rate limit exceeded", token=TOKEN)
    assert classified(200, refusal) == ClassifiedResponse(
        ResponseKind.RATE_LIMITED, "HTTP 200: API rate limit exceeded", token=TOKEN
    )


@pytest.mark.parametrize(
    "token", [None, "", 7, "with space", "line\nbreak", "é", [TOKEN], True], ids=repr
)
def test_a_token_that_cannot_be_a_header_is_ignored(token: object) -> None:
    sent = {"token": token}
    assert classified(200, body_of("error", "rate limit", **sent)).token is None
    assert token_kind(200, json.dumps(sent).encode()) is not ResponseKind.TOKEN


@pytest.mark.parametrize(
    "beside", [{}, {"status": "success"}, {"status": True, "message": "generated"}]
)
def test_a_token_response_has_a_token(beside: dict[str, object]) -> None:
    body = io.BytesIO(json.dumps({"token": TOKEN, **beside}).encode())
    found = classify_token_response(200, body)
    assert (found.kind, found.token) == (ResponseKind.TOKEN, TOKEN)
    assert TOKEN not in repr(found)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, HTML),
        (200, b'["token"]'),
        (200, b'"token"'),
        (200, b'{"Token":"x"}'),
        (200, b'{"token":"x","status":"fail"}'),
        (200, b'{"token":"x","status":false}'),
        (200, b'{"token":"x"'),
        (200, b'{"token":"x","details":[{"a":1,,},{"a":2}]}'),
        (401, b'{"token":"x"}'),
        (429, b'{"token":"x"}'),
        (500, b'{"token":"x"}'),
        (302, b'{"token":"x"}'),
    ],
)
def test_a_token_response_without_a_usable_token(status: int, body: bytes) -> None:
    assert token_kind(status, body) is not ResponseKind.TOKEN
