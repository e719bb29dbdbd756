"""Signals end a run with one line, the last day's state and the exit code of the signal."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

import pytest

from sandbox import Options, Sandbox
from tests.helpers.sync import Sync, command_line, read_messages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Starts a command with default signal handlers, which the tests may not have.
WITH_DEFAULT_SIGNALS = """
import os, signal, sys
for name in ("SIGHUP", "SIGINT", "SIGTERM"):
    signal.signal(getattr(signal, name), signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])
"""

#: Runs the command, and shows which signals are blocked in a thread that starts with an import.
WITH_A_THREAD = """
import signal, sys, threading
class Finder:
    def find_spec(self, name, *others):
        if name == "singer_sdk":
            thread = threading.Thread(target=show_blocked)
            thread.start()
            thread.join()
def show_blocked():
    print(*sorted(each.name for each in signal.pthread_sigmask(signal.SIG_BLOCK, [])))
sys.meta_path.insert(0, Finder())
sys.argv = ["tap-ozonetel", "--version"]
from tap_ozonetel.__main__ import main
try:
    main()
finally:
    show_blocked()
"""


@contextmanager
def waiting_tap(box: Sandbox, folder: Path, *wrapper: str) -> Iterator[subprocess.Popen[str]]:
    """Start a tap, and wait until it has read two days and waits for the rate limit."""
    command = command_line(folder, {**box.config, "cache_dir": ""})
    starter = [sys.executable, "-c", WITH_DEFAULT_SIGNALS]
    with subprocess.Popen(
        [*starter, *wrapper, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as tap:
        assert tap.stderr is not None
        try:
            read_until(tap.stderr, "Day 2 of 15")
            # A signal just before the wait would take effect only after it.
            time.sleep(0.5)
            yield tap
        finally:
            tap.kill()


def read_until(log: IO[str], words: str) -> None:
    for line in log:
        if words in line:
            return
    pytest.fail(f"no line has {words}")


SLOW = Options(records=3, limit=2, period=60)


@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)]
)
def test_a_signal_ends_the_run_with_the_last_days_state(
    tmp_path: Path, sent: signal.Signals, code: int
) -> None:
    with Sandbox(SLOW) as box, waiting_tap(box, tmp_path) as tap:
        tap.send_signal(sent)
        # A supervisor may send another signal right after it.
        tap.send_signal(signal.SIGTERM)
        stdout, log = tap.communicate(timeout=20)
    assert tap.returncode == code
    done = Sync(read_messages(stdout))
    assert done.bookmarks()[-1] == str((box.requests[1].body or {})["fromDate"])[:10]
    assert done.messages[-1]["type"] == "STATE"
    last_line = log.splitlines()[-1].split("|", 3)[-1].strip()
    assert last_line.startswith(f"Stopped by {sent.name}. The state is at the last complete")
    assert log.count("Stopped by") == 1
    assert "Traceback" not in log


def test_sighup_without_a_terminal_has_the_same_exit_code(tmp_path: Path) -> None:
    with Sandbox(SLOW) as box, waiting_tap(box, tmp_path) as tap:
        assert tap.stdout is not None
        assert tap.stderr is not None
        tap.stdout.close()
        tap.stderr.close()
        tap.send_signal(signal.SIGHUP)
        tap.wait(timeout=20)
    assert tap.returncode == 129


def test_nohup_is_respected(tmp_path: Path) -> None:
    """`nohup` ignores SIGHUP, and the tap keeps it ignored."""
    ignoring = (
        "import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN);"
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    wrapper = (sys.executable, "-c", ignoring)
    with Sandbox(SLOW) as box, waiting_tap(box, tmp_path, *wrapper) as tap:
        tap.send_signal(signal.SIGHUP)
        tap.send_signal(signal.SIGTERM)
        _, log = tap.communicate(timeout=20)
    assert tap.returncode == 143
    assert "Stopped by SIGTERM" in log


def test_only_the_main_thread_receives_signals() -> None:
    """Two signals in a row may both go to another thread, and the wait would go on."""
    done = subprocess.run(
        [sys.executable, "-c", WITH_A_THREAD], capture_output=True, text=True, check=True
    )
    in_thread, _, in_main = done.stdout.splitlines()
    assert in_thread == "SIGHUP SIGINT SIGTERM"
    assert not in_main
