"""Sends one HTTP request and downloads the whole response."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any

import requests
from urllib3.exceptions import ReadTimeoutError

from tap_ozonetel.api.spool import spool_errors
from tap_ozonetel.errors import GatewayTimeoutError, OzonetelError, TransientError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CONNECT_TIMEOUT_SECONDS = 15.0

#: Bodies up to this size stay in memory. Longer ones are spooled to the temporary folder.
SPOOL_BYTES = 1024 * 1024

CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class RawResponse:
    """A downloaded response. The caller closes `body`."""

    status: int
    headers: Mapping[str, str]
    body: IO[bytes]
    #: Seconds until the response started.
    elapsed: float


def send(
    session: requests.Session,
    method: str,
    url: str,
    *,
    read_timeout: float,
    **request: Any,  # noqa: ANN401 - the parameters of requests
) -> RawResponse:
    """Send a request and download the response.

    The connection is released before this function returns, so a slow target does not keep it open.
    Redirects are not followed: requests drops the `Authorization` header on another host, but sends
    `apiKey` along (measured). The environment's proxies and `REQUESTS_CA_BUNDLE` are used.

    Args:
        session: The session that sends the request.
        method: GET or POST.
        url: The URL without a query.
        read_timeout: Seconds to wait for the response to start, and for its next bytes.
        request: Params, headers, body and authenticator, as in requests.

    Returns:
        The response with its whole body.

    Raises:
        GatewayTimeoutError: The response did not arrive in time.
        TransientError: The connection failed, or the body was cut short.
        OzonetelError: The server's certificate is not trusted, or the disk is full.
    """
    try:
        with session.request(
            method,
            url,
            timeout=(CONNECT_TIMEOUT_SECONDS, read_timeout),
            allow_redirects=False,
            stream=True,
            **request,
        ) as response:
            return RawResponse(
                response.status_code,
                response.headers,
                _spool(response),
                response.elapsed.total_seconds(),
            )
    except requests.RequestException as error:
        raise _convert_error(error) from error


def _spool(response: requests.Response) -> IO[bytes]:
    body = SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115 - the caller closes it
    try:
        for chunk in response.iter_content(CHUNK_BYTES):
            with spool_errors():
                body.write(chunk)
        with spool_errors():
            body.flush()
    except BaseException:
        body.close()
        raise
    return body


def _convert_error(error: requests.RequestException) -> OzonetelError:
    """Convert an error of requests, without its URL or body."""
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return OzonetelError(
            "The server's certificate is not trusted. If a company proxy intercepts TLS, set "
            "REQUESTS_CA_BUNDLE to its certificates"
        )
    if any(isinstance(cause, requests.ReadTimeout | ReadTimeoutError) for cause in causes):
        return GatewayTimeoutError("timeout: no response within request_timeout")
    if isinstance(error, requests.ConnectTimeout):
        return TransientError("timeout: no connection")
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return TransientError("connection closed in the middle of the response")
    return TransientError(f"connection failed ({type(causes[-1]).__name__})")


def _causes(error: object) -> Iterator[object]:
    """The error and its causes. requests and urllib3 wrap one in the arguments of the next."""
    while isinstance(error, BaseException):
        yield error
        inner = [arg for arg in error.args if isinstance(arg, BaseException)]
        error = inner[0] if inner else getattr(error, "reason", None) or error.__cause__
