"""The rate-limited authenticator: permits the requests of an account, and authenticates them."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_ozonetel.api.account_token import AccountToken
from tap_ozonetel.config.schema import API_KEY_AUTH, TOKEN_AUTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_ozonetel.api.account_cache import AccountCache, CacheEntry, RequestHistory
    from tap_ozonetel.api.clock import Clock
    from tap_ozonetel.api.rate_limit import RateLimit
    from tap_ozonetel.api.request import TokenUse
    from tap_ozonetel.config.parsing import Config


class RateLimitedAuthenticator:
    """Permits the requests of one account within its rate limits, with valid credentials.

    All streams share one authenticator, and all runs of the account its cache.

    Args:
        config: The settings.
        cache: Keeps the token and the times of the requests.
        clock: The clock to use.
    """

    def __init__(self, config: Config, cache: AccountCache, clock: Clock) -> None:
        self.config = config
        self.cache = cache
        self.clock = clock
        self.token = AccountToken(config, cache, clock)

    @property
    def uses_tokens(self) -> bool:
        """Whether requests carry a token, and not the API key."""
        return self.config.auth_method == TOKEN_AUTH

    @contextmanager
    def authorize(self, limit: RateLimit) -> Iterator[Permit]:
        """Wait until a rate limit permits a request.

        The account's lock is not held while waiting. Otherwise a run that sends one request after
        the other would keep all other runs out.

        Args:
            limit: The rate limit that counts the request.

        Yields:
            A permit for one request. The account's lock is held as long as the permit.
        """
        while True:
            with self.cache.locked() as entry:
                history, now = limit.find_history(entry), self.clock.time()
                # Nobody else holds the lock, so the run of a pending request was killed.
                limit.record_arrival(history, now)
                limit.forget_future(history, now)
                wait = limit.seconds_until(history, now)
                if wait <= 0:
                    permit = Permit(self, limit, entry, history)
                    try:
                        yield permit
                    except BaseException:
                        permit.record_arrival()
                        raise
                    return
            self.clock.sleep(wait)

    def seconds_until(self, limit: RateLimit, number: int) -> float:
        """Predict when a rate limit permits a request, without the account's lock.

        Args:
            limit: The rate limit.
            number: The number of the request, from 1.

        Returns:
            Seconds from now if all responses arrive at once; 0 for request number 0.
        """
        history = limit.find_history(self.cache.peek())
        return limit.seconds_until(history, self.clock.time(), number)

    def refresh(self, use: TokenUse) -> bool:
        """Do what may make the API accept a request whose credentials it rejected.

        Returns:
            Whether another try may help.
        """
        return self.uses_tokens and self.token.refresh(use)

    def rejection_message(self, reason: object) -> str:
        """The error message about rejected credentials, with the API's own message."""
        other = API_KEY_AUTH if self.uses_tokens else TOKEN_AUTH
        return (
            f"Unauthorized: the API rejected the credentials ({reason}). Set auth_method to "
            f"{other}; the panel's “API Authentication” does not always show which one works. If "
            "that does not help, check username and api_key, and make sure that no other client "
            "requests tokens for this account"
        )


@dataclass(frozen=True, slots=True)
class Permit:
    """The permission to send one request, which it authenticates and counts."""

    _authenticator: RateLimitedAuthenticator
    _limit: RateLimit
    _entry: CacheEntry
    _history: RequestHistory

    def sign(self, use: TokenUse) -> dict[str, str]:
        """Get valid credentials for the request, and count it.

        The request is saved before it is sent, so that a run that is killed has counted it.

        Args:
            use: The token of the request's last try. It is set to the token of this try.

        Returns:
            The header with the credentials.

        Raises:
            TransientError: The token endpoint failed in a way that may pass.
            RunError: The token endpoint returned no token.
        """
        authenticator = self._authenticator
        if authenticator.uses_tokens:
            use.token = authenticator.token.get(self._entry)
            credentials = {"Authorization": f"Bearer {use.token}"}
        else:
            credentials = {"apiKey": authenticator.config.api_key}
        self._limit.add_request(self._history, authenticator.clock.time())
        authenticator.cache.save()
        return credentials

    def record_arrival(self) -> None:
        """Let the request count from now, because its response has arrived or it has failed."""
        self._limit.record_arrival(self._history, self._authenticator.clock.time())

    def block_for(self, seconds: float) -> None:
        """Block all requests of the rate limit, because the API reported that it was exceeded.

        Args:
            seconds: The value of `Retry-After`. At least one period is blocked.
        """
        self._limit.block(self._history, self._authenticator.clock.time(), seconds)

    def store_token(self, token: str) -> None:
        """Store a token that came with a response."""
        self._authenticator.token.store(self._entry, token)
