"""What a client does to a connection is no error of the sandbox."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import requests

from sandbox import Sandbox

if TYPE_CHECKING:
    import pytest

_PATH = "/ca_reports/fetchCDRDetails"


def test_a_client_that_dies_in_the_middle_of_its_request_is_forgotten(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with Sandbox() as box:
        host, port = box.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as connection:
            head = f"GET {_PATH} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 50\r\n\r\n"
            connection.sendall(f"{head}{{".encode())
        # By the time that these are answered, the first has been dealt with.
        for _ in range(20):
            requests.get(f"{box.url}{_PATH}", timeout=5)
    assert capfd.readouterr().err == ""
