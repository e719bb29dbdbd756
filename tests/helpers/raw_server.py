"""A server of raw bytes, which can send invalid HTTP."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    #: Bytes to send, or a function that sends them and may return early if the event is set.
    Reply = bytes | Callable[[socket.socket, threading.Event], None]


#: The first byte of a client that uses TLS.
TLS_HANDSHAKE = b"\x16"


class RawServer:
    """Sends its replies, one per connection. The last one is repeated."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = [*replies]
        #: The requests in the order of their arrival, with their bodies.
        self.requests: list[bytes] = []
        #: The number of connections, also of those without a request.
        self.connections = 0
        self.address = ""

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def reply(self, connection: socket.socket, stopped: threading.Event) -> None:
        """Read a request, and send the next reply."""
        request = _read_request(connection)
        if not request:
            return
        self.requests.append(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if callable(reply):
            reply(connection, stopped)
        else:
            connection.sendall(reply)


def response(
    body: bytes = b"", status: str = "200 OK", headers: str = "", *, interim: bytes = b""
) -> bytes:
    """Return the bytes of a response."""
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return interim + head.encode() + body


@contextmanager
def raw_server(*replies: Reply, tls: ssl.SSLContext | None = None) -> Iterator[RawServer]:
    """Serve replies on this machine.

    Args:
        replies: What is sent for each request.
        tls: The server's side of TLS.
    """
    server, stopped = RawServer(*replies), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.02)
        server.address = f"127.0.0.1:{listening.getsockname()[1]}"

        def serve() -> None:
            while not stopped.is_set():
                with suppress(OSError):
                    connection, _ = listening.accept()
                    server.connections += 1
                    connection.settimeout(5)
                    with tls.wrap_socket(connection, server_side=True) if tls else connection as it:
                        server.reply(it, stopped)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server
        finally:
            stopped.set()
            thread.join()


def _read_request(connection: socket.socket) -> bytes:
    """Read a request with its body or the start of TLS; nothing if the client disconnected."""
    request = b""
    while b"\r\n\r\n" not in request:
        received = connection.recv(65_536)
        if not received:
            return b""
        request += received
        if request.startswith(TLS_HANDSHAKE):
            return request
    head, _, body = request.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            while len(body) < int(line.partition(b":")[2]):
                body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body
