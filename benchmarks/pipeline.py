"""Measures `tap | loader`: by default, and with the settings of meltano.yml."""

from __future__ import annotations

import datetime as dt
import json
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.candidates import tap
from benchmarks.days import write_day
from benchmarks.loaders import install_loaders
from benchmarks.measure import run_measured, run_pipe
from benchmarks.server import serve_day

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from benchmarks.loaders import Loader
    from benchmarks.measure import PipeUsage

RECORDS = 100_000


@dataclass(slots=True)
class PipeResult:
    """The minimum that a pipe took in all rounds.

    Attributes:
        loader: Name of the loader.
        settings: Name of the settings.
        packages: The loader's package, with its version.
        tap_seconds: CPU seconds of the tap.
        loader_seconds: CPU seconds of the loader.
        server_seconds: CPU seconds of the database server, from start to stop; None without one.
        wall_seconds: Seconds from start to end.
        loader_peak_bytes: Peak memory of the loader.
    """

    loader: str
    settings: str
    packages: str
    tap_seconds: float = float("inf")
    loader_seconds: float = float("inf")
    server_seconds: float | None = None
    wall_seconds: float = float("inf")
    loader_peak_bytes: int = sys.maxsize

    def add(self, usage: PipeUsage, server_seconds: float | None) -> None:
        """Add the usage of one run."""
        self.tap_seconds = min(self.tap_seconds, usage.tap.cpu_seconds)
        self.loader_seconds = min(self.loader_seconds, usage.loader.cpu_seconds)
        self.wall_seconds = min(self.wall_seconds, usage.wall_seconds)
        self.loader_peak_bytes = min(self.loader_peak_bytes, usage.loader.peak_bytes)
        if server_seconds is not None:
            self.server_seconds = min(self.server_seconds or float("inf"), server_seconds)

    def __str__(self) -> str:
        """Times, aligned."""
        seconds = f"{self.tap_seconds:6.1f} + {self.loader_seconds:6.1f} CPU s"
        return f"{seconds}, {self.wall_seconds:6.1f} s: tap | {self.loader}, {self.settings}"


@dataclass(frozen=True, slots=True)
class Pipelines:
    """The results of all pipes.

    Attributes:
        records: The number of records that each loads.
        tap_seconds: CPU seconds of the tap alone.
        pipes: The results of the pipes.
    """

    records: int
    tap_seconds: float
    pipes: Sequence[PipeResult] = field(default_factory=list)


def measure_pipelines(
    records: int, rounds: int, log: Callable[[str], None], loaders: Sequence[Loader] | None = None
) -> Pipelines:
    """Load one day with each loader, one after the other in each round.

    Args:
        records: The number of records of the day.
        rounds: The number of rounds. The minimum counts.
        log: Receives a line about each run.
        loaders: The loaders; by default those of meltano.yml, each in its own environment.

    Raises:
        RuntimeError: A program failed, or the number of rows is wrong.
    """
    day = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        installed = install_loaders(folder) if loaders is None else loaders
        results = {
            (loader.name, settings): PipeResult(loader.name, settings, loader.packages)
            for loader in installed
            for settings in loader.variants
        }
        write_day(folder / "day.json", day, records)
        tap_seconds = float("inf")
        with serve_day(folder / "day.json") as server:
            for number in range(1, rounds + 1):
                command = tap().command(server.url, day.isoformat(), folder)
                alone = run_measured(command).cpu_seconds
                log(f"round {number} of {rounds}: {alone:6.1f} CPU s: tap alone")
                tap_seconds = min(tap_seconds, alone)
                for loader in installed:
                    for settings, values in loader.variants.items():
                        result = results[loader.name, settings]
                        run = _run(loader, values, command, records)
                        result.add(*run)
                        log(f"round {number} of {rounds}: {result}")
    return Pipelines(records, tap_seconds, list(results.values()))


def _run(
    loader: Loader, values: Mapping[str, object], tap_command: Sequence[str | Path], records: int
) -> tuple[PipeUsage, float | None]:
    """Measure one run into an empty destination.

    Returns:
        The usage of tap and loader, and the CPU seconds of the server, if there is one.

    Raises:
        RuntimeError: A program failed, or the number of rows is wrong.
    """
    with tempfile.TemporaryDirectory() as name, loader.open(Path(name)) as destination:
        config = Path(name) / "config.json"
        config.write_text(json.dumps({**values, **destination.settings}))
        usage = run_pipe(tap_command, loader.command(config))
        rows = destination.count()
        if rows != records:
            raise RuntimeError(f"{loader.name} has {rows} rows after {records} records")
        return usage, destination.stop() if destination.stop else None
