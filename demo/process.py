"""Runs a command and everything it starts."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

_STOP_TIMEOUT_SECONDS = 10


def run_logged(
    command: Sequence[str],
    directory: Path,
    env: Mapping[str, str],
    log: Path,
    on_line: Callable[[str], None],
) -> int:
    """Run a command; if this process is interrupted, stop the command and all its children.

    Args:
        command: The command and its arguments.
        directory: Working directory.
        env: The whole environment.
        log: File for its stdout and stderr.
        on_line: Called with each line of them.

    Returns:
        The exit code.
    """
    with (
        log.open("w", encoding="utf-8") as log_file,
        subprocess.Popen(  # noqa: S603
            command,
            cwd=directory,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        ) as child,
    ):
        try:
            for line in child.stdout or ():
                log_file.write(line)
                on_line(line)
            return child.wait()
        finally:
            _stop(child)


def _stop(child: subprocess.Popen[str]) -> None:
    if child.poll() is not None:
        return
    os.killpg(child.pid, signal.SIGTERM)
    try:
        child.wait(_STOP_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
