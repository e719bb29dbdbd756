"""Meltano loads the records of the account into JSON Lines."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest

from sandbox import Options, Sandbox
from sandbox.command import environment
from tests.helpers.meltano import MELTANO, isolated_meltano, run_command
from tests.helpers.sync import without_dial_count

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("meltano_lock")


def _run(box: Sandbox, folder: Path, first: dt.date, last: dt.date) -> None:
    """Run Meltano with its own state and the plugins of the checkout."""
    settings = {
        "TAP_OZONETEL_START_DATE": str(first),
        "TAP_OZONETEL_END_DATE": str(last),
        "TAP_OZONETEL_CACHE_DIR": str(folder / "cache"),
        "TARGET_JSONL_DESTINATION_PATH": str(folder / "files"),
    }
    meltano = isolated_meltano(folder, "tap-ozonetel", "target-jsonl")
    command = [MELTANO, "run", "tap-ozonetel", "target-jsonl"]
    run_command(command, {**meltano, **environment(box), **settings})


def test_the_file_has_each_record_of_the_account(tmp_path: Path) -> None:
    with Sandbox(Options(records=25, limit=20, period=1)) as box:
        # Days whose records no longer change.
        last = box.today() - dt.timedelta(days=2)
        first = last - dt.timedelta(days=4)
        _run(box, tmp_path, first, last)
        (file,) = (tmp_path / "files").iterdir()
        assert file.name == "cdr_details.jsonl"
        lines = file.read_text(encoding="utf-8").splitlines()
        records = [json.loads(line) for line in lines]
        assert without_dial_count(records) == box.calls_between(first, last)
        assert len(box.requests) == 5
        # The second run reads the day of the bookmark and the day before again, and appends them.
        _run(box, tmp_path, first, last)
        assert len(box.requests) == 7
        again = file.read_text(encoding="utf-8").splitlines()[len(lines) :]
        days = box.calls_between(last - dt.timedelta(days=1), last)
        assert without_dial_count([json.loads(line) for line in again]) == days
