"""The rate-limited authenticator: the headers of a request, and the account's token."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from requests.auth import AuthBase
from typing_extensions import override

from tap_ozonetel.api.token_endpoint import TOKEN_LIFETIME_SECONDS, TokenEndpoint
from tap_ozonetel.config.schema import API_KEY_AUTH, TOKEN_AUTH

if TYPE_CHECKING:
    import requests

    from tap_ozonetel.api.account_cache import AccountCache, CacheEntry
    from tap_ozonetel.api.clock import Clock
    from tap_ozonetel.config.parsing import Config

logger = logging.getLogger("tap-ozonetel.auth")

#: Keeps a token from expiring on its way to the server.
TOKEN_MARGIN_SECONDS = 120.0

#: The API may reject a new token for a few seconds (docs/ozonetel-api.md, "Authentication").
TOKEN_ACTIVATION_SECONDS = 5.0

#: The longest wait for other clients of the account, in periods of the rate limit. The first run of
#: an account, of 15 days, takes half as long.
MAX_WAIT_PERIODS = 16


@dataclass(eq=False)
class RateLimitedAuthenticator(AuthBase):
    """Authenticates the requests of one account within its limits.

    All streams share one authenticator. It makes a token only if the account's cache has none that
    is valid, since the API permits 10 per hour and each new token invalidates the previous one.
    `RateLimiter` and `retry_unauthorized` limit and repeat the requests; calling the authenticator
    only sets a header.
    """

    config: Config
    #: Keeps the token.
    cache: AccountCache
    clock: Clock
    _token: str | None = field(default=None, init=False, repr=False)
    #: How many tokens of this run other clients have invalidated.
    _invalidated: int = field(default=0, init=False)

    @cached_property
    def _token_endpoint(self) -> TokenEndpoint:
        return TokenEndpoint(self.config, self.cache, self.clock)

    @override
    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        if self.uses_tokens:
            r.headers["Authorization"] = f"Bearer {self._token}"
        else:
            r.headers["apiKey"] = self.config.api_key
        return r

    @property
    def uses_tokens(self) -> bool:
        """Whether requests carry a token, and not the API key."""
        return self.config.auth_method == TOKEN_AUTH

    def ensure_token(self, entry: CacheEntry) -> None:
        """Use the cached token, or request a new one if it has expired.

        Args:
            entry: The account's cache entry, whose lock is held.

        Raises:
            TransientError: The token endpoint failed in a way that may pass.
            RunError: The account gives out no token.
        """
        if not self.uses_tokens:
            return
        now = self.clock.time()
        if entry.token is None or now >= entry.token_expires_at:
            self.store_token(entry, self._token_endpoint.request_token(entry), now)
            self.cache.save()
        self._token = entry.token

    def store_token(self, entry: CacheEntry, token: str, created_at: float) -> None:
        """Store a new token in the account's cache entry, whose lock is held."""
        entry.token = token
        entry.token_created_at = created_at
        entry.token_expires_at = created_at + TOKEN_LIFETIME_SECONDS - TOKEN_MARGIN_SECONDS

    def refresh_token(self) -> None:
        """Request a new token, and wait until the API accepts it.

        Raises:
            TransientError: The token endpoint failed in a way that may pass.
            RunError: The account gives out no token.
        """
        with self.cache.locked() as entry:
            entry.token = None
            self.ensure_token(entry)
        self.clock.sleep(TOKEN_ACTIVATION_SECONDS)

    def token_was_replaced(self) -> bool:
        """Whether another run has stored a newer token than the one in use."""
        with self.cache.locked() as entry:
            return entry.token != self._token

    def wait_for_activation(self) -> bool:
        """Wait if the token is only seconds old, and return whether it was."""
        with self.cache.locked() as entry:
            wait = entry.token_created_at + TOKEN_ACTIVATION_SECONDS - self.clock.time()
        if wait > 0:
            self.clock.sleep(wait)
        return wait > 0

    def wait_for_other_clients(self) -> None:
        """Wait if other clients of the account keep making tokens.

        A new token invalidates theirs, and they make another one. Two runs that do not share a
        cache would do so before every request, until the account may make no more tokens. So the
        first token is replaced at once, and each further one after twice the wait, in which the
        other run can finish (tests/sync/test_two_machines.py fails without the wait).
        """
        if self._invalidated:
            periods = min(2**self._invalidated, MAX_WAIT_PERIODS)
            wait = periods * self.config.rate_limit_period
            logger.warning(
                "Something else makes tokens for this account, each of which invalidates the token "
                "of this run. Waiting for %.3g s. Runs with the same cache_dir share one token",
                wait,
            )
            self.clock.sleep(wait)
        self._invalidated += 1

    def rejection_message(self, reason: object) -> str:
        """The error message about rejected credentials, with the API's own message."""
        other = API_KEY_AUTH if self.uses_tokens else TOKEN_AUTH
        return (
            f"Unauthorized: the API rejected the credentials ({reason}). Set auth_method to "
            f"{other}; the panel's “API Authentication” does not always tell which one works. If "
            "that does not help, check username and api_key, and that nothing else makes tokens "
            "for this account"
        )
