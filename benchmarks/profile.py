"""Writes a flame graph of the tap reading a large day, with py-spy."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.candidates import tap
from benchmarks.comparison import SIZES
from benchmarks.days import write_day
from benchmarks.measure import user_environment
from benchmarks.server import serve_day

if TYPE_CHECKING:
    from collections.abc import Callable

GRAPH = Path(__file__).parents[1] / "output" / "profile.svg"

# In its own environment, because nothing else here needs it.
PY_SPY = ["uv", "tool", "run", "py-spy==0.4.3", "record", "--rate", "250", "--output", str(GRAPH)]


def write_profile(log: Callable[[str], None]) -> None:
    """Write the flame graph.

    Args:
        log: Receives a line with the path of the graph.
    """
    yesterday = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_day(folder / "day.json", yesterday, max(SIZES))
        with serve_day(folder / "day.json") as server:
            command = tap().command(server.url, yesterday.isoformat(), folder)
            subprocess.run(  # noqa: S603
                [*PY_SPY, "--", sys.executable, *map(str, command)],
                check=True,
                stdout=subprocess.DEVNULL,
                env=user_environment(),
            )
    log(f"wrote output/{GRAPH.name}")
