"""Connections that clients break."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import requests

from sandbox import Sandbox
from tests.helpers.sandbox_client import serving

if TYPE_CHECKING:
    import pytest

_PATH = "/ca_reports/fetchCDRDetails"


def test_a_client_that_disconnects_mid_request(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with Sandbox() as box:
        host, port = box.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as connection:
            head = f"GET {_PATH} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 50\r\n\r\n"
            connection.sendall(f"{head}{{".encode())
        # These responses come after the first request was processed.
        for _ in range(20):
            requests.get(f"{box.url}{_PATH}", timeout=5)
    assert capfd.readouterr().err == ""


def test_the_date_is_the_time_of_the_account() -> None:
    with serving() as client:
        assert client.get().headers["Date"] == "Fri, 20 Mar 2026 07:30:00 GMT"
        client.clock.advance(90)
        assert client.get().headers["Date"] == "Fri, 20 Mar 2026 07:31:30 GMT"
