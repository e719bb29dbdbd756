"""Classifies the responses of the API.

Most failures have the HTTP status 200, a gateway page may take the place of a response, and a body
may be truncated (docs/ozonetel-api.md, "Responses"). So the whole body is checked before its first
record is used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
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
    token: str | None = field(default=None, repr=False)
    #: The number of records in all pages.
    total_count: int | None = None
    #: What was repaired in the body.
    repairs: Repairs = field(default_factory=Repairs)
    #: Why a successful response is not JSON, unless it is truncated.
    malformed: MalformedJSONError | None = None
    #: The records, if they are not under `details` in the body.
    rows: Sequence[object] | None = None
    #: The JSON value of the body, without its records. None if the body is not JSON.
    envelope: object = field(default=None, repr=False, compare=False)


#: The values of `status` of a success and of a failure, in lower case (docs/ozonetel-api.md,
#: "Responses").
SUCCESS_STATUSES = frozenset({"success", "true"})
FAILURE_STATUSES = frozenset({"false", "fail", "failure", "error"})

_RATE_LIMIT_MESSAGE = re.compile(
    r"rate[\s_-]*limit|limit[\s_-]*(has[\s_-]*been[\s_-]*)?(exceeded|reached)"
    r"|too[\s_-]*many[\s_-]*requests|hits?[\s_-]*(will[\s_-]*be[\s_-]*)?allowed",
    re.IGNORECASE,
)
# With separators of thousands, or of lakhs and crores, and with a fraction of zero.
_COUNT = re.compile(r"([0-9]{1,18}|[0-9]{1,3}(?:,[0-9]{2,3}){0,5},[0-9]{3})(?:\.0{1,9})?")
_CREDENTIALS_MESSAGE = re.compile(r"token|api\s*key", re.IGNORECASE)
# Match the whole message, so that "No record of this campaign" is not an empty day.
_NO_DATA_MESSAGE = re.compile(
    r"\W*((no[\s_]*(data|records?|cdrs?|calls?)|(data|records?|cdrs?|calls?)[\s_]+not)"
    r"([\s_]*(found|available|exists?|present))?)([\s_]+(for|in|on|between)\b.*)?\W*",
    re.IGNORECASE | re.DOTALL,
)
#: The only message that means an empty day even with a failure status.
_NO_DATA_FOUND = re.compile(r"\W*no[\s_]*data[\s_]*found\W*", re.IGNORECASE)


def classify_response(
    status: int,
    body: IO[bytes],
    *,
    paginated: bool = False,
    rows_in_message: bool = False,
    charset: str | None = None,
    skip_malformed: bool = False,
) -> ClassifiedResponse:
    """Classify a response by its whole body and its HTTP status.

    Args:
        status: The HTTP status.
        body: The body. Its position before and after the call does not matter. It is repaired if
            only a lenient JSON reader accepts it.
        paginated: Whether a `totalCount` must come with the records.
        rows_in_message: Whether the records may be under `message`: a list, or the only one
            (docs/ozonetel-api.md, "Agent state summary").
        charset: The charset that the response declares.
        skip_malformed: Whether to replace records that are malformed by null.

    Returns:
        The kind of the response. A response that has none of the known forms is rejected.

    Raises:
        ResponseTooLargeError: A value of the body is too large for memory.
    """
    envelope, response = _classify(status, body, charset, skip_malformed=skip_malformed)
    rows = envelope.get("message")
    is_without_list = _succeeded(status, envelope) and not envelope.get("details")
    if rows_in_message and is_without_list and isinstance(rows, list | dict):
        rows = [rows] if isinstance(rows, dict) and rows else list(rows)
        kind = ResponseKind.RECORDS if rows else ResponseKind.EMPTY
        return replace(response, kind=kind, rows=rows, reason=f"HTTP {status}")
    if response.kind is ResponseKind.RECORDS and paginated and response.total_count is None:
        problem = _describe_count(envelope.get("totalCount"))
        return replace(response, kind=ResponseKind.REJECTED, reason=f"HTTP {status}: {problem}")
    return response


def classify_token_response(status: int, body: IO[bytes]) -> ClassifiedResponse:
    """Classify a response of the token endpoint by its whole body and its HTTP status.

    The token comes alone or with a status and a message (docs/ozonetel-api.md, "Authentication").
    """
    envelope, response = _classify(status, body)
    is_failure = not _is_success(status) or _read_status(envelope) in FAILURE_STATUSES
    if response.token and not is_failure:
        return replace(response, kind=ResponseKind.TOKEN)
    return response


def _classify(
    status: int, body: IO[bytes], charset: str | None = None, *, skip_malformed: bool = False
) -> tuple[dict[str, Any], ClassifiedResponse]:
    """Classify a response of any endpoint. Its JSON object is empty if the body has none."""
    try:
        read = read_envelope(body, charset, skip_malformed=skip_malformed)
    except InvalidJSONError as error:
        return {}, _classify_invalid_json(status, error)
    envelope = read.value
    if not isinstance(envelope, dict):
        kind = _classify_status(status)
        reason = f"HTTP {status} without a JSON object"
        return {}, ClassifiedResponse(kind, reason, envelope=envelope)
    message = envelope.get("message")
    message = message if isinstance(message, str) else ""
    kind = _classify_content(status, envelope, message)
    reason = f"HTTP {status}: {redact(message)}" if message else f"HTTP {status}"
    if kind is ResponseKind.REJECTED and _read_status(envelope) in SUCCESS_STATUSES:
        reason = f"{reason}, but no list of records"
    token = envelope.get("token")
    return envelope, ClassifiedResponse(
        kind,
        reason,
        token=token if isinstance(token, str) and is_usable_token(token) else None,
        total_count=_parse_count(envelope.get("totalCount")),
        repairs=read.repairs,
        envelope=envelope,
    )


def declared_charset(content_type: str | None) -> str | None:
    """The charset of a `Content-Type` header."""
    message = Message()
    message["Content-Type"] = content_type or ""
    return message.get_content_charset()


def is_usable_token(token: str) -> bool:
    """Whether a token can be a header. Servers limit one to 8 KiB."""
    return re.fullmatch(r"[\x21-\x7e]{1,8000}", token) is not None


def _classify_content(status: int, envelope: dict[str, Any], message: str) -> ResponseKind:
    """Classify a JSON object by its content first, then by the HTTP status."""
    outcome, details = _read_status(envelope), envelope.get("details")
    has_list = _succeeded(status, envelope) and isinstance(details, list)
    if has_list and details:
        return ResponseKind.RECORDS
    if status == HTTPStatus.TOO_MANY_REQUESTS or _RATE_LIMIT_MESSAGE.search(message):
        return ResponseKind.RATE_LIMITED
    if outcome not in SUCCESS_STATUSES and _CREDENTIALS_MESSAGE.search(message):
        return ResponseKind.UNAUTHORIZED
    if has_list:
        return ResponseKind.EMPTY
    no_data = _NO_DATA_FOUND if outcome in FAILURE_STATUSES else _NO_DATA_MESSAGE
    if _is_success(status) and details in (None, []) and no_data.fullmatch(message):
        return ResponseKind.EMPTY
    return _classify_status(status)


def _classify_status(status: int) -> ResponseKind:
    """Classify a response by its HTTP status alone."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return ResponseKind.RATE_LIMITED
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return ResponseKind.UNAUTHORIZED
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return ResponseKind.TRANSIENT
    return ResponseKind.REJECTED


