"""What becomes of a request: a response with records, or an error."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import IO, TYPE_CHECKING

from tap_ozonetel.api.responses import ClassifiedResponse, ResponseKind
from tap_ozonetel.config.schema import API_KEY_AUTH
from tap_ozonetel.errors import (
    GatewayTimeoutError,
    OzonetelError,
    RateLimitedError,
    RejectedError,
    RunError,
    TransientError,
    UnauthorizedError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_ozonetel.bodies.malformed import MalformedJSONError

#: How to report what the API sends, without any of the data.
REPORT = '"Report a problem" in docs/errors.md'


@dataclass(frozen=True, slots=True)
class RecordsResponse:
    """A successful response. The caller closes `body`."""

    body: IO[bytes]
    #: The number of records in all pages, if the request was paginated and has records.
    total_count: int | None
    #: The records, if they are not under `details` in the body.
    rows: Sequence[object] | None = None


def unsuccessful_error(status: int, response: ClassifiedResponse) -> OzonetelError:
    """Make the error of an unsuccessful response.

    Args:
        status: The HTTP status.
        response: The response. Its kind decides whether a retry may help.
    """
    match response.kind:
        case ResponseKind.RATE_LIMITED:
            return RateLimitedError(response.reason)
        case ResponseKind.UNAUTHORIZED:
            return UnauthorizedError(response.reason)
        case ResponseKind.TRANSIENT if status == HTTPStatus.GATEWAY_TIMEOUT:
            return GatewayTimeoutError(response.reason)
        case ResponseKind.TRANSIENT:
            return TransientError(response.reason)
    if _is_elsewhere(status):
        advice = "Check the setting api_url"
    else:
        advice = (
            "Check any settings that the message names, or ask Ozonetel's support. If the API has "
            f"changed, see {REPORT}"
        )
    return RejectedError(f"The API rejected the request ({response.reason}). {advice}")


def no_token_error(status: int, response: ClassifiedResponse) -> RunError:
    """Make the error of a response of the token endpoint that has no token.

    Args:
        status: The HTTP status.
        response: The response, which is neither transient nor rate limited.
    """
    if _is_elsewhere(status):
        return RunError(
            f"The token endpoint is not at this address ({response.reason}). Check the setting "
            "api_url"
        )
    if status < HTTPStatus.BAD_REQUEST and response.kind is not ResponseKind.UNAUTHORIZED:
        return RunError(
            f"The response of the token endpoint has no token ({response.reason}). Check the "
            f"setting api_url, or set auth_method to {API_KEY_AUTH}"
        )
    return RunError(
        f"The token endpoint returned no token ({response.reason}). Check the settings username "
        "and api_key"
    )


def _is_elsewhere(status: int) -> bool:
    """Whether an HTTP status means that the URL is wrong."""
    is_redirect = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
    return is_redirect or status in {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}


def unreadable_error(error: MalformedJSONError, reason: str, *, skips: bool) -> RejectedError:
    """Make the error of a response that is malformed each time.

    Args:
        error: What is malformed.
        reason: The HTTP status and the place, safe to log.
        skips: Whether `on_unusable_record` is `skip`.
    """
    if error.is_in_record and not skips:
        advice = "such records, set on_unusable_record to skip"
    else:
        advice = "the day, set start_date to the next day"
    return RejectedError(
        f"The API sent a response that cannot be read ({reason}). Run again later. If the error "
        f"persists, report the day to Ozonetel's support, and see {REPORT}. To continue without "
        f"{advice}"
    )
