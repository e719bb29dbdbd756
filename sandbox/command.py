"""Run a command while the sandbox serves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

    from sandbox.server import Sandbox

_NOT_FOUND, _NOT_RUN, _SIGNALLED = 127, 126, 128


def environment(box: Sandbox) -> dict[str, str]:
    """Return the variables that point the tap at the sandbox."""
    return {f"TAP_OZONETEL_{name.upper()}": str(value) for name, value in box.config.items()}


def _has_terminal() -> bool:
    """Return whether a terminal sends its Ctrl-C to this process and its children alike."""
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False


def run(box: Sandbox, command: list[str]) -> int:
    """Serve while a command runs, and return its exit code as a shell has it."""
    child: subprocess.Popen[bytes] | None = None
    early: list[int] = []

    def forward(number: int, _: FrameType | None) -> None:
        if number == signal.SIGINT and _has_terminal():
            return  # The command has had it from the terminal; twice would be once too often.
        if child is None:
            early.append(number)
        else:
            child.send_signal(number)

    before = {n: signal.signal(n, forward) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        with box:
            env = {**os.environ, **environment(box)}
            try:
                child = subprocess.Popen(command, env=env)  # noqa: S603
            except OSError as error:
                print(f"sandbox: {command[0]}: {error.strerror}", file=sys.stderr)  # noqa: T201
                return _NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_RUN
            for number in early:
                child.send_signal(number)
            code = child.wait()
    finally:
        for number, old in before.items():
            signal.signal(number, old)
    return code if code >= 0 else _SIGNALLED - code
