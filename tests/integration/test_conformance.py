"""The output conforms to Singer, checked with singer-tools."""

from __future__ import annotations

import datetime as dt
import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uv
from filelock import FileLock

from sandbox import Options, Sandbox
from tests.helpers.sync import command_line, make_state, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from subprocess import CompletedProcess

_STREAMS = ["cdr_details", "cdr_paginated"]
_REQUIREMENT = "singer-tools==0.4.1"
# Its requirements are old. A loader in meltano.yml needs this Python too.
_PYTHON = "3.11"
_CACHE = Path(__file__).parents[2] / ".cache"


def _uv(*arguments: str) -> None:
    done = subprocess.run(
        [uv.find_uv_bin(), *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def checker() -> str:
    """The command, in an environment that is created once per clone."""
    folder = _CACHE / _REQUIREMENT
    folder.mkdir(parents=True, exist_ok=True)
    python = folder / "venv" / "bin" / "python"
    # Written at the end, so that an incomplete environment is created again.
    complete = folder / "complete"
    with FileLock(folder / "lock"):
        if not complete.exists():
            _uv("venv", "--clear", "--python", _PYTHON, str(folder / "venv"))
            _uv("pip", "install", "--python", str(python), _REQUIREMENT)
            complete.touch()
    # Run it with Python, because the path in its first line is wrong after the clone has moved.
    return shlex.join([str(python), str(python.with_name("singer-check-tap"))])


def _pipe(command: list[str], checker: str, folder: Path) -> CompletedProcess[str]:
    """Run `COMMAND | singer-check-tap`, which fails when either does."""
    line = f"{shlex.join(command)} | {checker}"
    return subprocess.run(
        ["/usr/bin/env", "bash", "-o", "pipefail", "-c", line],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _message_counts(report: str, stream: str) -> list[int]:
    """Return how many records and schemas of a stream the checker has read."""
    found = re.search(rf"^\| {stream} +\| (\d+) +\| (\d+) +\|$", report, re.MULTILINE)
    assert found, report
    return [int(number) for number in found.groups()]


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(Options(records=40, limit=100, period=1, page_cap=15)) as box:
        yield box


@pytest.mark.parametrize("stream", _STREAMS)
def test_a_complete_sync_is_valid(stream: str, box: Sandbox, checker: str, tmp_path: Path) -> None:
    last = box.today() - dt.timedelta(days=3)  # Its records no longer change.
    first = last - dt.timedelta(days=10)
    config = {**box.config, "start_date": str(first), "end_date": str(last), "cache_dir": ""}
    done = _pipe(command_line(tmp_path, config, stream), checker, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The output is valid." in done.stdout
    assert _message_counts(done.stdout, stream) == [len(box.calls_between(first, last)), 1]


def test_an_incremental_sync_of_both_streams_is_valid(
    box: Sandbox, checker: str, tmp_path: Path
) -> None:
    day = str(box.today() - dt.timedelta(days=4))
    config = {**box.config, "cache_dir": "", "end_date": day}
    state = make_state(cdr_details=day, cdr_paginated=day)
    command = command_line(tmp_path, config, *_STREAMS, state=state)
    done = _pipe(command, checker, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    for stream in _STREAMS:
        assert _message_counts(done.stdout, stream) == [80, 1]


def test_a_sync_of_the_agent_summary_is_valid(box: Sandbox, checker: str, tmp_path: Path) -> None:
    last = box.today() - dt.timedelta(days=3)
    first = last - dt.timedelta(days=10)
    config = {**box.config, "start_date": str(first), "end_date": str(last), "cache_dir": ""}
    done = _pipe(command_line(tmp_path, config, "agent_summary"), checker, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The output is valid." in done.stdout
    rows = box.agent_summary(first, last)
    assert _message_counts(done.stdout, "agent_summary") == [len(rows), 1]


def test_the_output_of_a_failed_sync_is_valid(box: Sandbox, checker: str, tmp_path: Path) -> None:
    config = {**box.config, "cache_dir": "", "api_key": "wrong"}
    done = _pipe(command_line(tmp_path, config), checker, tmp_path)
    assert done.returncode == 1
    # The output is valid up to the error; it is the tap that failed.
    assert "The output is valid." in done.stdout


def _without_schema(lines: list[str]) -> list[str]:
    return [line for line in lines if json.loads(line)["type"] != "SCHEMA"]


def _with_text_ids(lines: list[str]) -> list[str]:
    return [re.sub(r'"UCID":(\d+)', r'"UCID":"\1"', line) for line in lines]


def _with_invalid_dates(lines: list[str]) -> list[str]:
    return [re.sub(r'"CallDate":"[^"]+"', '"CallDate":"today"', line) for line in lines]


def _with_a_truncated_line(lines: list[str]) -> list[str]:
    return [*lines[:-1], lines[-1][:20]]


@pytest.mark.parametrize(
    "corrupt", [_without_schema, _with_text_ids, _with_invalid_dates, _with_a_truncated_line]
)
def test_invalid_output_is_detected(
    corrupt: Callable[[list[str]], list[str]], box: Sandbox, checker: str, tmp_path: Path
) -> None:
    day = str(box.today() - dt.timedelta(days=3))
    done = run(box, tmp_path, "cdr_details", start_date=day, end_date=day)
    assert done.code == 0, done.log
    lines = [json.dumps(message, separators=(",", ":")) for message in done.messages]
    valid, invalid = tmp_path / "valid.jsonl", tmp_path / "invalid.jsonl"
    valid.write_text("".join(f"{line}\n" for line in lines))
    invalid.write_text("".join(f"{line}\n" for line in corrupt(lines)))
    assert _pipe(["cat", str(valid)], checker, tmp_path).returncode == 0
    assert _pipe(["cat", str(invalid)], checker, tmp_path).returncode == 1
