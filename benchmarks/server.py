"""A local API that serves one day from a file and is faster than any client."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from benchmarks.baselines.account import CDR_PATH, TOKEN_PATH

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(slots=True)
class DayServer:
    """A running server.

    Attributes:
        url: The URL of the API.
        requests: The number of valid requests for the day.
    """

    url: str
    requests: int = 0


@contextmanager
def serve_day(path: Path) -> Iterator[DayServer]:
    """Serve the response in a file to every valid request (docs/ozonetel-api.md, "Request body").

    Args:
        path: The response, written by `days.write_day`.

    Yields:
        The running server.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        @override
        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_POST(self) -> None:
            self._read_body()
            if self.path == TOKEN_PATH:
                self._send(HTTPStatus.OK, json.dumps({"token": "token-of-nobody"}).encode())
            else:
                self._send(HTTPStatus.NOT_FOUND, b"{}")

        def do_GET(self) -> None:
            body = self._read_body()
            if self.path != CDR_PATH or not body.keys() >= {"userName", "fromDate", "toDate"}:
                invalid = b'{"status":"false","message":"Invalid Json Pass Valid Json"}'
                self._send(HTTPStatus.OK, invalid)
                return
            server.requests += 1
            with path.open("rb") as file:
                self._send_head(HTTPStatus.OK, path.stat().st_size)
                self.wfile.flush()
                self.connection.sendfile(file)

        def _read_body(self) -> dict[str, Any]:
            text = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = json.loads(text) if text else {}
            return body if isinstance(body, dict) else {}

        def _send(self, status: HTTPStatus, body: bytes) -> None:
            self._send_head(status, len(body))
            self.wfile.write(body)

        def _send_head(self, status: HTTPStatus, length: int) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(length))
            self.end_headers()

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http_server:
        server = DayServer(f"http://127.0.0.1:{http_server.server_port}")
        thread = Thread(target=http_server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            http_server.shutdown()
            thread.join()
