"""HTTP responses of the sandbox, and the API's error bodies."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MISSING_CREDENTIALS = "Missing userName or apiKey"
INVALID_CREDENTIALS = "userName or apiKey is Invalid"
INVALID_JSON = "Invalid Json Pass Valid Json"


@dataclass(slots=True)
class Response:
    """An HTTP response and how it is sent.

    Attributes:
        status: HTTP status.
        body: Whole body, or its chunks; chunks use chunked transfer encoding.
        outcome: What the sandbox logs about the request.
        headers: Headers other than Content-Type and the framing headers.
        content_type: Content-Type header.
        content_length: Content-Length header, if it differs from the length of the body.
        close_delimited: The body ends when the connection closes.
        unterminated: The body is chunked and its last chunk is never sent.
        reset: Nothing is sent and the connection is reset.
        delay: Seconds before the first byte.
        stall: Seconds of silence in the middle of the body.
    """

    status: int
    body: bytes | Iterable[bytes]
    outcome: str
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    content_length: int | None = None
    close_delimited: bool = False
    unterminated: bool = False
    reset: bool = False
    delay: float = 0.0
    stall: float = 0.0


def dump_json(value: object) -> bytes:
    """Serialize JSON as the API does: UTF-8 text without escapes."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def json_response(body: dict[str, object], outcome: str, status: int = 200) -> Response:
    """Return a response with a JSON body."""
    return Response(status, dump_json(body), outcome)


def error_response(
    message: str, outcome: str = "rejected", *, word: str = "false", status: int = 200
) -> Response:
    """Return an error in the API's form: a word of failure and a message, mostly with HTTP 200.

    Args:
        message: Value of ``message``.
        outcome: What the sandbox logs about the request.
        word: Value of ``status``.
        status: HTTP status.
    """
    return json_response({"status": word, "message": message}, outcome, status)


def token_expired(status: int) -> Response:
    """Return the error for an invalid token (docs/ozonetel-api.md, "Authentication")."""
    body: dict[str, object] = {"status": "false", "message": "Token Expired", "data": None}
    return json_response(body, "token expired", status)


def missing_credentials(status: int) -> Response:
    """Return the error for missing credentials or credentials of the other mode."""
    return error_response(MISSING_CREDENTIALS, "unauthorized", status=status)


def invalid_credentials(word: str = "false") -> Response:
    """Return the error for an unknown account or key.

    Args:
        word: Value of ``status``.
    """
    return error_response(INVALID_CREDENTIALS, "unauthorized", word=word)
