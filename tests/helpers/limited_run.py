"""A run that sends requests within a rate limit, to a server that answers at once."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tap_ozonetel.api.account_cache import AccountCache
from tap_ozonetel.api.authenticator import RateLimitedAuthenticator
from tap_ozonetel.api.rate_limit import RateLimit
from tap_ozonetel.api.request import TokenUse
from tests.helpers.config import make_config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tap_ozonetel.api.account_cache import CacheEntry, RequestHistory
    from tap_ozonetel.api.authenticator import Permit
    from tests.helpers.clock import FakeClock

PERIOD = 60.0


class LimitedRun:
    """A run with one rate limit and an API key."""

    def __init__(
        self,
        clock: FakeClock,
        folder: Path | None = None,
        limit: int = 2,
        find_history: Callable[[CacheEntry], RequestHistory] = lambda entry: entry,
        cache: AccountCache | None = None,
    ) -> None:
        self.clock = clock
        self.limit = RateLimit(limit, PERIOD, find_history)
        self.cache = cache or AccountCache(folder, "account", clock, 300.0)
        config = make_config(auth_method="api_key")
        self.authenticator = RateLimitedAuthenticator(config, self.cache, clock)

    @contextmanager
    def request(self) -> Iterator[Permit]:
        """Send a request in the body of the `with` statement."""
        with self.authenticator.authorize(self.limit) as permit:
            permit.sign(TokenUse())
            yield permit
            permit.record_arrival()

    def send(self, out: float = 0.0, back: float = 0.0) -> float:
        """Send a request, and return when the server counted it.

        Args:
            out: Seconds until the server counts it.
            back: Seconds until the response arrives.
        """
        with self.request():
            self.clock.sleep(out)
            counted = self.clock.time()
            self.clock.sleep(back)
        return counted

    def seconds_until(self, number: int) -> float:
        return self.authenticator.seconds_until(self.limit, number)
