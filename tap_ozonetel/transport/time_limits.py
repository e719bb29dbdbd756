"""Reads a response within limits of time, however slowly its bytes arrive."""

from __future__ import annotations

import io
import time

from typing_extensions import Buffer, override

#: Time limit for a response, on top of the read timeout. A day of a million calls, 1.3 GB without
#: compression, needs 360 kB/s.
MAX_DOWNLOAD_SECONDS = 3600.0

#: A response that brings fewer bytes over a whole read timeout is not worth the wait.
MIN_BYTES_PER_SECOND = 1000


class SlowResponseError(TimeoutError):
    """A response is arriving, but too slowly."""


class TimeLimitedReader(io.RawIOBase):
    """Reads from a connection, and raises if the response takes too long.

    The timeout of a socket limits the wait for the next byte only. A server that sends one byte now
    and then would hold up the caller, and a lock that it holds, for days.

    Args:
        connection: The connection without a buffer. It has the read timeout.
        read_timeout: The read timeout in seconds.
    """

    def __init__(self, connection: io.RawIOBase, read_timeout: float) -> None:
        self._connection = connection
        self._read_timeout = read_timeout
        self._max_seconds = read_timeout + MAX_DOWNLOAD_SECONDS
        self._started_at = time.monotonic()
        self.start_interval()

    def start_interval(self) -> None:
        """Measure the speed from the next bytes on."""
        self._interval_started_at: float | None = None
        self._interval_bytes = 0

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer, /) -> int | None:
        """Read what has arrived, at least one byte before the end.

        Raises:
            SlowResponseError: The response has taken too long, or arrives too slowly.
            TimeoutError: No byte arrived within the read timeout.
        """
        size = self._connection.readinto(buffer)
        if size:
            self._check(size, time.monotonic())
        return size

    def _check(self, size: int, now: float) -> None:
        if now - self._started_at >= self._max_seconds:
            raise SlowResponseError(
                f"the response was not complete after {self._max_seconds:,.0f} s"
            )
        if self._interval_started_at is None:
            self._interval_started_at = now
            return
        self._interval_bytes += size
        seconds = now - self._interval_started_at
        if seconds < self._read_timeout:
            return
        if self._interval_bytes < MIN_BYTES_PER_SECOND * seconds:
            raise SlowResponseError(
                f"less than {MIN_BYTES_PER_SECOND / 1000:.3g} kB/s arrived over {seconds:,.0f} s"
            )
        self._interval_started_at, self._interval_bytes = now, 0

    @override
    def close(self) -> None:
        self._connection.close()
        super().close()
