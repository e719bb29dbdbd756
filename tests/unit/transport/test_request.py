"""One request: the whole response, and the errors of failures."""

from __future__ import annotations

import gzip
import json
import socket
import struct
from typing import TYPE_CHECKING, Any, NoReturn, Self

import pytest

from tap_ozonetel import transport
from tap_ozonetel.errors import (
    GatewayTimeoutError,
    ResponseTooLargeError,
    RunError,
    TransientError,
    UnreachableError,
)
from tap_ozonetel.spool import SPOOL_BYTES
from tap_ozonetel.transport import request as request_module
from tests.helpers.downloads import CANARY, download, failure
from tests.helpers.raw_server import raw_server, response

if TYPE_CHECKING:
    import threading

    import requests

BODY = json.dumps({"status": "success", "details": [{"CallerID": CANARY}] * 50}).encode()
GZIP = "Content-Encoding: gzip\r\n"


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    """Return the bytes of a response without a length."""
    parts = (b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks if chunk)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(parts) + end


def fetch(*replies: Any, **more: Any) -> bytes:  # noqa: ANN401
    """The body of the last response of a server."""
    with raw_server(*replies) as server:
        return download(server.url, **more)[1]


def test_the_whole_response_is_downloaded() -> None:
    reply = response(BODY, "429 Too Many Requests", "Retry-After: 17\r\n")
    with raw_server(reply) as server:
        raw, content = download(server.url)
    assert (raw.status, raw.headers["retry-after"], content) == (429, "17", BODY)


@pytest.mark.parametrize("size", [0, 1, SPOOL_BYTES, SPOOL_BYTES + 1, 3 * SPOOL_BYTES])
def test_a_body_of_any_length(size: int) -> None:
    whole = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    pieces = [whole[at : at + 70_000] for at in range(0, size, 70_000)]
    without_length = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + whole
    for reply in (response(whole), chunked(*pieces), without_length):
        assert fetch(reply) == whole


@pytest.mark.parametrize(("size", "on_disk"), [(SPOOL_BYTES, False), (SPOOL_BYTES + 1, True)])
def test_a_long_body_goes_to_the_disk(size: int, *, on_disk: bool) -> None:
    with raw_server(response(b"x" * size)) as server:
        raw = transport.send("GET", server.url, read_timeout=5.0, use_proxy=False)
    with raw.body as body:
        assert body._rolled is on_disk  # type: ignore[attr-defined]


@pytest.mark.parametrize(("size", "fits"), [(1000, True), (1001, False)])
@pytest.mark.parametrize("compressed", [True, False])
def test_a_response_has_a_maximum_size(
    monkeypatch: pytest.MonkeyPatch, size: int, *, fits: bool, compressed: bool
) -> None:
    monkeypatch.setattr(request_module, "MAX_RESPONSE_BYTES", 1000)
    body = b" " * size
    reply = response(gzip.compress(body), headers=GZIP) if compressed else response(body)
    if fits:
        assert fetch(reply) == body
    else:
        with pytest.raises(ResponseTooLargeError, match="has more than 1,000 bytes"):
            fetch(reply)


def test_a_compressed_body_is_decompressed() -> None:
    with raw_server(response(gzip.compress(BODY), headers=GZIP)) as server:
        assert download(server.url)[1] == BODY
    assert b"\r\nAccept-Encoding: gzip" in server.requests[0]


