"""One request: the whole response, and the errors of failures."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import threading
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, NoReturn, Self

import pytest
import trustme

from sandbox.responses import Response
from sandbox.wire import Connections, listen
from tap_ozonetel import transport
from tap_ozonetel.errors import (
    GatewayTimeoutError,
    OzonetelError,
    RunError,
    TransientError,
    UnreachableError,
)
from tap_ozonetel.spool import SPOOL_BYTES
from tap_ozonetel.transport import request as request_module

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import requests
    from werkzeug.wrappers import Request

    from tap_ozonetel.transport.request import RawResponse

#: A certificate authority for these tests.
AUTHORITY = trustme.CA()
CANARY = "canary-5f1e"
BODY = json.dumps({"status": "success", "details": [{"CallerID": CANARY}] * 50}).encode()


class Server:
    """Sends the same response to all requests, and records the requests."""

    def __init__(self, answer: Response) -> None:
        self.answer = answer
        self.asked: list[Request] = []
        self.url = ""

    def respond(self, request: Request) -> Response:
        self.asked.append(request)
        return self.answer


@contextmanager
def serving(answer: Response | bytes = BODY, *, tls: bool = False) -> Iterator[Server]:
    """Serve one response on this machine."""
    server = Server(Response(200, answer, "test") if isinstance(answer, bytes) else answer)
    connections = Connections()
    wire = listen(0, server.respond, connections)
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        AUTHORITY.issue_cert("127.0.0.1").configure_cert(context)
        wire.socket = context.wrap_socket(wire.socket, server_side=True)
    server.url = f"{'https' if tls else 'http'}://127.0.0.1:{wire.port}/ca_reports/x"
    thread = threading.Thread(target=wire.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        connections.stopping.set()
        wire.shutdown()
        thread.join()
        wire.server_close()
        connections.stop()


def send(url: str, timeout: float = 5.0, **more: Any) -> RawResponse:  # noqa: ANN401
    return transport.send("GET", url, read_timeout=timeout, use_proxy=True, **more)


def content(body: IO[bytes]) -> bytes:
    with body:
        body.seek(0)
        return body.read()


def failure(
    url: str,
    timeout: float = 5.0,
    **more: Any,  # noqa: ANN401
) -> OzonetelError:
    """The error of a request, in one line without the address and the body."""
    with pytest.raises(OzonetelError) as failed:
        send(url, timeout, **more)
    message = str(failed.value)
    assert len(message.splitlines()) == 1
    for secret in (CANARY, "127.0.0.1", "ca_reports", "http://", "0x"):
        assert secret not in message
    return failed.value


def test_the_whole_response_is_downloaded() -> None:
    answer = Response(429, BODY, "test", headers={"Retry-After": "17"})
    with serving(answer) as server:
        reply = send(server.url)
    assert (reply.status, reply.headers["retry-after"]) == (429, "17")
    assert content(reply.body) == BODY


@pytest.mark.parametrize("size", [0, 1, SPOOL_BYTES, SPOOL_BYTES + 1, 3 * SPOOL_BYTES])
def test_a_body_of_any_length(size: int) -> None:
    whole = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    pieces = [whole[at : at + 70_000] for at in range(0, size, 70_000)]
    for answer in (Response(200, whole, "test"), Response(200, pieces, "test")):
        with serving(answer) as server:
            assert content(send(server.url).body) == whole


@pytest.mark.parametrize(("size", "on_disk"), [(SPOOL_BYTES, False), (SPOOL_BYTES + 1, True)])
def test_a_long_body_goes_to_the_disk(size: int, *, on_disk: bool) -> None:
    with serving(b"x" * size) as server, send(server.url).body as body:
        assert body._rolled is on_disk  # type: ignore[attr-defined]


def test_a_compressed_body_is_decompressed() -> None:
    answer = Response(200, gzip.compress(BODY), "test", headers={"Content-Encoding": "gzip"})
    with serving(answer) as server:
        assert content(send(server.url).body) == BODY
    assert "gzip" in server.asked[0].headers["Accept-Encoding"]


def test_a_request_is_sent_with_all_its_parts() -> None:
    def authenticated(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["apiKey"] = CANARY
        return request

    with serving() as server:
        send(
            server.url,
            params={"pageNo": 2},
            json={"userName": "acme"},
            headers={"User-Agent": "acme/1"},
            auth=authenticated,
        ).body.close()
    (asked,) = server.asked
    assert (asked.method, asked.path, asked.args.to_dict()) == (
        "GET",
        "/ca_reports/x",
        {"pageNo": "2"},
    )
    assert (asked.mimetype, asked.get_json()) == ("application/json", {"userName": "acme"})
    assert (asked.headers["User-Agent"], asked.headers["apiKey"]) == ("acme/1", CANARY)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with serving() as elsewhere:
        answer = Response(status, b"", "test", headers={"Location": elsewhere.url})
        with serving(answer) as server:
            reply = send(server.url, headers={"apiKey": CANARY})
    assert (reply.status, content(reply.body)) == (status, b"")
    assert (len(server.asked), elsewhere.asked) == (1, [])


def test_each_request_has_a_connection_of_its_own() -> None:
    with serving(b"x" * 200_000) as server:
        for _ in range(3):
            send(server.url).body.close()
    assert len({asked.environ["REMOTE_PORT"] for asked in server.asked}) == 3
    assert {asked.headers["Connection"] for asked in server.asked} == {"close"}


def test_a_connection_reset_is_transient() -> None:
    with serving(Response(200, b"", "test", reset=True)) as server:
        failed = failure(server.url)
    assert type(failed) is TransientError
    assert len(server.asked) == 1, "the one who waits for the limit tries again, not the session"


@pytest.mark.parametrize(
    "answer",
    [
        Response(200, BODY[:300], "test", content_length=len(BODY)),
        Response(200, b"", "test", content_length=len(BODY)),
        Response(200, [BODY], "test", unterminated=True),
        Response(200, [b"x" * 3 * SPOOL_BYTES], "test", unterminated=True),
    ],
    ids=["length", "length, nothing came", "chunked", "chunked, on disk"],
)
def test_a_body_cut_short_is_transient(answer: Response) -> None:
    with serving(answer) as server:
        failed = failure(server.url)
    assert type(failed) is TransientError
    assert "closed in the middle of the response" in str(failed)


@pytest.mark.parametrize(
    "answer",
    [Response(200, BODY, "test", delay=30), Response(200, BODY, "test", stall=30)],
    ids=["no answer", "a half"],
)
def test_a_late_response_is_a_timeout(answer: Response) -> None:
    with serving(answer) as server:
        failed = failure(server.url, timeout=0.1)
    assert type(failed) is GatewayTimeoutError
    assert "request_timeout" in str(failed)


def test_a_slow_response_that_continues_is_complete() -> None:
    with serving(Response(200, BODY, "test", delay=0.05, stall=0.05)) as server:
        assert content(send(server.url).body) == BODY


def test_a_refused_connection_is_transient() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        failed = failure(f"http://127.0.0.1:{taken.getsockname()[1]}")
    assert type(failed) is UnreachableError
    assert str(failed) == "no connection: ConnectionRefusedError"


def test_a_connection_timeout_is_not_a_response_timeout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unreachable(_: object, timeout: float, **__: object) -> NoReturn:
        assert timeout == request_module.CONNECT_TIMEOUT_SECONDS
        raise TimeoutError(CANARY)

    monkeypatch.setattr("urllib3.util.connection.create_connection", unreachable)
    failed = failure("http://127.0.0.1:1", timeout=300.0)
    assert type(failed) is UnreachableError
    assert str(failed) == "no connection: timeout"


def test_a_response_that_is_not_http_is_transient() -> None:
    def garbage(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(f"{CANARY}\r\n\r\n".encode())

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=garbage, args=(listening,))
        thread.start()
        failed = failure(f"http://127.0.0.1:{listening.getsockname()[1]}")
        thread.join()
    assert type(failed) is TransientError


def test_an_untrusted_certificate_ends_the_run() -> None:
    with serving(tls=True) as server:
        failed = failure(server.url)
    assert type(failed) is RunError
    assert "certificate is not trusted" in str(failed)
    assert "REQUESTS_CA_BUNDLE" in str(failed)
    assert server.asked == []


def test_the_certificates_of_requests_ca_bundle_are_trusted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bundle = tmp_path / "company.pem"
    AUTHORITY.cert_pem.write_to_path(bundle)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    with serving(tls=True) as server:
        assert content(send(server.url).body) == BODY


def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.setenv("no_proxy", "")
        assert content(send("http://api.invalid/ca_reports/x").body) == BODY
    assert proxy.asked[0].headers["Host"] == "api.invalid"


def test_a_full_disk_ends_the_run_and_leaves_nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = []

    class Full:
        def __init__(self, max_size: int) -> None:
            assert max_size == SPOOL_BYTES

        def write(self, _: bytes) -> NoReturn:
            raise OSError(28, "No space left on device")

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            closed.append(self)

    monkeypatch.setattr(request_module, "SpooledTemporaryFile", Full)
    with serving() as server:
        failed = failure(server.url)
    assert type(failed) is RunError
    assert "No space left on device" in str(failed)
    assert len(closed) == 1
