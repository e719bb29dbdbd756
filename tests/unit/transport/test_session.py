"""The connection of a request: its credentials, its proxy, its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tap_ozonetel.transport.session import find_route
from tests.helpers.downloads import CANARY, download
from tests.helpers.raw_server import raw_server, response

if TYPE_CHECKING:
    import socket
    import threading
    from pathlib import Path

BODY = b'{"status": "success", "details": []}'


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
        assert download(server.url)[1] == BODY
    assert b"authorization" not in server.requests[0].lower()


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize("use_proxy", [True, False])
def test_the_proxy_of_the_environment_is_used_where_asked(
    monkeypatch: pytest.MonkeyPatch, variable: str, *, use_proxy: bool
) -> None:
    with raw_server(response(b"server")) as server, raw_server(response(b"proxy")) as proxy:
        monkeypatch.setenv(variable, proxy.url)
        # Without it, the variables of a machine may exclude loopback addresses.
        monkeypatch.setenv("NO_PROXY", "")
        expected = b"proxy" if use_proxy else b"server"
        assert download(server.url, use_proxy=use_proxy)[1] == expected
    assert len(proxy.requests) == use_proxy
    for request in proxy.requests:
        assert request.startswith(f"GET {server.url}/ HTTP/1.1\r\nHost: {server.address}".encode())


def test_a_host_may_be_excluded_from_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    assert find_route("https://api.example", use_proxy=True).proxy == "http://proxy.example:3128"
    monkeypatch.setenv("NO_PROXY", "api.example")
    assert find_route("https://api.example", use_proxy=True).proxy is None


def test_a_password_of_a_proxy_is_in_no_representation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:{CANARY}@proxy.example:3128")
    assert CANARY not in repr(find_route("https://api.example", use_proxy=True))


def test_a_forgotten_connection_is_not_used_again() -> None:
    """The server keeps each connection open and never reads a second request from it."""
    kept: list[socket.socket] = []

    def reply(connection: socket.socket, _: threading.Event) -> None:
        kept.append(connection.dup())
        connection.sendall(response(BODY, headers="Connection: keep-alive\r\n"))

    with raw_server(reply) as server:
        assert [download(server.url)[1] for _ in range(3)] == [BODY] * 3
        for connection in kept:
            connection.close()
    assert (server.connections, len(server.requests)) == (3, 3)
    assert all(b"\r\nConnection: close\r\n" in request for request in server.requests)
