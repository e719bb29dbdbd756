"""An API that keeps up with any client: one day, handed from a file to the socket by the kernel."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAY_PATH = "/ca_reports/fetchCDRDetails"
TOKEN_PATH = "/ca_apis/CAToken/generateToken"


@dataclass(slots=True)
class Served:
    """Where the API is, and what was asked of it."""

    url: str
    #: Good requests for the day.
    requests: int = 0


@contextmanager
def serving(body: Path) -> Iterator[Served]:
    """Serve the answer in a file, to whoever asks for a day as the contract says.

    Args:
        body: The answer, as `days.render` writes it.

    Yields:
        Where the API is.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        @override
        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_POST(self) -> None:
            self._asked()
            if self.path == TOKEN_PATH:
                self._answer(200, json.dumps({"token": "token-of-nobody"}).encode())
            else:
                self._answer(404, b"{}")

        def do_GET(self) -> None:
            asked = self._asked()
            if self.path != DAY_PATH or not asked.keys() >= {"userName", "fromDate", "toDate"}:
                self._answer(200, b'{"status":"false","message":"Invalid Json Pass Valid Json"}')
                return
            served.requests += 1
            with body.open("rb") as file:
                self._begin(200, body.stat().st_size)
                self.wfile.flush()
                self.connection.sendfile(file)

        def _asked(self) -> dict[str, Any]:
            text = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked = json.loads(text) if text else {}
            return asked if isinstance(asked, dict) else {}

        def _answer(self, status: int, text: bytes) -> None:
            self._begin(status, len(text))
            self.wfile.write(text)

        def _begin(self, status: int, length: int) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(length))
            self.end_headers()

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        served = Served(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()
