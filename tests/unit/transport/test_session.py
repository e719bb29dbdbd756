"""The connection of a request: its credentials, its proxy, its end."""

from __future__ import annotations

import contextlib
import json
import ssl
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from tap_ozonetel.errors import GatewayTimeoutError, UnreachableError
from tap_ozonetel.transport import request as transport
from tap_ozonetel.transport.session import find_route
from tests.helpers.raw_server import raw_server, response

if TYPE_CHECKING:
    import socket
    import threading
    from pathlib import Path

CANARY = "canary-77ab"
BODY = json.dumps({"status": "success", "details": []}).encode()
PROXY_VARIABLES = [
    variable
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
    for variable in (name, name.lower())
]


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*PROXY_VARIABLES, "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC"):
        monkeypatch.delenv(name, raising=False)


def fetch(url: str, timeout: float = 5.0, **more: Any) -> tuple[int, bytes]:  # noqa: ANN401
    raw = transport.send("GET", url, read_timeout=timeout, **more)
    with raw.body as body:
        body.seek(0)
        return raw.status, body.read()


@pytest.mark.parametrize(
    "content",
    [
        f"machine 127.0.0.1 login {CANARY} password {CANARY}\n".encode(),
        f"default login {CANARY} password {CANARY}\n".encode(),
        b"machine 127.0.0.1 login \xff\xfe\n",
        b'machine 127.0.0.1 "\n nonsense',
    ],
    ids=["for the host", "for all hosts", "not utf-8", "broken"],
)
def test_nothing_of_a_netrc_is_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / ".netrc"
    file.write_bytes(content)
    monkeypatch.setenv("NETRC", str(file))
    monkeypatch.setenv("HOME", str(tmp_path))
    with raw_server(response(BODY)) as server:
        assert fetch(server.url) == (200, BODY)
    assert b"authorization" not in server.requests[0].lower()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_a_server_on_this_machine_has_no_proxy(
    monkeypatch: pytest.MonkeyPatch, variable: str, host: str
) -> None:
    with raw_server(response(BODY)) as server, raw_server(response(b"proxy")) as proxy:
        monkeypatch.setenv(variable, proxy.url)
        port = server.address.partition(":")[2]
        assert fetch(f"http://{host}:{port}", headers={"apiKey": CANARY}) == (200, BODY)
    assert proxy.requests == []


