"""The account's limit: so many requests in any so many seconds, over all its CDR endpoints."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_ozonetel.api.account_cache import Entry, Ledger

#: The longest `Retry-After` that is believed: the limit is one of minutes.
LONGEST_CLOSED_SECONDS = 3600.0


class Clock(Protocol):
    """What of the module `time` is used here; the tests bring a clock that never waits."""

    def time(self) -> float:
        """Seconds since the epoch: the one clock that runs on one machine share."""

    def sleep(self, seconds: float, /) -> None:
        """Wait."""


class RollingWindow:
    """At most `limit` requests in any `period` seconds.

    A request is stamped when its answer has arrived, not when it was sent: the server counts it
    somewhere in between, so a strict one never sees a request too many, however slow the network
    was (measured: stamping at the sending had 4 of 8 requests refused behind a slow proxy).
    """

    def __init__(self, limit: int, period: float, ledger: Ledger, clock: Clock) -> None:
        """Set the limit.

        Args:
            limit: Requests in a period.
            period: Seconds.
            ledger: Holds the stamps, for all runs of the account.
            clock: Tells the time and waits.
        """
        self.limit = limit
        self.period = period
        self._ledger = ledger
        self._clock = clock

    @contextmanager
    def room(self) -> Iterator[Entry]:
        """Wait until a request may go out.

        The lock is not held while waiting: a run that holds it and asks again at once would never
        let another one in.

        Yields:
            The account's entry, with its lock held.
        """
        while True:
            with self._ledger.held() as entry:
                wait = self._wait(entry)
                if wait <= 0:
                    yield entry
                    return
            self._clock.sleep(wait)

    @contextmanager
    def spend(self, entry: Entry) -> Iterator[None]:
        """Take the one permit of the request that the body of the `with` sends.

        It is written down before, so that a run that is killed has spent it all the same, and
        moved to the time of the answer after, whatever came.
        """
        entry.stamps = [*entry.stamps, self._clock.time()][-self.limit :]
        self._ledger.keep()
        try:
            yield
        finally:
            entry.stamps[-1] = self._clock.time()

    def close(self, entry: Entry, seconds: float) -> None:
        """Let no request out for a while: the server has counted more than we have.

        Args:
            entry: The account's entry, with its lock held.
            seconds: What the server asked for; at least one period and at most an hour is waited.
        """
        wait = min(max(seconds, self.period), LONGEST_CLOSED_SECONDS)
        entry.closed_until = self._clock.time() + wait

    def seconds_until(self, requests: int) -> float:
        """Foresee when a request may go out, as things are now.

        Args:
            requests: Which one, from 1.

        Returns:
            Seconds from now, were every answer there at once; 0 for no request.
        """
        with self._ledger.held() as entry:
            return self._wait(entry, requests)

    def _wait(self, entry: Entry, requests: int = 1) -> float:
        now = self._clock.time()
        # What lies ahead was written before the clock was put back: it counts as made now.
        entry.stamps = [min(stamp, now) for stamp in entry.stamps]
        if entry.closed_until > now + LONGEST_CLOSED_SECONDS:
            entry.closed_until = now
        then, stamps = max(now, entry.closed_until), [*entry.stamps]
        for _ in range(requests):
            if len(stamps) >= self.limit:
                then = max(then, stamps[-self.limit] + self.period)
            stamps.append(then)
        return then - now
