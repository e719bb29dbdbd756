"""The rate limits of an account: a number of requests per period, over some endpoints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_ozonetel.transport.headers import MAX_RETRY_AFTER_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_ozonetel.api.account_cache import CacheEntry, RequestHistory


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `requests` requests in any `period` seconds.

    A request counts from the time when its response arrives, not from when it is sent. The server
    counts it at some time in between, so even a strict server never counts too many requests,
    however slow the network is. (Measured: with the time of sending, 4 of 8 requests through a slow
    proxy exceeded a limit of 2 in 3 s.)
    """

    requests: int
    #: Seconds.
    period: float
    #: Finds the requests that this limit counts in the account's cache entry.
    find_history: Callable[[CacheEntry], RequestHistory]

    def seconds_until(self, history: RequestHistory, now: float, number: int = 1) -> float:
        """Predict when the limit permits a request.

        Args:
            history: The last requests. It is not changed.
            now: Seconds since the epoch.
            number: The number of the request, from 1.

        Returns:
            Seconds from `now` if all responses arrive at once; 0 for request number 0.
        """
        times = [min(time, now) for time in history.request_times]
        then = max(now, self._blocked_until(history, now))
        for _ in range(number):
            if len(times) >= self.requests:
                then = max(then, times[-self.requests] + self.period)
            times.append(then)
        return then - now

    def forget_future(self, history: RequestHistory, now: float) -> None:
        """Let times ahead of now count as now. They come from before the clock was set back."""
        history.request_times = [min(time, now) for time in history.request_times]
        history.blocked_until = self._blocked_until(history, now)

    def _blocked_until(self, history: RequestHistory, now: float) -> float:
        is_possible = history.blocked_until <= now + self._max_block
        return history.blocked_until if is_possible else now

    @property
    def _max_block(self) -> float:
        return max(self.period, MAX_RETRY_AFTER_SECONDS)

    def add_request(self, history: RequestHistory, now: float) -> None:
        """Add a request to the history, which keeps no more of them than the limit needs."""
        history.request_times = [*history.request_times, now][-self.requests :]
        history.is_pending = True

    def record_arrival(self, history: RequestHistory, now: float) -> None:
        """Let a pending request count from now, because its response has arrived or it has failed.

        The run of the request may also have been killed. The server may have counted the request
        any time before now.
        """
        if history.is_pending:
            history.request_times[-1] = now
            history.is_pending = False

    def block(self, history: RequestHistory, now: float, seconds: float) -> None:
        """Permit no request for some time, because the API reported an exceeded rate limit.

        Args:
            history: The last requests.
            now: Seconds since the epoch.
            seconds: The value of `Retry-After`. At least one period is blocked.
        """
        wait = min(max(seconds, self.period), self._max_block)
        history.blocked_until = now + wait
