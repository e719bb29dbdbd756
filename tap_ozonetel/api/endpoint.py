"""An endpoint: sends a request until it has a response with records, or without any."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from tap_ozonetel import transport
from tap_ozonetel.api.clock import format_time
from tap_ozonetel.api.response_shape import log_shape
from tap_ozonetel.api.responses import (
    ClassifiedResponse,
    ResponseKind,
    classify_response,
    declared_charset,
)
from tap_ozonetel.api.results import RecordsResponse, unreadable_error, unsuccessful_error
from tap_ozonetel.api.retention import oldest_available_day
from tap_ozonetel.api.retry import (
    MAX_RATE_LIMIT_TRIES,
    MAX_TRIES,
    MAX_WAIT_SECONDS,
    TIMEOUTS_BEFORE_SPLIT,
    Attempt,
    with_retries,
)
from tap_ozonetel.bodies.lenient import Repairs
from tap_ozonetel.errors import (
    GatewayTimeoutError,
    OzonetelError,
    RateLimitedError,
    RejectedError,
    ResponseTooLargeError,
    RunError,
    SpanTooLargeError,
    TransientError,
    UnauthorizedError,
    UnreachableError,
)
from tap_ozonetel.transport.headers import parse_retry_after

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

    from backoff.types import Details

    from tap_ozonetel.api.account import Account
    from tap_ozonetel.api.authenticator import Permit
    from tap_ozonetel.api.rate_limit import RateLimit
    from tap_ozonetel.api.request import Request
    from tap_ozonetel.transport.request import RawResponse


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint of an account that serves records."""

    path: str
    account: Account
    #: The rate limit that counts the requests.
    limit: RateLimit
    #: Whether the records may be under `message`.
    rows_in_message: bool
    #: The logger of the stream.
    logger: logging.Logger
    #: Called with each response, of any status.
    on_response: Callable[[RawResponse], None]
    #: What was repaired in the responses so far. The stream reports and clears it.
    repairs: Repairs = field(default_factory=Repairs)

    def fetch(self, request: Request) -> RecordsResponse:
        """Send a request, with retries.

        Raises:
            SpanTooLargeError: The response is too large or timed out, and the request is
                splittable.
            OzonetelError: There is no successful response.
        """
        send = with_retries(
            self._send,
            self.limit.period,
            on_unauthorized=self._prepare_unauthorized_retry,
            on_rate_limited=self._prepare_rate_limited_retry,
            on_transient=self._prepare_transient_retry,
        )
        try:
            return send(Attempt(request))
        except ResponseTooLargeError as error:
            if request.is_splittable:
                raise SpanTooLargeError(str(error)) from error
            raise RejectedError(
                f"The API sent a response that is too large: {error}. Set campaign_name, call_type "
                "or call_status to read fewer calls, or select the stream cdr_paginated"
            ) from error
        except UnauthorizedError as error:
            raise RunError(self.account.authenticator.rejection_message(error)) from error
        except RateLimitedError as error:
            raise OzonetelError(
                f"Rate limit exceeded {MAX_RATE_LIMIT_TRIES} times in a row ({error}): another "
                "client is using the account's requests. Stop it, or run at another time"
            ) from error
        except TransientError as error:
            kind = RunError if isinstance(error, UnreachableError) else OzonetelError
            raise kind(
                f"{MAX_TRIES} tries failed, the last one with: {error}. Run again to continue from "
                "this point"
            ) from error

    def fetch_once(self, request: Request) -> RecordsResponse:
        """Like `fetch`, but without retries, and with a new token.

        A cached token would not prove that the API key works.
        """
        authenticator = self.account.authenticator
        try:
            if authenticator.uses_tokens:
                authenticator.token.replace()
            return self._send(Attempt(request))
        except UnauthorizedError as error:
            raise RunError(authenticator.rejection_message(error)) from error
        except RateLimitedError as error:
            raise OzonetelError(
                f"Rate limit exceeded ({error}): another client is using the account's requests"
            ) from error
        except TransientError as error:
            raise OzonetelError(f"The request failed: {error}. Try again") from error

    def _prepare_unauthorized_retry(self, details: Details) -> None:
        attempt, clock = details["args"][0], self.account.clock
        start = clock.time()
        if not self.account.authenticator.refresh(attempt.token_use):
            raise details["exception"]
        attempt.waited += clock.time() - start

    def _prepare_rate_limited_retry(self, details: Details) -> None:
        attempt, account = details["args"][0], self.account
        attempt.token_use.was_refreshed = False
        wait = account.authenticator.seconds_until(self.limit, 1)
        attempt.waited += wait
        until = format_time(account.clock.time() + wait, account.config.timezone)
        if attempt.waited > max(MAX_WAIT_SECONDS, self.limit.period):
            raise OzonetelError(
                f"Rate limit exceeded ({details['exception']}): the API permits no request before "
                f"{until}, and this one would have waited more than an hour in total. Run again "
                "after that time; the state is at the last complete day"
            )
        self.logger.warning(
            "%s: rate limit exceeded; retrying in %.3g s, at %s", attempt.request, wait, until
        )

    def _prepare_transient_retry(self, details: Details) -> None:
        attempt, error = details["args"][0], details["exception"]
        attempt.token_use.was_refreshed = False
        if isinstance(error, GatewayTimeoutError):
            attempt.timeouts += 1
            if attempt.request.is_splittable and attempt.timeouts == TIMEOUTS_BEFORE_SPLIT:
                raise SpanTooLargeError(f"{error}, repeatedly") from error
        self.logger.warning(
            "%s: %s; retrying in %.3g s (try %d of %d)",
            attempt.request,
            error,
            details["wait"],
            details["tries"] + 1,
            MAX_TRIES,
        )

    def _send(self, attempt: Attempt) -> RecordsResponse:
        """Send a request once, with a permit."""
        request, config = attempt.request, self.account.config
        with self.account.authenticator.authorize(self.limit) as permit:
            self._check_retention(request)
            credentials = permit.sign(attempt.token_use)
            sent_at = self.account.clock.time()
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
                headers={"User-Agent": config.user_agent, **credentials},
            )
            permit.record_arrival()
            self.on_response(response)
            self.account.check_clock(response.headers.get("Date"), sent_at)
            try:
                # Again, because the day may have expired while the response was on its way.
                self._check_retention(request)
                classified = self._classify(attempt, response)
                return self._convert(response, classified, permit)
            except BaseException:
                response.body.close()
                raise

    def _check_retention(self, request: Request) -> None:
        """Check that the API still serves the requested day completely."""
        if request.day is not None and request.day < oldest_available_day(self.account.today):
            raise OzonetelError(
                "The day expired during the run: it is past the API's retention. Run again to "
                "continue with the next days"
            )

    def _classify(self, attempt: Attempt, response: RawResponse) -> ClassifiedResponse:
        """Classify a response, and raise an error if it is not worth another try."""
        request = attempt.request
        classify = partial(
            classify_response,
            response.status,
            response.body,
            paginated=request.page is not None,
            rows_in_message=self.rows_in_message,
            charset=declared_charset(response.headers.get("Content-Type")),
        )
        classified = classify()
        log_shape(self.logger, f"{self.path}, {request}", response, classified)
        error, reason = classified.malformed, classified.reason
        if error is None:
            return classified
        if not error.is_too_deep and error.digest not in attempt.malformed:
            attempt.malformed.add(error.digest)
            return classified
        skips = self.account.config.on_unusable_record == "skip"
        if skips and error.is_in_record:
            classified = classify(skip_malformed=True)
            if classified.malformed is None:
                self.logger.warning("%s: %s. Skipping the record", request, reason)
                return classified
        raise unreadable_error(error, reason, skips=skips)

    def _convert(
        self, response: RawResponse, classified: ClassifiedResponse, permit: Permit
    ) -> RecordsResponse:
        """Convert a successful response, and raise the error of any other."""
        if classified.kind in {ResponseKind.RECORDS, ResponseKind.EMPTY}:
            self.repairs.update(classified.repairs)
            return RecordsResponse(response.body, classified.total_count, classified.rows)
        now = self.account.clock.time()
        if classified.token:
            # An exceeded rate limit may bring a new token (docs/ozonetel-api.md, "Limits").
            permit.store_token(classified.token)
        if classified.kind is ResponseKind.RATE_LIMITED:
            permit.block_for(parse_retry_after(response.headers.get("Retry-After"), now))
        raise unsuccessful_error(response.status, classified)