def test_a_request_is_sent_with_all_its_parts() -> None:
    def authenticated(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["apiKey"] = CANARY
        return request

    with raw_server(response()) as server:
        download(
            f"{server.url}/ca_reports/x",
            params={"pageNo": 2, "pageSize": None},
            json={"userName": "acme"},
            headers={"User-Agent": "acme/1"},
            auth=authenticated,
        )
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    first, *headers = head.decode().split("\r\n")
    assert (first, json.loads(body)) == (
        "GET /ca_reports/x?pageNo=2 HTTP/1.1",
        {"userName": "acme"},
    )
    assert {"Content-Type: application/json", "User-Agent: acme/1", f"apiKey: {CANARY}"} <= set(
        headers
    )


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with raw_server(response()) as elsewhere:
        reply = response(status=f"{status} Moved", headers=f"Location: {elsewhere.url}\r\n")
        with raw_server(reply) as server:
            raw, content = download(server.url, headers={"apiKey": CANARY})
    assert (raw.status, content) == (status, b"")
    assert (len(server.requests), elsewhere.requests) == (1, [])


def reset(connection: socket.socket, _: threading.Event) -> None:
    # A linger time of zero sends RST instead of FIN.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def test_a_connection_reset_is_transient() -> None:
    with raw_server(reset) as server:
        assert type(failure(server.url)) is TransientError
    assert len(server.requests) == 1, "the caller tries again, not the session"


TRUNCATED = {
    "length": response(BODY)[:-200],
    "length, nothing came": response(BODY)[: -len(BODY)],
    "chunked": chunked(BODY, end=b""),
    "chunked, in a chunk": chunked(BODY, end=b"")[:-300],
    "chunked, on disk": chunked(b"x" * 3 * SPOOL_BYTES, end=b""),
    "gzip": response(gzip.compress(BODY), headers=GZIP)[:-20],
}


@pytest.mark.parametrize("reply", TRUNCATED.values(), ids=TRUNCATED)
def test_a_truncated_body_is_transient(reply: bytes) -> None:
    with raw_server(reply) as server:
        failed = failure(server.url)
    assert type(failed) is TransientError
    assert "closed in the middle of the response" in str(failed)


def stall(before: bytes, after: bytes = b"", seconds: float = 10.0) -> Any:  # noqa: ANN401
    """Send a response with a pause."""

    def reply(connection: socket.socket, stopped: threading.Event) -> None:
        connection.sendall(before)
        stopped.wait(seconds)
        connection.sendall(after)

    return reply


LATE = {
    "no answer": stall(b""),
    "a half": stall(response(BODY)[:-200]),
    "interim responses only": stall(b"HTTP/1.1 103 Early Hints\r\n\r\n"),
}


@pytest.mark.parametrize("reply", LATE.values(), ids=LATE)
def test_a_late_response_is_a_timeout(reply: Any) -> None:  # noqa: ANN401
    with raw_server(reply) as server:
        failed = failure(server.url, read_timeout=0.1)
    assert type(failed) is GatewayTimeoutError
    assert str(failed) == "timeout: no response within request_timeout"


def test_a_response_with_a_pause_is_complete() -> None:
    whole = response(BODY)
    assert fetch(stall(whole[:-200], whole[-200:], 0.05)) == BODY


INTERIM = {
    "processing": b"HTTP/1.1 102 Processing\r\n\r\n",
    "early hints": b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n",
    "continue": b"HTTP/1.1 100 Continue\r\n\r\n",
    "several": b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" * 3,
}


@pytest.mark.parametrize("interim", INTERIM.values(), ids=INTERIM)
def test_an_interim_response_is_not_the_final_one(interim: bytes) -> None:
    with raw_server(response(BODY, "203 OK", interim=interim)) as server:
        raw, content = download(server.url)
    assert (raw.status, content) == (203, BODY)


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
    failed = failure("http://127.0.0.1:1", read_timeout=300.0)
    assert type(failed) is UnreachableError
    assert str(failed) == "no connection: timeout"


def test_a_response_that_is_not_http_is_transient() -> None:
    with raw_server(f"{CANARY}\r\n\r\n".encode()) as server:
        assert type(failure(server.url)) is TransientError


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
    with raw_server(response(BODY)) as server:
        failed = failure(server.url)
    assert type(failed) is RunError
    assert "No space left on device" in str(failed)
    assert len(closed) == 1
