"""The rate limits of an account: a number of requests per period, over some endpoints."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tap_ozonetel.transport.headers import MAX_RETRY_AFTER_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_ozonetel.api.account_cache import AccountCache, CacheEntry, RequestHistory
    from tap_ozonetel.api.clock import Clock


@dataclass(frozen=True, slots=True)
class RateLimiter:
    """Permits at most `limit` requests in any `period` seconds.

    A request counts from the arrival of its response, not from its sending. The server counts it at
    some time in between, so a strict server never sees a request too many, however slow the network
    is. (Measured: with the time of sending, 4 of 8 requests through a slow proxy exceeded a limit
    of 2 in 3 s.)
    """

    limit: int
    #: Seconds.
    period: float
    #: Keeps the times of the requests, for all runs of the account.
    cache: AccountCache
    clock: Clock
    #: Finds the requests that this limit counts. The entry itself has those of the CDR endpoints.
    find_history: Callable[[CacheEntry], RequestHistory] = field(default=lambda entry: entry)

    @contextmanager
    def acquire(self) -> Iterator[Permit]:
        """Wait until the rate limit permits a request.

        The account's lock is not held while waiting. Otherwise a run that sends one request after
        the other would keep all other runs out.

        Yields:
            A permit for one request. The account's lock is held as long as the permit.
        """
        while True:
            with self.cache.locked() as entry:
                history = self.find_history(entry)
                wait = self._seconds_until(history)
                if wait <= 0:
                    yield Permit(self, entry, history)
                    return
            self.clock.sleep(wait)

    def seconds_until(self, requests: int) -> float:
        """Predict when the rate limit will permit a request.

        Args:
            requests: The number of the request, from 1.

        Returns:
            Seconds from now if all responses arrive at once; 0 for request number 0.
        """
        with self.cache.locked() as entry:
            return self._seconds_until(self.find_history(entry), requests)

    def _seconds_until(self, history: RequestHistory, requests: int = 1) -> float:
        now = self.clock.time()
        # Times ahead of now come from before the clock was set back. They count as now.
        history.request_times = [min(request_time, now) for request_time in history.request_times]
        if history.blocked_until > now + MAX_RETRY_AFTER_SECONDS:
            history.blocked_until = now
        then, request_times = max(now, history.blocked_until), [*history.request_times]
        for _ in range(requests):
            if len(request_times) >= self.limit:
                then = max(then, request_times[-self.limit] + self.period)
            request_times.append(then)
        return then - now


@dataclass(frozen=True, slots=True)
class Permit:
    """The permission to send one request."""

    limiter: RateLimiter
    #: The account's cache entry, whose lock is held.
    entry: CacheEntry
    history: RequestHistory

    @contextmanager
    def record_request(self) -> Iterator[None]:
        """Count the request that is sent in the body of the `with` statement.

        The time is saved before the request, so that a run that is killed has counted it, and
        updated when the response has arrived or the request has failed.
        """
        limiter, history = self.limiter, self.history
        history.request_times = [*history.request_times, limiter.clock.time()][-limiter.limit :]
        limiter.cache.save()
        try:
            yield
        finally:
            history.request_times[-1] = limiter.clock.time()

    def block_for(self, seconds: float) -> None:
        """Block all requests of this limit, because the API reported an exceeded rate limit.

        Args:
            seconds: The value of `Retry-After`. At least one period is blocked.
        """
        wait = min(max(seconds, self.limiter.period), MAX_RETRY_AFTER_SECONDS)
        self.history.blocked_until = self.limiter.clock.time() + wait
