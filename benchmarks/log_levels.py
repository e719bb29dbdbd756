"""Measures what the shape of the records costs: the tap at the log levels info and debug."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.candidates import tap
from benchmarks.days import write_day
from benchmarks.measure import Usage, run_measured
from benchmarks.server import serve_day

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SIZES = (20_000, 100_000)
LEVELS = ("info", "debug")

#: The targets: CPU seconds at debug, and peak memory at the largest size, both as a multiple.
MAX_TIMES, MAX_MEMORY = 3.0, 1.1


def measure_log_levels(
    log: Callable[[str], None], rounds: int, sizes: tuple[int, ...] = SIZES
) -> dict[tuple[int, str], Usage]:
    """Read days at each log level.

    Args:
        log: Receives a line about each run.
        rounds: The number of rounds. The minima count.
        sizes: The numbers of records of the days.

    Returns:
        The usage by number of records and log level.
    """
    yesterday = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    best: dict[tuple[int, str], Usage] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for records in sizes:
            write_day(folder / "day.json", yesterday, records)
            with serve_day(folder / "day.json") as server:
                command = tap().command(server.url, yesterday.isoformat(), folder)
                for _ in range(rounds):
                    for level in LEVELS:
                        usage = run_measured(["env", f"TAP_OZONETEL_LOGLEVEL={level}", *command])
                        log(f"{records:>9,} records, {level:5}: {usage}")
                        known = best.get((records, level), usage)
                        best[records, level] = Usage(
                            min(known.cpu_seconds, usage.cpu_seconds),
                            min(known.peak_bytes, usage.peak_bytes),
                        )
    return best


def missed_shape_targets(usages: Mapping[tuple[int, str], Usage]) -> list[str]:
    """The targets that were missed.

    Args:
        usages: The result of `measure_log_levels`.

    Returns:
        A line about each of them.
    """
    smallest, largest = min(usages)[0], max(usages)[0]
    times = usages[largest, "debug"].cpu_seconds / usages[largest, "info"].cpu_seconds
    growth = usages[largest, "debug"].peak_bytes / usages[smallest, "debug"].peak_bytes
    missed = []
    if times > MAX_TIMES:
        missed.append(f"debug takes {times:.1f} times as long as info, more than {MAX_TIMES}")
    if growth > MAX_MEMORY:
        missed.append(f"debug needs {growth:.2f} times the memory, more than {MAX_MEMORY}")
    return missed
