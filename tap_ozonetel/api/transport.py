"""Sends one request and brings its answer home whole, whatever the network does."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any

import requests
from urllib3.exceptions import ReadTimeoutError

from tap_ozonetel.errors import GatewayTimeoutError, OzonetelError, TryAgainError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Making a connection takes no longer than this where there is anything to connect to.
CONNECT_TIMEOUT_SECONDS = 15.0

#: Bodies up to here stay in memory, longer ones go to the temporary folder.
SPOOL_BYTES = 1024 * 1024

CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that has arrived whole; `body` is the caller's to close."""

    status: int
    headers: Mapping[str, str]
    body: IO[bytes]


def send(
    session: requests.Session,
    method: str,
    url: str,
    *,
    read_timeout: float,
    **request: Any,  # noqa: ANN401 - what requests takes
) -> Reply:
    """Send a request and download its answer.

    The connection is free when this returns, so a slow target never holds it open. Redirects are
    not followed: on another host requests drops `Authorization` but sends `apiKey` along (SDK
    notes). It honours the proxies and the `REQUESTS_CA_BUNDLE` of the environment.

    Args:
        session: Sends it.
        method: GET or POST.
        url: Without a query.
        read_timeout: Seconds to wait for the answer to begin or to go on.
        request: Params, headers, body and authenticator, as requests takes them.

    Raises:
        GatewayTimeoutError: The answer did not come in time.
        TryAgainError: The connection failed, or the body was cut.
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
            return Reply(response.status_code, response.headers, _spooled(response))
    except requests.RequestException as error:
        raise _fault(error) from error


def _spooled(response: requests.Response) -> IO[bytes]:
    body = SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115 - the caller closes it
    try:
        for chunk in response.iter_content(CHUNK_BYTES):
            _write(body, chunk)
    except BaseException:
        body.close()
        raise
    return body


def _write(body: SpooledTemporaryFile[bytes], chunk: bytes) -> None:
    try:
        body.write(chunk)
    except OSError as error:
        msg = (
            f"No room for the answer: {error.strerror}. Free some, or name another folder in TMPDIR"
        )
        raise OzonetelError(msg) from error


def _fault(error: requests.RequestException) -> OzonetelError:
    """What a failure of requests means for the run, in words without URLs or bodies."""
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return OzonetelError(
            "The server's certificate is not trusted. Behind a company's proxy, name its "
            "certificates in REQUESTS_CA_BUNDLE"
        )
    if any(isinstance(cause, requests.ReadTimeout | ReadTimeoutError) for cause in causes):
        return GatewayTimeoutError("no answer within request_timeout")
    if isinstance(error, requests.ConnectTimeout):
        return TryAgainError("no connection within the time for it")
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return TryAgainError("the connection was cut in the middle of the answer")
    return TryAgainError(f"the connection failed ({type(causes[-1]).__name__})")


def _causes(error: object) -> Iterator[object]:
    """The error and what caused it: requests and urllib3 wrap one in the arguments of the next."""
    while isinstance(error, BaseException):
        yield error
        inner = [arg for arg in error.args if isinstance(arg, BaseException)]
        error = inner[0] if inner else getattr(error, "reason", None) or error.__cause__
