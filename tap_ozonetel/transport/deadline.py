"""A time limit for a whole response, however slowly its bytes arrive."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Deadline:
    """Shuts a connection down when its time is over.

    The timeouts of a socket limit the wait for the next byte only, so a server that sends one byte
    now and then would keep the account's lock for days.
    """

    def __init__(self) -> None:
        self.has_passed = False
        self._connection: socket.socket | None = None

    def watch(self, connection: socket.socket) -> None:
        """Shut this connection down at the deadline."""
        self._connection = connection
        if self.has_passed:
            self.expire()

    def expire(self) -> None:
        """Shut the connection down now. A read from it ends at once."""
        self.has_passed = True
        if self._connection is None:
            return
        # On a duplicate, because the method of a TLS socket would take the TLS object away from the
        # thread that reads. The connection may also be closed already.
        with suppress(OSError, ValueError):
            number = self._connection.fileno()
            with socket.fromfd(number, socket.AF_INET, socket.SOCK_STREAM) as duplicate:
                duplicate.shutdown(socket.SHUT_RDWR)


@contextmanager
def start_deadline(seconds: float) -> Iterator[Deadline]:
    """Start a deadline, which is off at the end of the `with` statement.

    Args:
        seconds: The time limit.
    """
    deadline = Deadline()
    timer = threading.Timer(seconds, deadline.expire)
    timer.daemon = True
    timer.start()
    try:
        yield deadline
    finally:
        timer.cancel()
        timer.join()
