"""Memory does not grow with the day."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from sandbox import Options, Sandbox
from tests.e2e.sync import command_line

if TYPE_CHECKING:
    from pathlib import Path

MIB = 1024 * 1024

# A child's peak begins at the size of the process that forked it, so a small one starts the tap.
STARTER = """
import os, resource, subprocess, sys
with open(os.devnull, "wb") as nowhere:
    code = subprocess.call(sys.argv[1:], stdout=nowhere)
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
"""


def peak_bytes(folder: Path, records: int) -> int:
    """The peak of a sync of one day with so many records."""
    with Sandbox(Options(records=records)) as box:
        yesterday = (box.today() - dt.timedelta(days=1)).isoformat()
        one_day = {"start_date": yesterday, "end_date": yesterday}
        command = command_line(folder, {**box.config, "cache_dir": "", **one_day})
        done = subprocess.run(
            [sys.executable, "-S", "-c", STARTER, *command],
            capture_output=True,
            text=True,
            check=True,
            # The process is measured as a user runs it, not while its lines are counted.
            env={name: value for name, value in os.environ.items() if "COVERAGE" not in name},
        )
        assert f"{records:,} records" in done.stderr
    code, peak = done.stdout.split()
    assert code == "0"
    return int(peak)


def test_a_day_of_a_million_records_takes_no_more_memory_than_one_of_a_thousand(
    tmp_path: Path,
) -> None:
    small, large = peak_bytes(tmp_path, 1_000), peak_bytes(tmp_path, 1_000_000)
    assert large - small <= 20 * MIB
