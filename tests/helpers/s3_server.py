"""A local S3, served by moto."""

from __future__ import annotations

import os
import xml.etree.ElementTree as ET
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import requests

from benchmarks.local_server import free_port
from tests.helpers.environments import install
from tests.helpers.processes import running, wait_for_http

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REQUIREMENT = "moto[server,s3]==5.2.5"
#: Without a signature, moto does not serve private objects. It does not check it.
_SCOPE = "a-key-of-nobody/20260101/us-east-1/s3/aws4_request"
_SIGNED = {"Authorization": f"AWS4-HMAC-SHA256 Credential={_SCOPE}"}


@dataclass(frozen=True)
class S3Server:
    """A server whose buckets are in its memory."""

    endpoint: str

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables of a client."""
        return {
            "AWS_ACCESS_KEY_ID": "a-key-of-nobody",
            "AWS_SECRET_ACCESS_KEY": "a-secret-of-nobody",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.endpoint,
        }

    def bucket(self, name: str) -> str:
        """Create a bucket and return its name."""
        _request("PUT", f"{self.endpoint}/{name}")
        return name

    def objects(self, bucket: str) -> list[str]:
        """Return the keys of the objects in a bucket."""
        listing = _request("GET", f"{self.endpoint}/{bucket}?list-type=2").text
        # The server is the test's own.
        return [key.text or "" for key in ET.fromstring(listing).iterfind(".//{*}Key")]  # noqa: S314

    def read(self, bucket: str, key: str) -> bytes:
        """Return the content of an object."""
        return _request("GET", f"{self.endpoint}/{bucket}/{key}").content


def _request(method: str, url: str) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False  # No proxy.
        response = session.request(method, url, headers=_SIGNED, timeout=30)
    response.raise_for_status()
    return response


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    """Run a server.

    Args:
        folder: Where its environment and its log are made.

    Yields:
        The running server.
    """
    programs = install(folder / "moto", REQUIREMENT)
    port = free_port()
    server = S3Server(f"http://127.0.0.1:{port}")
    command = [str(programs / "moto_server"), "--host=127.0.0.1", f"--port={port}"]
    log = folder / "moto.log"
    with running(command, {**os.environ}, log) as process:
        wait_for_http(f"{server.endpoint}/moto-api/", process, log)
        yield server
