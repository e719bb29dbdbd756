"""HTTP: how an answer is put on the wire, whole or broken.

Werkzeug's own request handler ends every connection after one answer and cannot send half a body.
This one keeps connections alive, as the API's gateway does, and does what an ``Answer`` says.
"""

from __future__ import annotations

import os
import socket
import struct
from contextlib import suppress
from http.client import responses
from threading import Event, Lock
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override
from werkzeug.exceptions import ClientDisconnected, NotFound
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sandbox.responses import Answer

_LOOPBACK = "127.0.0.1"


def _end(connection: socket.socket) -> None:
    with suppress(OSError):  # The client may have been faster.
        connection.shutdown(socket.SHUT_RDWR)


class Connections:
    """The connections that are open, so that stopping ends them."""

    def __init__(self) -> None:
        """Start without any."""
        self._lock = Lock()
        self._open: set[socket.socket] = set()
        self.stopping = Event()

    def opened(self, connection: socket.socket) -> None:
        """Remember a connection."""
        with self._lock:
            self._open.add(connection)
            if self.stopping.is_set():
                _end(connection)

    def closed(self, connection: socket.socket) -> None:
        """Forget a connection."""
        with self._lock:
            self._open.discard(connection)

    def stop(self) -> None:
        """End all connections, and whatever waits in them."""
        self.stopping.set()
        with self._lock:
            for connection in self._open:
                _end(connection)


class _Handler(WSGIRequestHandler):
    respond: ClassVar[Callable[[Request], Answer]]
    connections: ClassVar[Connections]

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @override
    def setup(self) -> None:
        super().setup()
        self.connections.opened(self.connection)

    @override
    def finish(self) -> None:
        self.connections.closed(self.connection)
        super().finish()

    @override
    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing: what came is in the sandbox's own log."""

    @override
    def run_wsgi(self) -> None:
        request = Request(self.make_environ())
        try:
            request.get_data()  # Read to its end: the next request begins behind it.
        except ClientDisconnected:
            self.close_connection = True
            return
        answer = type(self).respond(request)
        if answer.delay:
            self.connections.stopping.wait(answer.delay)
        if answer.reset:
            self._reset()
        else:
            self._send(answer)

    def _reset(self) -> None:
        # Lingering for no time makes the kernel send RST instead of FIN.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connections.closed(self.connection)
        self.close_connection = True
        os.close(self.connection.detach())

    def _send(self, answer: Answer) -> None:
        body, length = answer.body, answer.promised
        if isinstance(body, bytes) and length is None and not answer.unterminated:
            length = len(body)
        self.send_response(answer.status, responses.get(answer.status, "Unknown"))
        self.send_header("Content-Type", answer.content_type)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        chunked = length is None and not answer.closing
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif not answer.closing:
            self.send_header("Content-Length", str(length))
        broken = answer.closing or answer.unterminated or answer.promised is not None
        if broken:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if self.command == "HEAD":
            return
        for piece in _with_pause(body, answer.stall, self.connections.stopping):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
        if chunked and not answer.unterminated:
            self.wfile.write(b"0\r\n\r\n")


def _with_pause(body: bytes | Iterable[bytes], pause: float, stopping: Event) -> Iterator[bytes]:
    """Yield the pieces of a body, with a pause in its middle or after its first piece."""
    if isinstance(body, bytes):
        middle = len(body) // 2
        body = [body[:middle], body[middle:]] if pause else [body]
    for piece in body:
        if piece:
            yield piece
        if pause:
            stopping.wait(pause)
            pause = 0


def listen(
    port: int, respond: Callable[[Request], Answer], connections: Connections
) -> BaseWSGIServer:
    """Return a server that listens on a port of this machine, but does not serve yet."""
    handler = type(
        "Handler", (_Handler,), {"respond": staticmethod(respond), "connections": connections}
    )
    # The handler answers by itself, so there is no WSGI application to give.
    return make_server(_LOOPBACK, port, NotFound(), threaded=True, request_handler=handler)
