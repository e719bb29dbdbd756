"""The clock of the API client."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


class Clock(Protocol):
    """The part of the module `time` that the API client uses. Tests pass a fake one."""

    def time(self) -> float:
        """Seconds since the epoch, on the clock that all runs on a machine share."""

    def sleep(self, seconds: float, /) -> None:
        """Wait."""


def format_time(then: float, timezone: ZoneInfo) -> str:
    """A time for a message, such as `14:05 (Asia/Kolkata)`, rounded up to a minute.

    Args:
        then: Seconds since the epoch.
        timezone: The account's time zone.
    """
    minutes = -(-then // 60)
    return f"{dt.datetime.fromtimestamp(60 * minutes, tz=timezone):%H:%M} ({timezone.key})"