@pytest.mark.parametrize("url", ["https://[::1]:8443", "https://127.9.9.9", "https://LOCALHOST"])
def test_no_spelling_of_this_machine_has_a_proxy(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    assert find_route(url).proxy is None


def test_other_hosts_have_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    route = find_route("https://api.example")
    assert (route.proxy, route.proxy_source) == (
        "http://proxy.example:3128",
        "the variable HTTPS_PROXY",
    )
    monkeypatch.setenv("NO_PROXY", "api.example")
    assert find_route("https://api.example").proxy is None


def test_a_password_of_a_proxy_is_in_no_representation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:{CANARY}@proxy.example:3128")
    assert CANARY not in repr(find_route("https://api.example"))


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_certificates_of_the_environment_are_trusted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv(variable, str(tmp_path / "ca.pem"))
    with raw_server(response(BODY), tls=context) as server:
        assert fetch(f"https://{server.address}") == (200, BODY)


def test_a_forgotten_connection_is_not_used_again() -> None:
    """The server keeps each connection open and never reads a second request from it."""
    kept: list[socket.socket] = []

    def reply(connection: socket.socket, _: threading.Event) -> None:
        kept.append(connection.dup())
        connection.sendall(response(BODY, headers="Connection: keep-alive\r\n"))

    with raw_server(reply) as server:
        assert [fetch(server.url, timeout=1.0) for _ in range(3)] == [(200, BODY)] * 3
        for connection in kept:
            connection.close()
    assert all(b"\r\nConnection: close\r\n" in request for request in server.requests)


INTERIM = {
    "processing": b"HTTP/1.1 102 Processing\r\n\r\n",
    "early hints": b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n",
    "continue": b"HTTP/1.1 100 Continue\r\n\r\n",
    "several": b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" * 3,
}


@pytest.mark.parametrize("interim", INTERIM.values(), ids=INTERIM)
def test_an_interim_response_is_not_the_final_one(interim: bytes) -> None:
    with raw_server(response(BODY, "203 OK", interim=interim)) as server:
        assert fetch(server.url) == (203, BODY)


def test_interim_responses_without_a_final_one_are_a_timeout() -> None:
    def silent(connection: socket.socket, stopped: threading.Event) -> None:
        connection.sendall(INTERIM["early hints"])
        stopped.wait(10)

    with raw_server(silent) as server, pytest.raises(GatewayTimeoutError, match="no response"):
        fetch(server.url, timeout=0.2)


def drip(head: bytes, drop: bytes) -> Any:  # noqa: ANN401 - a reply of the server
    """Send a drop at a time, always in time for the next byte, and never an end."""

    def reply(connection: socket.socket, stopped: threading.Event) -> None:
        with contextlib.suppress(OSError):
            connection.sendall(head)
            while not stopped.wait(0.02):
                connection.sendall(drop)

    return reply


DRIPPING = {
    "status line": drip(b"HTTP/1.1 200 ", b"O"),
    "headers": drip(b"HTTP/1.1 200 OK\r\n", b"x"),
    "interim responses": drip(b"", INTERIM["early hints"]),
    "a body with a length": drip(b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n", b" "),
    "a body without a length": drip(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}", b" "),
    "chunks": drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
}


@pytest.mark.parametrize("reply", DRIPPING.values(), ids=DRIPPING)
def test_a_response_that_drips_on_ends_at_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
    reply: Any,  # noqa: ANN401 - a reply of the server
) -> None:
    monkeypatch.setattr(transport, "MAX_DOWNLOAD_SECONDS", -4.7)
    with (
        raw_server(reply) as server,
        pytest.raises(GatewayTimeoutError, match="not complete after"),
    ):
        fetch(server.url, timeout=5.0)


def test_a_response_over_tls_that_drips_on_ends_at_the_deadline(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    monkeypatch.setattr(transport, "MAX_DOWNLOAD_SECONDS", -4.0)
    reply = DRIPPING["a body without a length"]
    with (
        raw_server(reply, tls=context) as server,
        pytest.raises(GatewayTimeoutError, match="not complete after 1 s"),
    ):
        fetch(f"https://{server.address}", timeout=5.0)


def test_the_deadline_leaves_a_million_records_their_time() -> None:
    """A day of a million calls has 1.3 GB (docs/ozonetel-api.md, benchmarks/README.md)."""
    million_records = 1.3e9
    assert million_records / transport.MAX_DOWNLOAD_SECONDS < 400_000, "bytes per second"
    assert 2 * million_records < transport.MAX_RESPONSE_BYTES


@pytest.mark.parametrize(("size", "fits"), [(1000, True), (1001, False)])
def test_a_response_has_a_maximum_size(
    monkeypatch: pytest.MonkeyPatch, size: int, *, fits: bool
) -> None:
    monkeypatch.setattr(transport, "MAX_RESPONSE_BYTES", 1000)
    with raw_server(response(b" " * size)) as server:
        if fits:
            assert fetch(server.url) == (200, b" " * size)
        else:
            with pytest.raises(GatewayTimeoutError, match="has more than 1,000 bytes"):
                fetch(server.url)


def test_a_tls_handshake_without_end_is_not_a_day_timeout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def silent(_: socket.socket, stopped: threading.Event) -> None:
        stopped.wait(10)

    monkeypatch.setattr(transport, "CONNECT_TIMEOUT_SECONDS", 0.2)
    with raw_server(silent) as server, pytest.raises(UnreachableError, match="timeout"):
        fetch(f"https://{server.address}")
