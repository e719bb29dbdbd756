"""The token of an account: when it is requested, shared, renewed, and what can go wrong.

The API permits 10 tokens per hour, and each new token invalidates the previous one
(docs/ozonetel-api.md, "Authentication").
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_ozonetel import transport
from tap_ozonetel.api.clock import format_time
from tap_ozonetel.api.response_shape import log_shape
from tap_ozonetel.api.responses import (
    ClassifiedResponse,
    ResponseKind,
    classify_token_response,
)
from tap_ozonetel.api.results import no_token_error
from tap_ozonetel.errors import OzonetelError, RunError, TransientError, UnreachableError
from tap_ozonetel.transport.headers import parse_retry_after

if TYPE_CHECKING:
    from tap_ozonetel.api.account_cache import AccountCache, CacheEntry
    from tap_ozonetel.api.clock import Clock
    from tap_ozonetel.api.request import TokenUse
    from tap_ozonetel.config.parsing import Config
    from tap_ozonetel.transport.request import RawResponse

logger = logging.getLogger("tap-ozonetel.token")

TOKEN_PATH = "/ca_apis/CAToken/generateToken"  # noqa: S105 - a path

#: A token is valid for 60 minutes (docs/ozonetel-api.md, "Authentication").
TOKEN_LIFETIME_SECONDS = 3600.0

#: Keeps a token from expiring on its way to the server.
TOKEN_MARGIN_SECONDS = 120.0

#: The API may reject a new token for a few seconds (docs/ozonetel-api.md, "Authentication").
TOKEN_ACTIVATION_SECONDS = 5.0

#: How many token requests of all runs may fail within how many seconds. Each of them may have
#: created a token that did not arrive, so this is the API's limit of 10 tokens per hour.
MAX_TOKEN_FAILURES = 2
TOKEN_FAILURES_SECONDS = 720.0

#: The longest wait for other clients of the account, in periods of the rate limit. The first run of
#: an account, of 15 days, takes half as long.
MAX_WAIT_PERIODS = 16


@dataclass(slots=True)
class AccountToken:
    """The token of an account, which all its runs share in the cache."""

    config: Config
    #: Keeps the token, and counts the failed requests for one.
    cache: AccountCache
    clock: Clock
    #: The failures of this run since its last token. They may be further apart than those in the
    #: cache count, if `request_timeout` is long.
    _failures: int = 0
    #: How many tokens of this run other clients have invalidated.
    _invalidated: int = 0
    #: How many tokens this run has received.
    received: int = 0

    def get(self, entry: CacheEntry) -> str:
        """Get the cached token, or a new one if it has expired.

        Args:
            entry: The account's cache entry, whose lock is held.

        Raises:
            TransientError: The token endpoint failed in a way that may pass.
            RunError: The token endpoint returned no token.
        """
        if entry.token is None or self.clock.time() >= entry.token_expires_at:
            return self._request(entry)
        return entry.token

    def store(self, entry: CacheEntry, token: str, created_at: float | None = None) -> None:
        """Store a token in the account's cache entry, whose lock is held.

        It was created at `created_at` or later, now by default.
        """
        entry.token = token
        entry.token_created_at = self.clock.time() if created_at is None else created_at
        entry.token_expires_at = (
            entry.token_created_at + TOKEN_LIFETIME_SECONDS - TOKEN_MARGIN_SECONDS
        )

    def replace(self, rejected: str | None = None) -> bool:
        """Request a new token, and wait until the API accepts it. Raises what `get` raises.

        Args:
            rejected: The token that the API rejected. If another run has replaced it, nothing is
                requested. None for any token.

        Returns:
            Whether a token was requested.
        """
        with self.cache.locked() as entry:
            if rejected is not None and entry.token != rejected:
                return False
            entry.token = None
            self._request(entry)
        self.clock.sleep(TOKEN_ACTIVATION_SECONDS)
        return True

    def refresh(self, use: TokenUse) -> bool:
        """Do what may make the API accept a request whose token it rejected.

        A token that is only seconds old is tried again after a wait. If another run has stored a
        newer token, that one is used. Otherwise one new token is requested.

        Returns:
            Whether another try may help.
        """
        with self.cache.locked() as entry:
            if entry.token != use.token:
                return True
            wait = entry.token_created_at + TOKEN_ACTIVATION_SECONDS - self.clock.time()
        if use.was_refreshed:
            return False
        if wait > 0:
            self.clock.sleep(wait)
        else:
            self._wait_for_other_clients()
            use.was_refreshed = self.replace(use.token)
        return True

    def _wait_for_other_clients(self) -> None:
        """Wait if other clients of the account keep requesting tokens.

        A new token invalidates theirs, and they request another one. Two runs that do not share a
        cache would do so before every request, until the account may have no more tokens. So the
        first token is replaced at once, and each further one after twice the wait, in which the
        other run can finish (tests/sync/test_two_machines.py fails without the wait).
        """
        if self._invalidated:
            periods = min(2**self._invalidated, MAX_WAIT_PERIODS)
            wait = periods * self.config.rate_limit_period
            logger.warning(
                "Another client requests tokens for this account, each of which invalidates the "
                "token of this run. Waiting until %s. Runs with the same cache_dir share one token",
                format_time(self.clock.time() + wait, self.config.timezone),
            )
            self.clock.sleep(wait)
        self._invalidated += 1

    def _request(self, entry: CacheEntry) -> str:
        """Request a new token, and store it."""
        now = self.clock.time()
        failures = _recent_failures(entry, now)
        blocked_until = _blocked_until(entry, now)
        if blocked_until > now:
            raise RunError(
                "The token endpoint failed or was rate limited recently. "
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
            log_shape(logger, TOKEN_PATH, response, classified)
        if classified.kind is not ResponseKind.TOKEN or classified.token is None:
            raise self._error(entry, response, classified)
        entry.token_failures, self._failures = [], 0
        self.received += 1
        self.store(entry, classified.token, now)
        self.cache.save()
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
        reason = classified.reason
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
        return no_token_error(response.status, classified)

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
        time = format_time(then, self.config.timezone)
        return (
            f"The account may request 10 tokens per hour. Run again after {time}. Runs with the "
            "same cache_dir share one token"
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
