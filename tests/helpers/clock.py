"""A fake clock: sleeping takes no time and is recorded."""

from __future__ import annotations

import datetime as dt

#: A Tuesday, 10:00 in India.
NOW = dt.datetime(2026, 3, 17, 4, 30, tzinfo=dt.UTC).timestamp()


class FakeClock:
    """Replaces the module `time` in the tap and the sandbox.

    Attributes:
        now: The current time in seconds since the epoch.
        slept: The durations of all sleeps, in seconds.
    """

    def __init__(self, now: float = NOW) -> None:
        self.now = now
        self.slept: list[float] = []

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float, /) -> None:
        if seconds:
            self.slept.append(seconds)
            self.now += seconds

    def advance(self, seconds: float) -> None:
        """Let time pass without a sleep."""
        self.now += seconds

    def set_time(self, moment: dt.datetime) -> None:
        """Set the time to a moment with a time zone."""
        self.now = moment.timestamp()
