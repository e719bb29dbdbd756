"""By Meltano into JSON Lines: what is in the file is what the account has."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest

from sandbox import Options, Sandbox
from sandbox.command import environment
from tests.helpers.comparison import MELTANO, finished, own_meltano
from tests.helpers.sync import without_dial_count

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("meltano_alone")


def _run(box: Sandbox, folder: Path, first: dt.date, last: dt.date) -> None:
    """Run Meltano with a state of its own, and the plugins of the checkout."""
    settings = {
        "TAP_OZONETEL_START_DATE": str(first),
        "TAP_OZONETEL_END_DATE": str(last),
        "TAP_OZONETEL_CACHE_DIR": str(folder / "cache"),
        "TARGET_JSONL_DESTINATION_PATH": str(folder / "files"),
    }
    meltano = own_meltano(folder, "tap-ozonetel", "target-jsonl")
    command = [MELTANO, "run", "tap-ozonetel", "target-jsonl"]
    finished(command, {**meltano, **environment(box), **settings})


def test_the_file_has_each_record_as_the_account_has_it(tmp_path: Path) -> None:
    with Sandbox(Options(records=25, limit=20, period=1)) as box:
        # Days whose records do not change any more while this test runs.
        last = box.today() - dt.timedelta(days=2)
        first = last - dt.timedelta(days=4)
        _run(box, tmp_path, first, last)
        (file,) = (tmp_path / "files").iterdir()
        assert file.name == "cdr_details.jsonl"
        lines = file.read_text(encoding="utf-8").splitlines()
        records = [json.loads(line) for line in lines]
        assert without_dial_count(records) == box.calls_between(first, last)
        assert len(box.requests) == 5
        # The state stands: the day before the bookmark and its own are read again, and appended.
        _run(box, tmp_path, first, last)
        assert len(box.requests) == 7
        again = file.read_text(encoding="utf-8").splitlines()[len(lines) :]
        days = box.calls_between(last - dt.timedelta(days=1), last)
        assert without_dial_count([json.loads(line) for line in again]) == days
