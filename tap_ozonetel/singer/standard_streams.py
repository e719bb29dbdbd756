"""The standard streams, any of which may be closed or without a reader."""

from __future__ import annotations

import os
import sys


def reserve_standard_streams() -> None:
    """Open the null device in place of each standard stream that is closed.

    Otherwise the next file or connection would get its number, and what a library writes to
    standard error would go there. `sys.stdout` and its like stay None.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number is given out first.
            os.open(os.devnull, os.O_RDWR)


def discard_unwritable_output() -> None:
    """Discard what is left in the buffer of a stream that nobody reads.

    Otherwise Python writes "Exception ignored in" at its end, and exits with 120.
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
