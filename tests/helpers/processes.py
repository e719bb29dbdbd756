"""Processes that a test starts, waits for and stops."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

Found = TypeVar("Found")


@contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str], log: Path, cwd: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command with all its children in the background, and end them.

    Args:
        command: The command.
        environment: All its environment variables.
        log: The file of its output.
        cwd: Its working directory.

    Yields:
        The process.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes], timeout: float = 20) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout)
    with suppress(ProcessLookupError):  # Its children.
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_until(
    condition: Callable[[], Found | None], what: str, timeout: float = 420, pause: float = 0.2
) -> Found:
    """Wait until a function returns something.

    Raises:
        TimeoutError: It does not within the timeout.
    """
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        if found := condition():
            return found
        time.sleep(pause)
    raise TimeoutError(what)


def wait_for_http(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a process that was started responds to a request.

    Args:
        url: What is requested.
        process: The process, which must not exit.
        log: Its log, for the message.
    """

    def is_up() -> bool:
        assert process.poll() is None, log.read_text()
        with requests.Session() as session, suppress(requests.ConnectionError):
            session.trust_env = False  # No proxy.
            return session.get(url, timeout=30).ok
        return False

    wait_until(is_up, f"{url} does not respond")


def processes_with(argument: str) -> list[int]:
    """Return the ids of the processes that have a text in their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes()
        except OSError:  # It has ended.
            continue
        if argument.encode() in command:
            found.append(int(path.parent.name))
    return sorted(found)
