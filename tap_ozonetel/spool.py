"""Temporary files for responses that are too long for memory."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tap_ozonetel.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Bodies up to this size stay in memory. Longer ones are spooled to the temporary directory.
SPOOL_BYTES = 1024 * 1024


@contextmanager
def spool_errors() -> Iterator[None]:
    """Convert errors that occur while a temporary file is written.

    Raises:
        RunError: The disk is full, or there is no temporary directory.
    """
    try:
        yield
    except OSError as error:
        directory = f" {tempfile.tempdir}" if tempfile.tempdir else ""
        raise RunError(
            f"The response cannot be written to the temporary directory{directory}: "
            f"{error.strerror}. Free some space, or set TMPDIR to another directory"
        ) from error
