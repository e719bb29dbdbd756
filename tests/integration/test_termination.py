"""Killed syncs and the runs that follow emit every record."""

from __future__ import annotations

import datetime as dt
import random
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Options, Sandbox
from tests.helpers.sync import Sync, command_line, read_messages

if TYPE_CHECKING:
    from pathlib import Path

#: Kills per stream, of which there are two.
KILLS = 25

#: About 15 days of 40 records, 1,300 bytes each.
OUTPUT_BYTES = 700_000


def keys(records: list[dict[str, Any]]) -> set[tuple[int, int]]:
    return {(record["CallID"], record["UCID"]) for record in records}


def read_until_killed(command: list[str], kill_after: int | None) -> tuple[Sync, bool]:
    """Read the output of a tap as a target does, and kill the tap after some bytes.

    Returns:
        The output without an incomplete last line, and whether the tap succeeded.
    """
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as tap:
        assert tap.stdout is not None
        received = b"" if kill_after is None else tap.stdout.read(kill_after)
        if kill_after is not None:
            tap.kill()
        received += tap.stdout.read()
    whole_lines = received[: received.rfind(b"\n") + 1].decode()
    return Sync(read_messages(whole_lines)), tap.returncode == 0


@pytest.mark.parametrize("stream", ["cdr_details", "cdr_paginated"])
def test_a_sync_killed_at_any_moment_loses_no_records(tmp_path: Path, stream: str) -> None:
    moments = random.Random(f"{stream} 2026")  # noqa: S311 - moments, not secrets
    with Sandbox(Options(records=40, limit=20, period=0.2)) as box:
        config = {**box.config, "cache_dir": str(tmp_path / "cache"), "page_size": 15}
        kills = 0
        while kills < KILLS:
            before = keys(box.calls_between(box.today() - dt.timedelta(days=14), box.today()))
            state, emitted, finished = None, list[dict[str, Any]](), False
            for left in (5, 4, 3, 2, 1, 0):
                command = command_line(tmp_path, config, stream, state=state)
                kill_after = moments.randrange(OUTPUT_BYTES // left) if left else None
                done, finished = read_until_killed(command, kill_after)
                kills += not finished
                emitted += done.records(stream)
                state = done.states[-1] if done.states else state
            assert finished
            after = keys(box.calls_between(box.today() - dt.timedelta(days=14), box.today()))
            assert before <= keys(emitted) <= after
    assert box.rate_limited_count == 0
    assert box.tokens_made <= 1 + kills
