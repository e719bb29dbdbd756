"""Broken pipes and closed streams end with one line and the right exit code."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from sandbox import Options, Sandbox
from tests.helpers.sync import COMMAND, command_line, read_messages

if TYPE_CHECKING:
    from pathlib import Path

STOPPED_READING = "The target has stopped reading. See its log for the reason"

#: Standard streams as a shell closes them.
CLOSED = {"none": "", "stdin": "<&-", "stderr": "2>&-", "stdin and stderr": "<&- 2>&-"}


@pytest.fixture(autouse=True)
def _with_buffers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enable buffering, because unwritten buffers cause errors at exit."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)


def in_shell(command: list[str], redirections: str) -> list[str]:
    return ["sh", "-c", f'exec "$@" {redirections}', "sh", *command]


def read_some(command: list[str], lines: int, *, read_log: bool = True) -> tuple[int, str]:
    """Read some lines as a target does, and close the pipe.

    Returns:
        The exit code, and the log.
    """
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as tap:
        assert tap.stdout is not None
        assert tap.stderr is not None
        if not read_log:
            tap.stderr.close()
        for _ in range(lines):
            tap.stdout.readline()
        tap.stdout.close()
        log = tap.stderr.read().decode() if read_log else ""
        tap.wait(timeout=60)
    return tap.returncode, log


def last_line(log: str) -> str:
    return log.splitlines()[-1].split("|", 3)[-1].strip()


@pytest.mark.parametrize("lines", [0, 1, 5, 200])
def test_a_broken_pipe_is_the_last_line_of_the_log(tmp_path: Path, lines: int) -> None:
    with Sandbox(Options(records=500, limit=99)) as box:
        command = command_line(tmp_path, {**box.config, "cache_dir": ""})
        code, log = read_some(command, lines)
    assert code == 1
    assert last_line(log) == STOPPED_READING
    assert log.count(STOPPED_READING) == 1
    assert "Exception ignored" not in log
    assert "Traceback" not in log


@pytest.mark.parametrize(
    "option", ["--discover", "--about", "--help", "--version", "--test=schema"]
)
def test_a_broken_pipe_of_any_option_is_the_last_line(
    monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    monkeypatch.setenv("TAP_OZONETEL_API_KEY", "key-of-nobody")
    monkeypatch.setenv("TAP_OZONETEL_USERNAME", "nobody")
    code, log = read_some([*COMMAND, "--config=ENV", option], 0)
    assert code == 1
    assert last_line(log) == STOPPED_READING
    assert "Exception ignored" not in log


@pytest.mark.parametrize("options", [["--discover"], ["--about", "--format=json"]])
def test_an_output_whose_end_cannot_be_written_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    # A limit to the size of files, in blocks of 512 bytes. It would stop the measurement of
    # coverage, too.
    monkeypatch.setenv("COVERAGE_PROCESS_CONFIG", "")
    command = [*COMMAND, *options]
    whole = subprocess.run(command, capture_output=True, timeout=60, check=True).stdout
    script = f'ulimit -f {(len(whole) - 1) // 512}; exec "$@" >{tmp_path / "output"}'
    limited = ["sh", "-c", script, "sh", *command]
    done = subprocess.run(limited, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert last_line(done.stderr) == "Cannot write to stdout: File too large"


@pytest.mark.parametrize("redirections", CLOSED.values(), ids=CLOSED)
def test_a_broken_pipe_with_other_streams_closed(tmp_path: Path, redirections: str) -> None:
    with Sandbox(Options(records=500, limit=99)) as box:
        command = command_line(tmp_path, {**box.config, "cache_dir": ""})
        code, log = read_some(in_shell(command, redirections), 5)
    assert code == 1
    assert log == "" if "2>" in redirections else last_line(log) == STOPPED_READING


def test_a_broken_pipe_on_stdout_and_stderr(tmp_path: Path) -> None:
    with Sandbox(Options(records=500, limit=99)) as box:
        command = command_line(tmp_path, {**box.config, "cache_dir": ""})
        assert read_some(command, 5, read_log=False) == (1, "")


@pytest.mark.parametrize("redirections", CLOSED.values(), ids=CLOSED)
def test_a_sync_needs_only_stdout(tmp_path: Path, redirections: str) -> None:
    with Sandbox(Options(records=20, limit=99)) as box:
        command = in_shell(command_line(tmp_path, {**box.config, "cache_dir": ""}), redirections)
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0
    assert read_messages(done.stdout)[-1]["type"] == "STATE"


def test_a_sync_continues_when_stderr_is_broken(tmp_path: Path) -> None:
    with Sandbox(Options(records=20, limit=99)) as box:
        command = command_line(tmp_path, {**box.config, "cache_dir": ""})
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as tap:
            assert tap.stdout is not None
            assert tap.stderr is not None
            tap.stderr.close()
            messages = read_messages(tap.stdout.read())
    assert tap.returncode == 0
    assert messages[-1]["type"] == "STATE"


DESCRIPTOR = """
import os, sys
from tap_ozonetel.singer.process import reserve_standard_streams
reserve_standard_streams()
descriptor = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
os.write(descriptor, str(descriptor).encode())
"""


@pytest.mark.parametrize("redirections", ["<&-", "2>&-", ">&-", "<&- >&- 2>&-"])
def test_no_file_gets_the_descriptor_of_a_standard_stream(
    tmp_path: Path, redirections: str
) -> None:
    file = tmp_path / "descriptor"
    command = in_shell([sys.executable, "-c", DESCRIPTOR, str(file)], redirections)
    subprocess.run(command, check=True, timeout=60)
    assert int(file.read_text()) > 2
