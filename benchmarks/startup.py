"""How long the tap takes to start, beside the import of the SDK that it is built on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import measured

if TYPE_CHECKING:
    from collections.abc import Callable

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
    tap = Path(sys.executable).with_name("tap-ozonetel")
    commands: dict[str, list[str | Path]] = {
        SDK_ALONE: [sys.executable, "-c", SDK_ALONE],
        "tap-ozonetel --version": [tap, "--version"],
        "tap-ozonetel --discover": [tap, "--discover"],
    }
    for command in commands.values():
        measured(command)  # Writes the bytecode, once.
    seconds = dict.fromkeys(commands, float("inf"))
    for number in range(rounds):
        for name, command in commands.items():
            seconds[name] = min(seconds[name], measured(command).cpu_seconds)
        say(f"start-up, round {number + 1} of {rounds}")
    return seconds
