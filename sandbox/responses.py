"""What the server says: an HTTP answer, and the API's own ways to refuse."""

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
class Answer:
    """An HTTP answer and how it is put on the wire.

    Attributes:
        status: The HTTP status.
        body: All of it, or its pieces; pieces are sent in chunks.
        headers: More headers than Content-Type and those of the framing.
        outcome: What the log of the sandbox says about the request.
        promised: A Content-Length that is not the body's.
        closing: The end of the connection is the end of the body.
        unterminated: Sent in chunks, and the last one never comes.
        reset: Nothing is sent, the connection is reset.
        delay: Seconds before the first byte.
        stall: Seconds in the middle of the body.
    """

    status: int
    body: bytes | Iterable[bytes]
    outcome: str
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    promised: int | None = None
    closing: bool = False
    unterminated: bool = False
    reset: bool = False
    delay: float = 0.0
    stall: float = 0.0


def dumps(value: object) -> bytes:
    """Write JSON as the API does: text as UTF-8, not escaped."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def said(body: dict[str, object], outcome: str, status: int = 200) -> Answer:
    """Answer with a JSON body."""
    return Answer(status, dumps(body), outcome)


def refused(
    message: str, outcome: str = "refused for request", *, word: str = "false", status: int = 200
) -> Answer:
    """Refuse in the API's way: a failing word and a message, mostly with HTTP 200."""
    return said({"status": word, "message": message}, outcome, status)


def token_expired(status: int) -> Answer:
    """Refuse a token (contract: D, with HTTP 401 in production)."""
    body: dict[str, object] = {"status": "false", "message": "Token Expired", "data": None}
    return said(body, "refused for token", status)


def missing_credentials(status: int) -> Answer:
    """Refuse a request that has no credentials, or those of the other mode."""
    return refused(MISSING_CREDENTIALS, "refused for credentials", status=status)


def invalid_credentials() -> Answer:
    """Refuse an account or a key that does not exist."""
    return refused(INVALID_CREDENTIALS, "refused for credentials")
