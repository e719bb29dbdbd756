"""A clock that the tests move: sleeping takes no time, and is counted."""

from __future__ import annotations

import datetime as dt

#: 10:00 of a Tuesday in India.
NOW = dt.datetime(2026, 3, 17, 4, 30, tzinfo=dt.UTC).timestamp()


class FakeClock:
    """What of the module `time` the tap and the sandbox use."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now
        self.slept: list[float] = []

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float, /) -> None:
        if seconds:
            self.slept.append(seconds)
            self.now += seconds
