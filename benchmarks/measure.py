"""What a whole process takes, by the operating system's own accounting."""

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

#: The tap as it is installed here.
TAP = Path(sys.executable).with_name("tap-ozonetel")

STARTER = Path(__file__).with_name("starter.py")

#: macOS counts the peak in bytes, Linux in kibibytes (getrusage(2) of each).
PEAK_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process has used."""

    cpu_seconds: float
    peak_bytes: int
    #: What it wrote to stderr.
    log: str = ""

    def __str__(self) -> str:
        """Both figures, for a person."""
        return f"{self.cpu_seconds:7.2f} CPU s, {self.peak_bytes / MIB:6,.0f} MiB"


def measured(command: Sequence[str | Path], output: Path | None = None) -> Usage:
    """Run a program to its end.

    Args:
        command: The program and its arguments.
        output: Takes what it writes to stdout; without it that goes to /dev/null.

    Returns:
        User and system seconds, and the peak of its resident memory, children included.

    Raises:
        RuntimeError: It failed.
    """
    starter = [sys.executable, "-S", "-E", STARTER, output or "-"]
    done = subprocess.run(  # noqa: S603
        [*map(str, starter), *map(str, command)],
        capture_output=True,
        text=True,
        check=True,
        env=environment(),
    )
    code, seconds, peak = done.stdout.split()
    if code != "0":
        msg = f"{command[0]} ended with {code}:\n{done.stderr[-2_000:]}"
        raise RuntimeError(msg)
    return Usage(float(seconds), int(peak) * PEAK_UNIT, done.stderr)


def environment() -> dict[str, str]:
    """That of a user: with bytecode and buffers, without the settings of whoever measures."""
    strange = ("PYTHON", "COVERAGE", "COV_", "TAP_")
    return {name: value for name, value in os.environ.items() if not name.startswith(strange)}
