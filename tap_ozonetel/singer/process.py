"""The process: signals that end it, and standard streams that may be closed."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

#: The signals that end a run. Windows has no SIGHUP.
_ENDING_SIGNALS = [
    signal.Signals[name] for name in ("SIGHUP", "SIGINT", "SIGTERM") if hasattr(signal, name)
]

#: Signals closer together than this are one: `timeout` and a closing terminal send theirs twice.
_REPEATED_SIGNAL_SECONDS = 1.0


class StoppedBySignal(SystemExit):
    """A signal ends the run, with the exit code of a process that the signal has killed."""

    def __init__(self, signum: int) -> None:
        super().__init__(128 + signum)
        self.name = signal.Signals(signum).name


def exit_on_signals() -> None:
    """Exit with 143 on SIGTERM, with 130 on Ctrl-C and with 129 on SIGHUP.

    The SDK exits with 0, which makes a killed sync look complete. No STATE message is written here,
    since the last complete day already has one, and another one could end up in the
    middle of a line.
    """
    stopped_at: float | None = None

    def exit_on_signal(signum: int, _: FrameType | None) -> None:
        nonlocal stopped_at
        now = time.monotonic()
        if stopped_at is not None and now - stopped_at < _REPEATED_SIGNAL_SECONDS:
            return
        stopped_at = now
        raise StoppedBySignal(signum)

    if threading.current_thread() is not threading.main_thread():
        return
    for each in _ENDING_SIGNALS:
        # Under nohup, SIGHUP is to be ignored.
        if each.name != "SIGHUP" or signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, exit_on_signal)


@contextmanager
def block_signals_in_new_threads() -> Iterator[None]:
    """Block the signals that end a run in threads that start in the meantime.

    Some libraries start a thread when they are imported, such as numpy, which the SDK imports if it
    is installed. If two signals follow each other, Linux may deliver both to that thread, and then
    neither interrupts what the main thread waits for. (Measured on a busy machine: in two of three
    runs, the wait for the rate limit went on.) The main thread receives blocked signals at the end.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def reserve_standard_streams() -> None:
    """Open the null device in place of each standard stream that is closed.

    Otherwise the next file or connection would get its number, and what a library writes to
    standard error would go there. `sys.stdout` and its like stay None.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number is used first.
            os.open(os.devnull, os.O_RDWR)


def discard_unwritable_output() -> None:
    """Discard what is left in the buffer of a stream that nobody reads.

    Otherwise Python writes "Exception ignored in" when it exits, and exits with 120.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is None:
            continue
        try:
            stream.flush()
        except (OSError, ValueError):
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, stream.fileno())
            os.close(null)
