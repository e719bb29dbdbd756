"""Requests of the transport, and what comes back."""

from __future__ import annotations

from typing import Any

import pytest

from tap_ozonetel import transport
from tap_ozonetel.errors import OzonetelError

#: A secret that must not be in an error.
CANARY = "canary-5f1e"


def download(
    url: str,
    *,
    method: str = "GET",
    read_timeout: float = 5.0,
    use_proxy: bool = False,
    **request: Any,  # noqa: ANN401 - the parameters of requests
) -> tuple[transport.RawResponse, bytes]:
    """Send a request, and return the response and its body."""
    raw = transport.send(method, url, read_timeout=read_timeout, use_proxy=use_proxy, **request)
    with raw.body as body:
        body.seek(0)
        return raw, body.read()


def failure(url: str, **request: Any) -> OzonetelError:  # noqa: ANN401 - those of `download`
    """The error of a request, in one line without an address or a secret."""
    with pytest.raises(OzonetelError) as failed:
        download(url, **{"headers": {"apiKey": CANARY}, **request})
    message = str(failed.value)
    assert len(message.splitlines()) == 1
    for secret in (CANARY, "127.0.0.1", "api.example", "ca_reports", "0x"):
        assert secret not in message
    return failed.value
