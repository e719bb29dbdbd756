"""Proxies, certificates and a `.netrc` in the environment of the tap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox import Options, Sandbox
from tests.helpers.raw_server import raw_server, response
from tests.helpers.sync import Sync, run

if TYPE_CHECKING:
    from pathlib import Path

CANARY = "canary-90d2"


@pytest.fixture(autouse=True)
def _no_network_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)


def single_error(done: Sync) -> str:
    assert done.code == 1
    assert "retrying" not in done.log
    assert "Traceback" not in done.log
    assert CANARY not in done.log
    (line,) = [
        line for line in done.log.splitlines() if "| ERROR" in line and "unhandled" not in line
    ]
    return line


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("https_proxy", f"http://user:{CANARY}@:3128", "malformed"),
        ("REQUESTS_CA_BUNDLE", f"/missing/{CANARY}.pem", "No such file or directory"),
    ],
)
def test_an_invalid_network_variable_is_named_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str
) -> None:
    monkeypatch.setenv(variable, value)
    with Sandbox() as box:
        error = single_error(run(box, tmp_path, api_url="https://api.example"))
    assert variable in error
    assert words in error


def test_a_proxy_that_requires_a_password_is_tried_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        raw_server(response(status="407 Proxy Authentication Required")) as proxy,
        Sandbox() as box,
    ):
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:{CANARY}@{proxy.address}")
        error = single_error(run(box, tmp_path, api_url="https://api.example"))
    assert "HTTP 407: the proxy in the variable HTTPS_PROXY" in error
    assert len(proxy.requests) == 1


def test_netrc_is_ignored_and_loopback_uses_no_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text(f"default login {CANARY} password {CANARY}\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    with raw_server(response()) as proxy, Sandbox(Options(records=2, limit=99)) as box:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        done = run(box, tmp_path, start_date=box.today().isoformat())
    assert done.code == 0
    assert [request.has_authorization for request in box.token_requests] == [False]
    assert proxy.requests == []
    assert CANARY not in done.log
