"""Where the time goes: a flame graph of the tap reading a large day, by py-spy."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.contest import SIZES, ours
from benchmarks.days import render
from benchmarks.measure import environment
from benchmarks.server import serving

if TYPE_CHECKING:
    from collections.abc import Callable

GRAPH = Path(__file__).parents[1] / "output" / "profile.svg"

# In an environment of its own, since nothing else here needs it.
PY_SPY = ["uv", "tool", "run", "py-spy==0.4.3", "record", "--rate", "250", "--output", str(GRAPH)]


def profile(say: Callable[[str], None]) -> None:
    """Draw the flame graph.

    Args:
        say: Takes a line on where it is.
    """
    yesterday = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        render(folder / "day.json", yesterday, max(SIZES))
        with serving(folder / "day.json") as served:
            tap = ours().command(served.url, yesterday.isoformat(), folder)
            command = [*PY_SPY, "--", sys.executable, *map(str, tap)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment())  # noqa: S603
    say(f"see output/{GRAPH.name}")
