"""Classifies the responses of the API.

Most failures have the HTTP status 200, a gateway page may take the place of a response, and a body
may be cut short (docs/ozonetel-api.md, "Responses"). So the whole body is checked before its first
record is used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from email.message import Message
from enum import Enum
from http import HTTPStatus
from typing import IO, TYPE_CHECKING, Any

from tap_ozonetel.api.redaction import redact
from tap_ozonetel.bodies.envelope import read_envelope
from tap_ozonetel.bodies.lenient import Repairs
from tap_ozonetel.bodies.malformed import InvalidJSONError, MalformedJSONError

if TYPE_CHECKING:
    from collections.abc import Sequence


class ResponseKind(Enum):
    """The kinds of responses."""

    RECORDS = "records"
    EMPTY = "no calls"
    TOKEN = "token"  # noqa: S105 - a kind of response
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
    #: What was repaired in the body.
    repairs: Repairs = field(default_factory=Repairs)
    #: Why a successful response is not JSON, unless it was cut short.
    malformed: MalformedJSONError | None = None
    #: The records, if they are not under `details` in the body.
    rows: Sequence[object] | None = None


#: The values of `status` for success and failure, in lower case (docs/ozonetel-api.md,
#: "Responses").
SUCCESS_WORDS = frozenset({"success", "true"})
FAILURE_WORDS = frozenset({"false", "fail", "failure", "error"})

_RATE_LIMIT_MESSAGE = re.compile(
    r"rate[\s_-]*limit|limit[\s_-]*(has[\s_-]*been[\s_-]*)?(exceeded|reached)"
    r"|too[\s_-]*many[\s_-]*requests|hits?[\s_-]*(will[\s_-]*be[\s_-]*)?allowed",
    re.IGNORECASE,
)
_COUNT = re.compile(r"[0-9]{1,18}")
_CREDENTIALS_MESSAGE = re.compile(r"token|api\s*key", re.IGNORECASE)
# Match the whole message, so that "No record of this campaign" is not an empty day.
_NO_DATA_MESSAGE = re.compile(
    r"\W*((no[\s_]*(data|records?|cdrs?|calls?)|(data|records?|cdrs?|calls?)[\s_]+not)"
    r"([\s_]*(found|available|exists?|present))?)([\s_]+(for|in|on|between)\b.*)?\W*",
    re.IGNORECASE | re.DOTALL,
)
#: The only message that means an empty day even if `status` is a word of failure.
_NO_DATA_FOUND = re.compile(r"\W*no[\s_]*data[\s_]*found\W*", re.IGNORECASE)


def classify_response(
    status: int,
    body: IO[bytes],
    *,
    paginated: bool = False,
    charset: str | None = None,
    replace_broken: bool = False,
) -> ClassifiedResponse:
    """Classify a response of a CDR endpoint by its whole body and its HTTP status.

    Args:
        status: The HTTP status.
        body: The body. Its position before and after the call does not matter. It is repaired if
            only a lenient reader accepts it.
        paginated: Whether a `totalCount` must come with the records.
        charset: The charset that the response declares.
        replace_broken: Whether to replace records that are not JSON by null.

    Returns:
        The kind of the response. A response that has none of the known forms is rejected.
    """
    envelope, response = classify_envelope(status, body, charset, replace_broken=replace_broken)
    if response.kind is ResponseKind.RECORDS and paginated and response.total_count is None:
        reason = f"HTTP {status}: records without a totalCount"
        return replace(response, kind=ResponseKind.REJECTED, reason=reason)
    return reject_without_records(envelope, response)


def reject_without_records(
    envelope: dict[str, Any], response: ClassifiedResponse
) -> ClassifiedResponse:
    """Complete the reason of a response that is rejected although it has a word of success."""
    if response.kind is ResponseKind.REJECTED and status_word(envelope) in SUCCESS_WORDS:
        return replace(response, reason=f"{response.reason}, but no list of records")
    return response


def classify_token_response(status: int, body: IO[bytes]) -> ClassifiedResponse:
    """Classify a response of the token endpoint by its whole body and its HTTP status.

    The token comes alone or with a status and a message (docs/ozonetel-api.md, "Authentication").
    """
    envelope, response = classify_envelope(status, body)
    is_failure = not is_success(status) or status_word(envelope) in FAILURE_WORDS
    if response.token and not is_failure:
        return replace(response, kind=ResponseKind.TOKEN)
    return response


def classify_envelope(
    status: int, body: IO[bytes], charset: str | None = None, *, replace_broken: bool = False
) -> tuple[dict[str, Any], ClassifiedResponse]:
    """Classify a response of any endpoint. Its JSON object is empty if the body has none."""
    try:
        read = read_envelope(body, charset, skip_malformed=replace_broken)
    except InvalidJSONError as error:
        kind = _classify_invalid_json(status)
        malformed = error if isinstance(error, MalformedJSONError) else None
        name = f", in the field {redact(malformed.field)}" if malformed and malformed.field else ""
        if not is_success(status):
            malformed = None
        return {}, ClassifiedResponse(kind, f"HTTP {status} {error}{name}", malformed=malformed)
    envelope = read.value
    if not isinstance(envelope, dict):
        kind = _classify_status(status)
        return {}, ClassifiedResponse(kind, f"HTTP {status} without a JSON object")
    message = envelope.get("message")
    text = message if isinstance(message, str) else ""
    return envelope, ClassifiedResponse(
        _classify_content(status, envelope, text),
        f"HTTP {status}: {redact(text)}" if text else f"HTTP {status}",
        token=_usable_token(envelope),
        total_count=_parse_count(envelope.get("totalCount")),
        repairs=read.repairs,
    )


def declared_charset(content_type: str | None) -> str | None:
    """The charset of a `Content-Type` header."""
    message = Message()
    message["Content-Type"] = content_type or ""
    return message.get_content_charset()


def is_usable_token(token: str) -> bool:
    """Whether a token can be a header. Servers limit one to 8 KiB."""
    return re.fullmatch(r"[\x21-\x7e]{1,8000}", token) is not None


def _usable_token(envelope: dict[str, Any]) -> str | None:
    token = envelope.get("token")
    return token if isinstance(token, str) and is_usable_token(token) else None


def _classify_content(status: int, envelope: dict[str, Any], message: str) -> ResponseKind:
    """Classify a JSON object by its content first, then by the HTTP status."""
    word, details = status_word(envelope), envelope.get("details")
    succeeded = is_success(status)
    has_list = succeeded and word in SUCCESS_WORDS and isinstance(details, list)
    if has_list and details:
        return ResponseKind.RECORDS
    if status == HTTPStatus.TOO_MANY_REQUESTS or _RATE_LIMIT_MESSAGE.search(message):
        return ResponseKind.RATE_LIMITED
    if word not in SUCCESS_WORDS and _CREDENTIALS_MESSAGE.search(message):
        return ResponseKind.UNAUTHORIZED
    if has_list:
        return ResponseKind.EMPTY
    no_data = _NO_DATA_FOUND if word in FAILURE_WORDS else _NO_DATA_MESSAGE
    if succeeded and details in (None, []) and no_data.fullmatch(message):
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
    return ResponseKind.TRANSIENT if is_success(status) else _classify_status(status)


def is_success(status: int) -> bool:
    """Whether an HTTP status is one of success."""
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def status_word(envelope: dict[str, Any]) -> str:
    """The `status` of the body in lower case. `true` equals "True"."""
    status = envelope.get("status")
    return str(status).strip().lower() if isinstance(status, str | bool) else ""


def _parse_count(value: object) -> int | None:
    """Parse a count, which is a number or a text of digits."""
    if isinstance(value, str) and _COUNT.fullmatch(value):
        return int(value)
    return value if type(value) is int and value >= 0 else None
