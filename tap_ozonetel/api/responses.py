"""Classifies the responses of the API.

Most failures have the HTTP status 200, a gateway page may take the place of a response, and a body
may be cut short (docs/ozonetel-api.md, "Responses"). So the whole body is checked before its first
record is used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import IO, Any

from tap_ozonetel.api.body import InvalidJSONError, read_envelope
from tap_ozonetel.api.redaction import redact


class ResponseKind(Enum):
    """The kinds of responses."""

    RECORDS = "records"
    EMPTY = "no calls"
    UNAUTHORIZED = "unauthorized"
    RATE_LIMITED = "rate limited"
    TRANSIENT = "transient error"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class ClassifiedResponse:
    """The kind of a response, with the parts of its body other than the records."""

    kind: ResponseKind
    #: The HTTP status and the API's own message, safe to log.
    reason: str
    #: A token that came with the response.
    token: str | None = None
    #: The number of records in all pages.
    total_count: int | None = None


#: The values of `status` for success and failure, in lower case (docs/ozonetel-api.md,
#: "Responses").
SUCCESS_WORDS = frozenset({"success", "true"})
FAILURE_WORDS = frozenset({"false", "fail", "failure", "error"})

_RATE_LIMIT_MESSAGE = re.compile(r"rate\s*limit", re.IGNORECASE)
_COUNT = re.compile(r"[0-9]{1,18}")
_CREDENTIALS_MESSAGE = re.compile(r"token|api\s*key", re.IGNORECASE)
# Matches the whole message, so that "No record of this campaign" is not an empty day.
_NO_DATA_MESSAGE = re.compile(
    r"\W*((no[\s_]*(data|records?|cdrs?|calls?)|(data|records?|cdrs?|calls?)[\s_]+not)"
    r"([\s_]*(found|available|exists?|present))?)([\s_]+(for|in|on|between)\b.*)?\W*",
    re.IGNORECASE | re.DOTALL,
)


def classify_response(
    status: int, body: IO[bytes], *, paginated: bool = False
) -> ClassifiedResponse:
    """Classify a response by its whole body and its HTTP status.

    Args:
        status: The HTTP status.
        body: The body. Its position before and after the call does not matter.
        paginated: Whether a `totalCount` must come with the records.

    Returns:
        The kind of the response. A response that has none of the known forms is rejected.
    """
    try:
        envelope = read_envelope(body)
    except InvalidJSONError:
        return ClassifiedResponse(_classify_invalid_json(status), f"HTTP {status} without JSON")
    if not isinstance(envelope, dict):
        return ClassifiedResponse(_classify_status(status), f"HTTP {status} without a JSON object")
    message = envelope.get("message")
    text = message if isinstance(message, str) else ""
    reason = f"HTTP {status}: {redact(text)}" if text else f"HTTP {status}"
    total_count = _parse_count(envelope.get("totalCount"))
    kind = _classify_envelope(status, envelope, text)
    if kind is ResponseKind.RECORDS and paginated and total_count is None:
        kind, reason = ResponseKind.REJECTED, f"HTTP {status}: records without a totalCount"
    elif kind is ResponseKind.REJECTED and _status_word(envelope) in SUCCESS_WORDS:
        reason = f"{reason}, but no list of records"
    return ClassifiedResponse(kind, reason, token=_usable_token(envelope), total_count=total_count)


def extract_token(status: int, body: IO[bytes]) -> str | None:
    """Read the token from a response of the token endpoint.

    It comes alone or with a status and a message (docs/ozonetel-api.md, "Authentication").

    Returns:
        The token, or None if the response has no usable one.
    """
    try:
        envelope = read_envelope(body)
    except InvalidJSONError:
        return None
    if not isinstance(envelope, dict) or _status_word(envelope) in FAILURE_WORDS:
        return None
    return _usable_token(envelope) if _is_success(status) else None


def is_usable_token(token: str) -> bool:
    """Whether a token can be a header. Servers limit one to 8 KiB."""
    return re.fullmatch(r"[\x21-\x7e]{1,8000}", token) is not None


def _usable_token(envelope: dict[str, Any]) -> str | None:
    token = envelope.get("token")
    return token if isinstance(token, str) and is_usable_token(token) else None


def _classify_envelope(status: int, envelope: dict[str, Any], message: str) -> ResponseKind:
    """Classify a JSON object by its content first, then by the HTTP status."""
    word, details = _status_word(envelope), envelope.get("details")
    is_success = _is_success(status)
    if is_success and word in SUCCESS_WORDS and isinstance(details, list):
        return ResponseKind.RECORDS if details else ResponseKind.EMPTY
    if status == HTTPStatus.TOO_MANY_REQUESTS or _RATE_LIMIT_MESSAGE.search(message):
        return ResponseKind.RATE_LIMITED
    if word not in SUCCESS_WORDS and _CREDENTIALS_MESSAGE.search(message):
        return ResponseKind.UNAUTHORIZED
    if is_success and details in (None, []) and _NO_DATA_MESSAGE.fullmatch(message):
        return ResponseKind.EMPTY
    return _classify_status(status)


def _classify_status(status: int) -> ResponseKind:
    """Classify a response whose body tells nothing."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return ResponseKind.RATE_LIMITED
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return ResponseKind.UNAUTHORIZED
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return ResponseKind.TRANSIENT
    return ResponseKind.REJECTED


def _classify_invalid_json(status: int) -> ResponseKind:
    # With a status of success it is a gateway page or a body cut short.
    return ResponseKind.TRANSIENT if _is_success(status) else _classify_status(status)


def _is_success(status: int) -> bool:
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def _status_word(envelope: dict[str, Any]) -> str:
    """The `status` of the body in lower case. `true` equals "True"."""
    status = envelope.get("status")
    return str(status).strip().lower() if isinstance(status, str | bool) else ""


def _parse_count(value: object) -> int | None:
    """Parse a count, which is a number or a text of digits."""
    if isinstance(value, str) and _COUNT.fullmatch(value):
        return int(value)
    return value if type(value) is int and value >= 0 else None