def _classify_invalid_json(status: int, error: InvalidJSONError) -> ClassifiedResponse:
    malformed = error if isinstance(error, MalformedJSONError) else None
    field_name = (
        f", in the field {redact(malformed.field)}" if malformed and malformed.field else ""
    )
    reason = f"HTTP {status} {error}{field_name}"
    if not _is_success(status):
        return ClassifiedResponse(_classify_status(status), reason)
    # With a success status, it is a gateway page, or a truncated or malformed body.
    return ClassifiedResponse(ResponseKind.TRANSIENT, reason, malformed=malformed)


def _is_success(status: int) -> bool:
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def _succeeded(status: int, envelope: dict[str, Any]) -> bool:
    """Whether both the HTTP status and the status of the body indicate success."""
    return _is_success(status) and _read_status(envelope) in SUCCESS_STATUSES


def _read_status(envelope: dict[str, Any]) -> str:
    """The `status` of the body in lower case. `true` equals "True"."""
    status = envelope.get("status")
    return str(status).strip().lower() if isinstance(status, str | bool) else ""


def _parse_count(value: object) -> int | None:
    """Parse a count: a number without a fraction, or a string with one."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    match = _COUNT.fullmatch(str(value).strip())
    return int(match[1].replace(",", "")) if match else None


def _describe_count(value: object) -> str:
    """Describe what is wrong with a count."""
    if value is None:
        return "records without a totalCount"
    shown = redact(str(value)) if isinstance(value, int | str | Decimal) else "an object or a list"
    return f"records with a totalCount that is not a number of records: {shown}"
