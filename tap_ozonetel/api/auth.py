"""The rate-limited authenticator: the headers of a request, and the account's token."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from requests.auth import AuthBase
from typing_extensions import override

from tap_ozonetel.api import transport
from tap_ozonetel.api.responses import (
    ClassifiedResponse,
    ResponseKind,
    classify_token_response,
    parse_retry_after,
)
from tap_ozonetel.config.schema import API_KEY_AUTH, TOKEN_AUTH
from tap_ozonetel.errors import OzonetelError, TransientError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import requests

    from tap_ozonetel.api.account_cache import AccountCache, CacheEntry
    from tap_ozonetel.api.clock import Clock
    from tap_ozonetel.config.parsing import Config

logger = logging.getLogger("tap-ozonetel.auth")

TOKEN_PATH = "/ca_apis/CAToken/generateToken"  # noqa: S105 - a path

#: A token is valid for 60 minutes (docs/ozonetel-api.md, "Authentication"). The margin keeps a
#: token from expiring on its way to the server.
TOKEN_LIFETIME_SECONDS = 3600.0
TOKEN_MARGIN_SECONDS = 120.0

#: The API may reject a new token for a few seconds (docs/ozonetel-api.md, "Authentication").
TOKEN_ACTIVATION_SECONDS = 5.0


@dataclass(eq=False)
class RateLimitedAuthenticator(AuthBase):
    """Authenticates the requests of one account within its limits.

    All streams share one authenticator. It makes a token only if the account's cache has none that
    is valid, since the API permits 10 per hour and each new token invalidates the previous one.
    `RateLimiter` and `retry_unauthorized` limit and repeat the requests; calling the authenticator
    only sets a header.
    """

    config: Config
    session: requests.Session
    #: Keeps the token.
    cache: AccountCache
    clock: Clock
    _token: str | None = field(default=None, init=False, repr=False)

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
            OzonetelError: The account gives out no token.
        """
        if not self.uses_tokens:
            return
        if entry.token is None or self.clock.time() >= entry.token_expires_at:
            self._request_token(entry)
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
            OzonetelError: The account gives out no token.
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

    def rejection_message(self, reason: object) -> str:
        """The error message about rejected credentials, with the API's own message."""
        other = API_KEY_AUTH if self.uses_tokens else TOKEN_AUTH
        return (
            f"Unauthorized: the API rejected the credentials ({reason}). Set auth_method to "
            f"{other}; the panel's “API Authentication” does not always tell which one works. If "
            "that does not help, check username and api_key, and that nothing else makes tokens "
            "for this account"
        )

    def _request_token(self, entry: CacheEntry) -> None:
        logger.info("Requesting a token")
        sent_at = self.clock.time()
        try:
            response = transport.send(
                self.session,
                "POST",
                f"{self.config.api_url}{TOKEN_PATH}",
                read_timeout=self.config.request_timeout,
                json={"userName": self.config.username},
                headers={"apiKey": self.config.api_key, "User-Agent": self.config.user_agent},
            )
        except TransientError as error:
            # Not a GatewayTimeoutError, because a smaller window would not help.
            raise TransientError(f"token endpoint: {error}") from error
        with response.body as body:
            classified = classify_token_response(response.status, body)
        if classified.kind is not ResponseKind.TOKEN or classified.token is None:
            raise self._token_error(classified, response.headers)
        self.store_token(entry, classified.token, sent_at)
        self.cache.save()

    def _token_error(
        self, response: ClassifiedResponse, headers: Mapping[str, str]
    ) -> OzonetelError:
        if response.kind is ResponseKind.TRANSIENT:
            return TransientError(f"token endpoint: {response.reason}")
        if response.kind is ResponseKind.RATE_LIMITED:
            now = self.clock.time()
            wait = parse_retry_after(headers.get("Retry-After"), now) or TOKEN_LIFETIME_SECONDS
            then = dt.datetime.fromtimestamp(now + wait, tz=self.config.timezone)
            return OzonetelError(
                f"Token rate limit exceeded: the account may make 10 per hour ({response.reason}). "
                f"Run again after {then:%H:%M} ({self.config.timezone.key}). Runs with the same "
                "cache_dir share one token"
            )
        return OzonetelError(
            f"The account gives out no token ({response.reason}). Check the settings username and "
            "api_key"
        )
