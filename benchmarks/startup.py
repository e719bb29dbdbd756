"""Measures the start-up time of the tap, compared with the import of the SDK."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from benchmarks.measure import TAP, run_measured

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROUNDS = 15
SDK_IMPORT = "import singer_sdk"


def measure_startup(log: Callable[[str], None], rounds: int = ROUNDS) -> dict[str, float]:
    """Start each command once per round.

    Args:
        log: Receives a line about each round.
        rounds: The number of rounds. The minimum counts.

    Returns:
        CPU seconds by command.
    """
    commands: dict[str, list[str | Path]] = {
        SDK_IMPORT: [sys.executable, "-c", SDK_IMPORT],
        "tap-ozonetel --version": [TAP, "--version"],
        "tap-ozonetel --discover": [TAP, "--discover"],
    }
    for command in commands.values():
        run_measured(command)  # The first run writes the bytecode.
    seconds = dict.fromkeys(commands, float("inf"))
    for number in range(1, rounds + 1):
        for name, command in commands.items():
            seconds[name] = min(seconds[name], run_measured(command).cpu_seconds)
        log(f"start-up, round {number} of {rounds}")
    return seconds
