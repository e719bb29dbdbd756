"""How long the tap takes to start, beside the import of the SDK that it is built on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from benchmarks.measure import TAP, measured

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROUNDS = 15
SDK_ALONE = "import singer_sdk"


def starts(say: Callable[[str], None], rounds: int = ROUNDS) -> dict[str, float]:
    """Start by turns.

    Args:
        say: Takes a line on what goes on.
        rounds: How often; the least of each counts.

    Returns:
        CPU seconds by what was started.
    """
    commands: dict[str, list[str | Path]] = {
        SDK_ALONE: [sys.executable, "-c", SDK_ALONE],
        "tap-ozonetel --version": [TAP, "--version"],
        "tap-ozonetel --discover": [TAP, "--discover"],
    }
    for command in commands.values():
        measured(command)  # Writes the bytecode, once.
    seconds = dict.fromkeys(commands, float("inf"))
    for number in range(rounds):
        for name, command in commands.items():
            seconds[name] = min(seconds[name], measured(command).cpu_seconds)
        say(f"start-up, round {number + 1} of {rounds}")
    return seconds
