"""An endpoint: sends a request until it has a response with records, or without any."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import IO, TYPE_CHECKING

from tap_ozonetel import transport
from tap_ozonetel.api.responses import ClassifiedResponse, ResponseKind, declared_charset
from tap_ozonetel.api.retry import retry_rate_limited, retry_transient, retry_unauthorized
from tap_ozonetel.bodies.lenient import Repairs
from tap_ozonetel.errors import (
    GatewayTimeoutError,
    OzonetelError,
    RateLimitedError,
    RejectedError,
    RunError,
    TransientError,
    UnauthorizedError,
    WindowTooLargeError,
)
from tap_ozonetel.transport.headers import parse_retry_after

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Sequence

    from tap_ozonetel.api.account import Account
    from tap_ozonetel.api.rate_limiter import Permit, RateLimiter
    from tap_ozonetel.api.request import Request
    from tap_ozonetel.transport.request import RawResponse

#: A window or range that timed out as often as this is split.
TIMEOUTS_BEFORE_SPLIT = 2


@dataclass(frozen=True, slots=True)
class RecordsResponse:
    """A successful response. The caller closes `body`."""

    body: IO[bytes]
    has_records: bool
    #: The number of records in all pages, if the request was paginated and has records.
    total_count: int | None
    #: The records, if they are not under `details` in the body.
    rows: Sequence[object] | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint of an account that serves records."""

    path: str
    account: Account
    #: The rate limiter that counts the requests.
    limiter: RateLimiter
    #: The logger of the stream.
    logger: logging.Logger
    #: Called with each response, of any status.
    on_response: Callable[[RawResponse], None]
    #: What was repaired in the responses so far. The stream reports and clears it.
    repairs: Repairs = field(default_factory=Repairs)

    def fetch(self, request: Request, *, splittable: bool = False) -> RecordsResponse:
        """Send a request, with retries.

        Args:
            request: The request.
            splittable: Whether the caller can split the window or range if it is too large.

        Returns:
            The response.

        Raises:
            WindowTooLargeError: The window or range timed out repeatedly and should be split.
            OzonetelError: There is no successful response.
        """
        timeouts = 0
        malformed: set[bytes] = set()

        def send() -> RecordsResponse:
            nonlocal timeouts
            try:
                return retry_unauthorized(
                    lambda: self._send(request, malformed), self.account.authenticator
                )
            except GatewayTimeoutError as error:
                timeouts += 1
                if splittable and timeouts == TIMEOUTS_BEFORE_SPLIT:
                    raise WindowTooLargeError(str(error)) from error
                raise

        return retry_transient(
            lambda: retry_rate_limited(send, request, self.limiter, self.logger),
            request,
            self.limiter.period,
            self.logger,
        )

    def fetch_once(self, request: Request) -> RecordsResponse:
        """Like `fetch`, but without retries, and with a new token.

        A cached token would not prove that the API key works.
        """
        authenticator = self.account.authenticator
        try:
            if authenticator.uses_tokens:
                authenticator.refresh_token()
            return self._send(request, set())
        except UnauthorizedError as error:
            raise RunError(authenticator.rejection_message(error)) from error
        except RateLimitedError as error:
            raise OzonetelError(
                f"Rate limit exceeded ({error}): something else uses the account's requests"
            ) from error
        except TransientError as error:
            raise OzonetelError(f"The request failed: {error}. Try again") from error

    def _send(self, request: Request, malformed: set[bytes]) -> RecordsResponse:
        """Send a request once, with a permit and a token.

        Args:
            request: The request.
            malformed: The digests of the responses to this request that were not JSON.
        """
        config, authenticator = self.account.config, self.account.authenticator
        with self.limiter.acquire() as permit:
            request.check(self.account.today)
            authenticator.ensure_token(permit.entry)
            with permit.record_request():
                response = transport.send(
                    "GET",
                    f"{config.api_url}{self.path}",
                    read_timeout=config.request_timeout,
                    use_proxy=config.use_proxy,
                    params=request.query,
                    json={
                        "userName": config.username,
                        "fromDate": request.from_date,
                        "toDate": request.to_date,
                        **request.fields,
                    },
                    headers={"User-Agent": config.user_agent},
                    auth=authenticator,
                )
            self.on_response(response)
            try:
                classified = self._classify(request, response, malformed)
                return self._convert(response, classified, permit)
            except BaseException:
                response.body.close()
                raise

    def _classify(
        self, request: Request, response: RawResponse, malformed: set[bytes]
    ) -> ClassifiedResponse:
        """Classify a response, and raise an error if it is not worth another try."""
        charset = declared_charset(response.headers.get("Content-Type"))

        def classify(*, replace_broken: bool = False) -> ClassifiedResponse:
            return request.classify(
                response.status, response.body, charset=charset, replace_broken=replace_broken
            )

        classified = classify()
        error, reason = classified.malformed, classified.reason
        if error is None:
            return classified
        if not error.is_too_deep and error.digest not in malformed:
            malformed.add(error.digest)
            return classified
        skips = self.account.config.on_unusable_record == "skip"
        if skips and error.is_in_record:
            classified = classify(replace_broken=True)
            if classified.malformed is None:
                self.logger.warning("%s: %s. Skipping the record", request, reason)
                return classified
        raise RejectedError(
            f"The API sent a response that cannot be read ({reason}). Run again later. If the "
            "error persists, report the day to Ozonetel's support. To continue without "
            + (
                "such records, set on_unusable_record to skip"
                if error.is_in_record and not skips
                else "the day, set start_date to the next day"
            )
        )

    def _convert(
        self, response: RawResponse, classified: ClassifiedResponse, permit: Permit
    ) -> RecordsResponse:
        """Convert a successful response, and raise the error of any other."""
        if classified.kind in {ResponseKind.RECORDS, ResponseKind.EMPTY}:
            self.repairs.update(classified.repairs)
            has_records = classified.kind is ResponseKind.RECORDS
            return RecordsResponse(
                response.body, has_records, classified.total_count, classified.rows
            )
        now = self.account.clock.time()
        if classified.token:
            # An exceeded rate limit may bring a new token (docs/ozonetel-api.md, "Limits").
            self.account.authenticator.store_token(permit.entry, classified.token, now)
        if classified.kind is ResponseKind.RATE_LIMITED:
            permit.block_for(parse_retry_after(response.headers.get("Retry-After"), now))
        raise _error(response.status, classified)


def _error(status: int, response: ClassifiedResponse) -> OzonetelError:
    """The error of an unsuccessful response."""
    match response.kind:
        case ResponseKind.RATE_LIMITED:
            return RateLimitedError(response.reason)
        case ResponseKind.UNAUTHORIZED:
            return UnauthorizedError(response.reason)
        case ResponseKind.TRANSIENT if status == HTTPStatus.GATEWAY_TIMEOUT:
            return GatewayTimeoutError(response.reason)
        case ResponseKind.TRANSIENT:
            return TransientError(response.reason)
    is_redirect = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
    if is_redirect or status in {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}:
        advice = "Check the setting api_url"
    else:
        advice = "Check the settings that the message names, or ask Ozonetel's support"
    return RejectedError(f"The API rejected the request ({response.reason}). {advice}")
