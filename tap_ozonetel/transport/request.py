"""Sends one HTTP request and downloads the whole response."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any

from urllib3.exceptions import HTTPError

from tap_ozonetel.errors import ResponseTooLargeError
from tap_ozonetel.spool import SPOOL_BYTES, spool_errors
from tap_ozonetel.transport.network_errors import convert_error, convert_proxy_status
from tap_ozonetel.transport.session import find_route, open_session
from tap_ozonetel.transport.time_limits import MAX_DOWNLOAD_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import requests

CONNECT_TIMEOUT_SECONDS = 15.0

#: Cap on the size of a response without its compression: three days of a million calls.
MAX_RESPONSE_BYTES = 4 * 1024**3

_CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class RawResponse:
    """A downloaded response. The caller closes `body`."""

    status: int
    headers: Mapping[str, str]
    body: IO[bytes]
    #: The number of bytes of the body, without its compression.
    size: int
    #: Seconds until the response started.
    elapsed: float


def send(
    method: str,
    url: str,
    *,
    read_timeout: float,
    use_proxy: bool,
    **request: Any,  # noqa: ANN401 - the parameters of requests
) -> RawResponse:
    """Send a request and download the response.

    Each request has a connection of its own, which is closed before this function returns, so a
    slow target does not keep it open. Redirects are not followed: requests drops the
    `Authorization` header on another host, but sends `apiKey` along (measured). The certificates of
    `REQUESTS_CA_BUNDLE` are trusted.

    Args:
        method: GET or POST.
        url: The URL without a query.
        read_timeout: Seconds to wait for the response to start, and for its next bytes.
        use_proxy: Whether to use the proxy of the environment.
        request: Params, headers, body and authenticator, as in requests.

    Returns:
        The response with its whole body.

    Raises:
        GatewayTimeoutError: The response did not start in time, or arrives too slowly.
        ResponseTooLargeError: The response is too large.
        UnreachableError: There was no connection, so the request was not sent.
        TransientError: The connection failed, or the body is truncated.
        RunError: A proxy, a certificate or an address needs a change, or the disk is full.
    """
    route, status = find_route(url, use_proxy=use_proxy), None
    timeout = (CONNECT_TIMEOUT_SECONDS, read_timeout)
    with open_session(route) as session:
        try:
            with session.request(
                method, url, timeout=timeout, allow_redirects=False, stream=True, **request
            ) as response:
                status = response.status_code
                if route.proxy and status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
                    raise convert_proxy_status(status, route)
                body = _spool(response)
        except (OSError, HTTPError, ValueError) as error:
            raise convert_error(error, route, status) from error
    elapsed = response.elapsed.total_seconds()
    return RawResponse(status, response.headers, body, body.tell(), elapsed)


def max_seconds(read_timeout: float) -> float:
    """The longest that a request with a read timeout may take, in seconds."""
    # The second read timeout is the wait for the bytes that arrive after the time limit.
    return CONNECT_TIMEOUT_SECONDS + read_timeout + MAX_DOWNLOAD_SECONDS + read_timeout


def _spool(response: requests.Response) -> IO[bytes]:
    with ExitStack() as on_error:
        body = on_error.enter_context(SpooledTemporaryFile(max_size=SPOOL_BYTES))
        for chunk in response.iter_content(_CHUNK_BYTES):
            with spool_errors():
                body.write(chunk)
            if body.tell() > MAX_RESPONSE_BYTES:
                raise ResponseTooLargeError(
                    f"the response has more than {MAX_RESPONSE_BYTES:,} bytes"
                )
        with spool_errors():
            body.flush()
        on_error.pop_all()
    return body
