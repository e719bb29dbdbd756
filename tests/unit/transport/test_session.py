"""The connection of a request: its credentials, its proxy, its end."""

from __future__ import annotations

import json
import ssl
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from tap_ozonetel import transport
from tap_ozonetel.errors import GatewayTimeoutError, ResponseTooLargeError
from tap_ozonetel.transport import request
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
    raw = transport.send("GET", url, read_timeout=timeout, use_proxy=False, **more)
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


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_a_request_without_a_proxy(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    with raw_server(response(BODY)) as server, raw_server(response(b"proxy")) as proxy:
        monkeypatch.setenv(variable, proxy.url)
        assert fetch(server.url, headers={"apiKey": CANARY}) == (200, BODY)
    assert proxy.requests == []


def test_the_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    route = find_route("https://api.example", use_proxy=True)
    assert (route.proxy, route.proxy_source) == (
        "http://proxy.example:3128",
        "the variable HTTPS_PROXY",
    )
    monkeypatch.setenv("NO_PROXY", "api.example")
    assert find_route("https://api.example", use_proxy=True).proxy is None


def test_a_password_of_a_proxy_is_in_no_representation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:{CANARY}@proxy.example:3128")
    assert CANARY not in repr(find_route("https://api.example", use_proxy=True))


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


@pytest.mark.parametrize(("size", "fits"), [(1000, True), (1001, False)])
def test_a_response_has_a_maximum_size(
    monkeypatch: pytest.MonkeyPatch, size: int, *, fits: bool
) -> None:
    monkeypatch.setattr(request, "MAX_RESPONSE_BYTES", 1000)
    with raw_server(response(b" " * size)) as server:
        if fits:
            assert fetch(server.url) == (200, b" " * size)
        else:
            with pytest.raises(ResponseTooLargeError, match="has more than 1,000 bytes"):
                fetch(server.url)
