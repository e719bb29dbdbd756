"""Sends responses over HTTP, complete or broken.

Werkzeug's own request handler closes the connection after each response and cannot send half a
body. This one keeps connections alive, as the API's gateway does, and sends exactly what a
``Response`` describes.
"""

from __future__ import annotations

import os
import socket
import struct
import time
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

    from sandbox.responses import Response

_LOOPBACK = "127.0.0.1"


def _shut_down(connection: socket.socket) -> None:
    with suppress(OSError):  # The client may have closed it already.
        connection.shutdown(socket.SHUT_RDWR)


class Connections:
    """The open connections of a server; stopping the server closes them."""

    def __init__(self) -> None:
        """Start without connections."""
        self._lock = Lock()
        self._open: set[socket.socket] = set()
        self.stopping = Event()

    def add(self, connection: socket.socket) -> None:
        """Add an opened connection."""
        with self._lock:
            self._open.add(connection)
            if self.stopping.is_set():
                _shut_down(connection)

    def discard(self, connection: socket.socket) -> None:
        """Remove a closed connection."""
        with self._lock:
            self._open.discard(connection)

    def stop(self) -> None:
        """Close all connections and end all delays."""
        self.stopping.set()
        with self._lock:
            for connection in self._open:
                _shut_down(connection)


class _RequestHandler(WSGIRequestHandler):
    respond: ClassVar[Callable[[Request], Response]]
    connections: ClassVar[Connections]
    now: ClassVar[Callable[[], float]]

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @override
    def setup(self) -> None:
        super().setup()
        self.connections.add(self.connection)

    @override
    def finish(self) -> None:
        self.connections.discard(self.connection)
        super().finish()

    @override
    def log(self, type: str, message: str, *args: Any) -> None:
        """Do nothing: the sandbox keeps its own log of requests."""

    @override
    def date_time_string(self, timestamp: float | None = None) -> str:
        """The time of the account for the header Date."""
        return super().date_time_string(type(self).now() if timestamp is None else timestamp)

    @override
    def run_wsgi(self) -> None:
        request = Request(self.make_environ())
        try:
            # Consume the body: on a kept-alive connection the next request follows it.
            request.get_data()
        except ClientDisconnected:
            self.close_connection = True
            return
        response = type(self).respond(request)
        if response.delay:
            self.connections.stopping.wait(response.delay)
        if response.reset:
            self._reset()
        else:
            self._send(response)

    def _reset(self) -> None:
        # A linger time of zero makes the kernel send RST instead of FIN.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connections.discard(self.connection)
        self.close_connection = True
        os.close(self.connection.detach())

    def _send(self, response: Response) -> None:
        body, length = response.body, response.content_length
        if isinstance(body, bytes) and length is None and not response.unterminated:
            length = len(body)
        self.send_response(response.status, responses.get(response.status, "Unknown"))
        self.send_header("Content-Type", response.content_type)
        for name, value in response.headers.items():
            self.send_header(name, value)
        chunked = length is None and not response.close_delimited
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif not response.close_delimited:
            self.send_header("Content-Length", str(length))
        is_broken = response.unterminated or response.content_length is not None
        if response.close_delimited or is_broken:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if self.command == "HEAD":
            return
        for chunk in _with_stall(body, response.stall, self.connections.stopping):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk) if chunked else chunk)
        if chunked and not response.unterminated:
            self.wfile.write(b"0\r\n\r\n")


def _with_stall(body: bytes | Iterable[bytes], seconds: float, stopping: Event) -> Iterator[bytes]:
    """Yield the chunks of a body, with a pause in its middle or after its first chunk."""
    if isinstance(body, bytes):
        middle = len(body) // 2
        body = [body[:middle], body[middle:]] if seconds else [body]
    for chunk in body:
        if chunk:
            yield chunk
        if seconds:
            stopping.wait(seconds)
            seconds = 0


def listen(
    port: int,
    respond: Callable[[Request], Response],
    connections: Connections,
    now: Callable[[], float] = time.time,
) -> BaseWSGIServer:
    """Return a server that listens on a loopback port and does not serve yet.

    Args:
        port: The port; 0 picks a free one.
        respond: Returns the response to a request; called from several threads.
        connections: Receives the open connections.
        now: Returns the time for the header Date, in seconds since the epoch.
    """
    handler = type(
        "RequestHandler",
        (_RequestHandler,),
        {
            "respond": staticmethod(respond),
            "connections": connections,
            "now": staticmethod(now),
        },
    )
    # The handler never calls the WSGI application, but werkzeug requires one.
    return make_server(_LOOPBACK, port, NotFound(), threaded=True, request_handler=handler)
