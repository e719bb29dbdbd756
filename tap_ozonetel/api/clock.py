"""The clock of the API client."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """The part of the module `time` that the API client uses. Tests pass a fake one."""

    def time(self) -> float:
        """Seconds since the epoch, on the clock that all runs on a machine share."""

    def sleep(self, seconds: float, /) -> None:
        """Wait."""
