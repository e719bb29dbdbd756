"""The log of a simulation: what happened, when, and which days the tap has named."""

from __future__ import annotations

import datetime as dt
import logging
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from tests.helpers.clock import FakeClock
    from tests.helpers.simulation.process import Processes

#: A warning about days that are lost, in whole or in part.
_WARNING = re.compile(r"Data loss|possibly (?:incomplete|outdated)")
_DAYS = re.compile(
    r"(?:possibly (\w+): )?(\d{4}-\d\d-\d\d)(?: to (\d{4}-\d\d-\d\d))?(?: \(possibly (\w+)\))?"
)


@dataclass
class Log:
    """A log whose lines have the simulated time."""

    clock: FakeClock
    zone: ZoneInfo
    #: The address of the server, which differs from run to run.
    url: str
    lines: list[str] = field(default_factory=list)

    def write(self, text: str) -> None:
        now = dt.datetime.fromtimestamp(self.clock.now, tz=self.zone)
        self.lines.append(f"{now:%Y-%m-%d %H:%M:%S} {text.replace(self.url, 'SERVER')}")


class _Handler(logging.Handler):
    def __init__(self, log: Log, processes: Processes) -> None:
        super().__init__(logging.INFO)
        self._log = log
        self._processes = processes

    @override
    def emit(self, record: logging.LogRecord) -> None:
        process = self._processes.current
        # The metrics have real durations.
        if process is None or record.name.startswith("singer_sdk.metrics"):
            return
        text = record.getMessage()
        self._log.write(f"  {record.levelname} {text}")
        if record.levelno >= logging.WARNING:
            process.warnings.append(text)


def named_days(warnings: list[str]) -> dict[dt.date, str]:
    """Return the days that warnings name, and whether they are lost, incomplete or outdated."""
    days: dict[dt.date, str] = {}
    for text in filter(_WARNING.search, warnings):
        for before, first, last, after in _DAYS.findall(text):
            start, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last or first)
            for number in range((end - start).days + 1):
                days[start + dt.timedelta(days=number)] = before or after or "lost"
    return days


@contextmanager
def recording(log: Log, processes: Processes) -> Iterator[None]:
    """Write what the processes log to a log."""
    handler, root = _Handler(log, processes), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
