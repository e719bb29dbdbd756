"""Runs a command against the sandbox."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

    from sandbox.server import Sandbox

# Exit codes of a shell: command not found, not executable, ended by a signal.
_NOT_FOUND, _NOT_EXECUTABLE, _SIGNAL_BASE = 127, 126, 128


def environment(box: Sandbox) -> dict[str, str]:
    """Return the ``TAP_OZONETEL_*`` variables that point the tap at a sandbox."""
    return {f"TAP_OZONETEL_{name.upper()}": str(value) for name, value in box.config.items()}


def _in_foreground() -> bool:
    """Return whether the terminal sends Ctrl-C to this process and its children alike."""
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False


def run(box: Sandbox, command: list[str]) -> int:
    """Serve while a command runs.

    Args:
        box: The sandbox; it is started and stopped here.
        command: The command and its arguments.

    Returns:
        The exit code as a shell would report it.
    """
    child: subprocess.Popen[bytes] | None = None
    pending: list[int] = []

    def forward(number: int, _: FrameType | None) -> None:
        if number == signal.SIGINT and _in_foreground():
            return  # The terminal has sent it to the command already.
        if child is None:
            pending.append(number)
        else:
            child.send_signal(number)

    previous = {n: signal.signal(n, forward) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        with box:
            env = {**os.environ, **environment(box)}
            try:
                child = subprocess.Popen(command, env=env)  # noqa: S603
            except OSError as error:
                print(f"sandbox: {command[0]}: {error.strerror}", file=sys.stderr)  # noqa: T201
                return _NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_EXECUTABLE
            for number in pending:
                child.send_signal(number)
            code = child.wait()
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    return code if code >= 0 else _SIGNAL_BASE - code
