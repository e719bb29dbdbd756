"""The token endpoint, which an account may use 10 times per hour."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from tap_ozonetel import transport
from tap_ozonetel.api.responses import (
    ClassifiedResponse,
    ResponseKind,
    classify_token_response,
)
from tap_ozonetel.config.schema import API_KEY_AUTH
from tap_ozonetel.errors import OzonetelError, RunError, TransientError, UnreachableError
from tap_ozonetel.transport.headers import parse_retry_after

if TYPE_CHECKING:
    from tap_ozonetel.api.account_cache import AccountCache, CacheEntry
    from tap_ozonetel.api.clock import Clock
    from tap_ozonetel.config.parsing import Config
    from tap_ozonetel.transport.request import RawResponse

logger = logging.getLogger("tap-ozonetel.auth")

TOKEN_PATH = "/ca_apis/CAToken/generateToken"  # noqa: S105 - a path

#: A token is valid for 60 minutes (docs/ozonetel-api.md, "Authentication").
TOKEN_LIFETIME_SECONDS = 3600.0

#: So many requests of all runs may fail within so many seconds, since each may have made a token
#: that did not arrive. Together they are the API's limit of 10 tokens per hour
#: (docs/ozonetel-api.md, "Authentication").
MAX_TOKEN_FAILURES = 2
TOKEN_FAILURES_SECONDS = 720.0


@dataclass(slots=True)
class TokenEndpoint:
    """The token endpoint of an account."""

    config: Config
    #: Counts the failures, for all runs of the account.
    cache: AccountCache
    clock: Clock
    #: The failures of this run since its last token. They may be further apart than those in the
    #: cache count, if `request_timeout` is long.
    _failures: int = 0

    def request_token(self, entry: CacheEntry) -> str:
        """Request a new token, which invalidates the previous one.

        Args:
            entry: The account's cache entry, whose lock is held. It counts the failed requests.

        Raises:
            TransientError: The request failed in a way that may pass, and a retry is permitted.
            RunError: The account gives out no token now. The message tells what to do.
        """
        now = self.clock.time()
        failures = _recent_failures(entry, now)
        blocked_until = _blocked_until(entry, now)
        if blocked_until > now:
            raise RunError(
                "The token endpoint failed or was rate limited a short time ago. "
                f"{self._advice(blocked_until)}"
            )
        logger.info("Requesting a token")
        # Saved before the request, so that a run that is killed has counted it.
        entry.token_failures = [*failures, now]
        self.cache.save()
        try:
            response = self._send()
        except UnreachableError as error:
            entry.token_failures = failures
            raise UnreachableError(f"token endpoint: {error}") from error
        except TransientError as error:
            raise self._failure(entry, str(error)) from error
        except OzonetelError:
            entry.token_failures = failures
            raise
        with response.body as body:
            classified = classify_token_response(response.status, body)
        if classified.kind is not ResponseKind.TOKEN or classified.token is None:
            raise self._error(entry, response, classified)
        entry.token_failures, self._failures = [], 0
        return classified.token

    def _send(self) -> RawResponse:
        return transport.send(
            "POST",
            f"{self.config.api_url}{TOKEN_PATH}",
            read_timeout=self.config.request_timeout,
            use_proxy=self.config.use_proxy,
            json={"userName": self.config.username},
            headers={"apiKey": self.config.api_key, "User-Agent": self.config.user_agent},
        )

    def _error(
        self, entry: CacheEntry, response: RawResponse, classified: ClassifiedResponse
    ) -> OzonetelError:
        """Make the error of a response without a token."""
        status, reason = response.status, classified.reason
        if classified.kind is ResponseKind.TRANSIENT:
            return self._failure(entry, reason)
        entry.token_failures = []
        if classified.kind is ResponseKind.RATE_LIMITED:
            now = self.clock.time()
            wait = parse_retry_after(response.headers.get("Retry-After"), now)
            entry.token_blocked_until = now + wait
            return RunError(
                f"Token rate limit exceeded ({reason}). "
                f"{self._advice(now + (wait or TOKEN_LIFETIME_SECONDS))}"
            )
        is_redirect = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
        if is_redirect or status in {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}:
            return RunError(
                f"The token endpoint is not at this address ({reason}). Check the setting api_url"
            )
        if status < HTTPStatus.BAD_REQUEST and classified.kind is not ResponseKind.UNAUTHORIZED:
            return RunError(
                f"The response of the token endpoint has no token ({reason}). Check the setting "
                f"api_url, or set auth_method to {API_KEY_AUTH}"
            )
        return RunError(
            f"The account gives out no token ({reason}). Check the settings username and api_key"
        )

    def _failure(self, entry: CacheEntry, reason: str) -> OzonetelError:
        """Make the error of a request that failed in a way that may pass."""
        now = self.clock.time()
        blocked_until = _blocked_until(entry, now)
        self._failures += 1
        if blocked_until <= now and self._failures < MAX_TOKEN_FAILURES:
            # Not a GatewayTimeoutError, because a smaller window would not help.
            return TransientError(f"token endpoint: {reason}")
        return RunError(
            f"The token endpoint failed {MAX_TOKEN_FAILURES} times, the last time with: {reason}. "
            f"{self._advice(max(blocked_until, now))}"
        )

    def _advice(self, then: float) -> str:
        # Rounded up to a minute.
        time = dt.datetime.fromtimestamp(then + 59, tz=self.config.timezone)
        return (
            f"The account may make 10 tokens per hour. Run again after {time:%H:%M} "
            f"({self.config.timezone.key}). Runs with the same cache_dir share one token"
        )


def _recent_failures(entry: CacheEntry, now: float) -> list[float]:
    # A time ahead of now comes from before the clock was set back.
    return [then for then in entry.token_failures if 0 <= now - then < TOKEN_FAILURES_SECONDS]


def _blocked_until(entry: CacheEntry, now: float) -> float:
    """When the next token may be requested."""
    failures = _recent_failures(entry, now)
    if len(failures) < MAX_TOKEN_FAILURES:
        return entry.token_blocked_until
    return max(entry.token_blocked_until, failures[-MAX_TOKEN_FAILURES] + TOKEN_FAILURES_SECONDS)
