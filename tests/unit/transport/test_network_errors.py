"""Errors of the network: what a user must change ends the run, anything else may pass."""

from __future__ import annotations

import socket
from typing import NoReturn

import pytest

from tap_ozonetel.errors import RunError, TransientError, UnreachableError
from tests.helpers.downloads import CANARY, failure
from tests.helpers.raw_server import raw_server, response

API = "https://api.example/ca_reports/x"


@pytest.mark.parametrize(
    ("proxy", "words"),
    [
        ("socks5://proxy.example:1080", ["SOCKS", "PySocks"]),
        ("socks5h://proxy.example:1080", ["SOCKS", "PySocks"]),
        ("http://", ["malformed", "http://host:port"]),
        ("http://:3128", ["malformed"]),
        ("http://proxy.example:port", ["malformed"]),
        ("http://proxy.example:99999", ["malformed"]),
        ("http://[proxy:3128", ["malformed"]),
        (f"http://user:{CANARY}/x@proxy.example:3128", ["malformed", "percent-encoded"]),
        ("ftp://proxy.example:21", ["malformed"]),
        ("http://proxy\u2024example:3128", ["malformed"]),
    ],
)
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, proxy: str, words: list[str]
) -> None:
    monkeypatch.setenv(variable, proxy)
    error = failure(API, use_proxy=True)
    assert isinstance(error, RunError)
    for word in [*words, f"the variable {variable}"]:
        assert word in str(error)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("407 Proxy Authentication Required", ["HTTP 407", "user name and password"]),
        ("403 Forbidden", ["HTTP 403", "does not let requests through", "NO_PROXY"]),
        ("400 Bad Request", ["HTTP 400", "does not let requests through"]),
        ("302 Found", ["HTTP 302", "does not let requests through"]),
    ],
)
def test_a_proxy_that_rejects_the_request_ends_the_run(
    monkeypatch: pytest.MonkeyPatch, status: str, words: list[str]
) -> None:
    with raw_server(response(status=status)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:{CANARY}@{proxy.address}")
        error = failure(API, use_proxy=True)
    assert isinstance(error, RunError)
    assert len(proxy.requests) == 1
    for word in [*words, "the variable HTTPS_PROXY"]:
        assert word in str(error)


@pytest.mark.parametrize("status", ["502 Bad Gateway", "503 Unavailable", "429 Too Many Requests"])
def test_a_proxy_that_fails_may_recover(monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    with raw_server(response(status=status)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        error = failure(API, use_proxy=True)
    assert isinstance(error, UnreachableError)
    assert str(error) == f"HTTP {status[:3]} from the proxy in the variable HTTPS_PROXY"


def test_a_proxy_that_is_not_there_may_recover_and_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    error = failure(API, use_proxy=True)
    assert isinstance(error, UnreachableError)
    assert "through the proxy in the variable HTTPS_PROXY" in str(error)


def test_a_407_of_a_proxy_for_plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    with raw_server(response(status="407 Proxy Authentication Required")) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        error = failure("http://api.example/x", use_proxy=True)
    assert "HTTP 407: the proxy in the variable HTTP_PROXY" in str(error)


def test_a_host_name_that_is_unknown_may_be_known_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> NoReturn:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = failure(API, use_proxy=True)
    assert isinstance(error, UnreachableError)
    assert "the host name cannot be resolved" in str(error)


@pytest.mark.parametrize("host", ["a..b", f"{'a' * 64}.example", "exa_mple\u2024.example"])
def test_an_address_that_is_none(host: str) -> None:
    error = failure(f"https://{host}/x")
    assert isinstance(error, RunError)
    assert "api_url" in str(error)


def test_a_body_that_claims_to_be_compressed_ends_the_run() -> None:
    with raw_server(response(b"{}", headers="Content-Encoding: gzip\r\n")) as server:
        error = failure(server.url)
    assert isinstance(error, RunError)
    assert "is not compressed, although its Content-Encoding" in str(error)
    assert "api_url" in str(error)


def test_an_error_page_that_claims_to_be_compressed_may_pass() -> None:
    page = response(b"<html>", "502 Bad Gateway", "Content-Encoding: gzip\r\n")
    with raw_server(page) as server:
        error = failure(server.url)
    assert isinstance(error, TransientError)
    assert "HTTP 502" in str(error)
