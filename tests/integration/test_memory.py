"""Memory does not grow with the size of a day."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from benchmarks.measure import MIB, run_measured
from sandbox import Options, Sandbox
from tests.helpers.sync import command_line

if TYPE_CHECKING:
    from pathlib import Path


def peak_bytes(folder: Path, stream: str, records: int) -> int:
    """Return the peak memory of a process that syncs a day with so many records."""
    with Sandbox(Options(records=records, limit=10_000)) as box:
        yesterday = (box.today() - dt.timedelta(days=1)).isoformat()
        one_day = {"start_date": yesterday, "end_date": yesterday}
        command = command_line(folder, {**box.config, "cache_dir": "", **one_day}, stream)
        usage = run_measured(command)
    assert f"{records:,} records" in usage.log
    return usage.peak_bytes


@pytest.mark.parametrize(
    ("stream", "records"),
    [("cdr_details", 200_000), ("cdr_details", 1_000_000), ("cdr_paginated", 50_000)],
)
def test_a_large_day_takes_no_more_memory_than_a_small_one(
    tmp_path: Path, stream: str, records: int
) -> None:
    small = peak_bytes(tmp_path, stream, 1_000)
    assert peak_bytes(tmp_path, stream, records) <= small + 20 * MIB
