"""Measures the CPU time and the peak memory of a process, as the operating system counts them."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MIB = 1024 * 1024

#: The tap of this environment.
TAP = Path(sys.executable).with_name("tap-ozonetel")

_LAUNCHER = Path(__file__).with_name("launcher.py")
_PIPE_LAUNCHER = Path(__file__).with_name("pipe_launcher.py")

#: The unit of the peak: bytes on macOS, kibibytes on Linux (getrusage(2)).
_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024

#: Variables that change how Python, the tap, a loader or a client of Postgres runs.
_EXCLUDED_VARIABLES = ("PYTHON", "COVERAGE", "COV_", "TAP_", "TARGET_", "PG")


@dataclass(frozen=True, slots=True)
class Usage:
    """The resources that a process used, including its children.

    Attributes:
        cpu_seconds: User and system time.
        peak_bytes: Peak of the resident memory.
        log: What the process wrote to stderr.
    """

    cpu_seconds: float
    peak_bytes: int
    log: str = ""

    def __str__(self) -> str:
        """Time and memory, aligned."""
        return f"{self.cpu_seconds:7.2f} CPU s, {self.peak_bytes / MIB:6,.0f} MiB"


def run_measured(command: Sequence[str | Path], output: Path | None = None) -> Usage:
    """Run a program to its end.

    Args:
        command: The program and its arguments.
        output: The file for its stdout; None to discard it.

    Raises:
        RuntimeError: The program failed.
    """
    launcher = [sys.executable, "-S", "-E", _LAUNCHER, output or os.devnull]
    result = subprocess.run(  # noqa: S603
        [*map(str, launcher), *map(str, command)],
        capture_output=True,
        text=True,
        check=True,
        env=user_environment(),
    )
    code, seconds, peak = result.stdout.split()
    if code != "0":
        raise RuntimeError(f"{command[0]} failed with exit code {code}:\n{result.stderr[-2_000:]}")
    return Usage(float(seconds), int(peak) * _PEAK_UNIT, result.stderr)


@dataclass(frozen=True, slots=True)
class PipeUsage:
    """The resources that `tap | loader` used.

    Attributes:
        tap: Usage of the tap.
        loader: Usage of the loader.
        wall_seconds: Seconds from the start of both to the end of both.
    """

    tap: Usage
    loader: Usage
    wall_seconds: float


def run_pipe(tap: Sequence[str | Path], loader: Sequence[str | Path]) -> PipeUsage:
    """Run `tap | loader` to the end of both.

    Args:
        tap: The program that writes messages, and its arguments.
        loader: The program that reads them, and its arguments.

    Raises:
        RuntimeError: One of them failed.
    """
    launcher = [sys.executable, "-S", "-E", _PIPE_LAUNCHER]
    result = subprocess.run(  # noqa: S603
        [*map(str, launcher), *map(str, tap), "|", *map(str, loader)],
        capture_output=True,
        text=True,
        check=True,
        env=user_environment(),
    )
    *lines, wall = result.stdout.splitlines()
    usages = []
    for command, line in zip((tap, loader), lines, strict=True):
        code, seconds, peak = line.split()
        if code != "0":
            log = result.stderr[-2_000:]
            raise RuntimeError(f"{command[0]} failed with exit code {code}:\n{log}")
        usages.append(Usage(float(seconds), int(peak) * _PEAK_UNIT, result.stderr))
    tap_usage, loader_usage = usages
    return PipeUsage(tap_usage, loader_usage, float(wall))


def user_environment() -> dict[str, str]:
    """The environment without the settings of a developer, so that Python caches bytecode."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_EXCLUDED_VARIABLES)
    }
