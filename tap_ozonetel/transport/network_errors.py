"""Separates network errors that a user must correct from those that a retry may overcome."""

from __future__ import annotations

import re
import socket
import ssl
from http import HTTPStatus
from typing import TYPE_CHECKING

import requests
from urllib3.exceptions import NewConnectionError, ReadTimeoutError
from urllib3.exceptions import TimeoutError as UrllibTimeoutError

from tap_ozonetel.errors import (
    GatewayTimeoutError,
    OzonetelError,
    RunError,
    TransientError,
    UnreachableError,
)
from tap_ozonetel.transport.session import NoResponseError
from tap_ozonetel.transport.time_limits import SlowResponseError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_ozonetel.transport.session import Route

#: What OpenSSL reports if the other side does not speak TLS.
_NO_TLS_REASONS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST"})

_CLIENT_CERTIFICATE = "it requires a client certificate, which the tap does not send"
_NO_COMMON_VERSION = "it has no TLS version in common with this machine"
_NO_COMMON_CIPHER = "it has no cipher in common with this machine"

#: What OpenSSL reports if a TLS handshake cannot succeed, and what it means.
_HANDSHAKE_FAILURES = {
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": _CLIENT_CERTIFICATE,
    "SSLV3_ALERT_BAD_CERTIFICATE": _CLIENT_CERTIFICATE,
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": _CLIENT_CERTIFICATE,
    # Until TLS 1.2, a missing client certificate is reported like a missing cipher.
    "SSLV3_ALERT_HANDSHAKE_FAILURE": f"{_CLIENT_CERTIFICATE}, or {_NO_COMMON_CIPHER}",
    "TLSV1_ALERT_INSUFFICIENT_SECURITY": _NO_COMMON_CIPHER,
    "DH_KEY_TOO_SMALL": _NO_COMMON_CIPHER,
    "TLSV1_ALERT_PROTOCOL_VERSION": _NO_COMMON_VERSION,
    "UNSUPPORTED_PROTOCOL": _NO_COMMON_VERSION,
    "UNSAFE_LEGACY_RENEGOTIATION_DISABLED": _NO_COMMON_VERSION,
    "TLSV1_ALERT_ACCESS_DENIED": "it denied access",
    "TLSV1_UNRECOGNIZED_NAME": "it does not recognize the host name",
}

# urllib3 and http.client have the status of a proxy in the message only.
_TUNNEL_STATUS = re.compile(r"Tunnel connection failed: ([0-9]{3})\b")


def convert_error(error: Exception, route: Route, status: int | None) -> OzonetelError:
    """Convert an error of requests, urllib3 or the standard library, without its URL or body.

    Args:
        error: The error.
        route: The proxy and the certificates of the request.
        status: The HTTP status, None if no response has started.

    Returns:
        A `TransientError` if a retry may help, otherwise a `RunError` that names what to change.
    """
    causes = list(_causes(error))
    if tls_error := _tls_error(causes, route):
        return tls_error
    if status is None:
        return _connection_error(error, causes, route)
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return _not_compressed_error(route, status)
    if any(isinstance(cause, ReadTimeoutError) for cause in causes):
        return _timeout_error(causes)
    return TransientError("connection closed in the middle of the response")


def convert_proxy_status(status: int, route: Route) -> OzonetelError:
    """Make the error of a proxy that responds with a status instead of forwarding a request."""
    proxy = f"the proxy in {route.proxy_source}"
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return RunError(
            f"HTTP 407: {proxy} rejected its user name and password. Write them as "
            "http://user:password@host:port, with special characters percent-encoded"
        )
    is_final = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    if is_final and status not in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}:
        return RunError(
            f"HTTP {status}: {proxy} does not let requests through to the host of api_url. Ask "
            "whoever runs it, or add that host to NO_PROXY"
        )
    return UnreachableError(f"HTTP {status} from {proxy}")


def _tls_error(causes: list[object], route: Route) -> RunError | None:
    """Make the error of a TLS connection that another try would not change."""
    errors = [cause for cause in causes if isinstance(cause, ssl.SSLError)]
    if any(isinstance(error, ssl.SSLCertVerificationError) for error in errors):
        return RunError(_untrusted_message(route))
    reasons = {error.reason for error in errors}
    if reasons & _NO_TLS_REASONS:
        return RunError(_no_tls_message(route, causes))
    if failures := reasons & _HANDSHAKE_FAILURES.keys():
        return RunError(_handshake_message(failures.pop(), route, causes))
    return None


def _connection_error(error: Exception, causes: list[object], route: Route) -> OzonetelError:
    """Make the error of a request without a response."""
    # Of requests and urllib3, all errors about an address are ValueErrors.
    if isinstance(error, ValueError):
        return RunError(_bad_address_message(error, route))
    if tunnel := next(filter(None, map(_TUNNEL_STATUS.search, map(str, causes))), None):
        return convert_proxy_status(int(tunnel[1]), route)
    if any(isinstance(cause, NoResponseError) for cause in causes):
        return _timeout_error(causes)
    if reason := _unreachable_reason(causes):
        return UnreachableError(f"no connection{_through(route)}: {reason}")
    return TransientError(f"connection failed{_through(route)} ({type(causes[-1]).__name__})")


def _timeout_error(causes: list[object]) -> OzonetelError:
    slow = next((cause for cause in causes if isinstance(cause, SlowResponseError)), None)
    return GatewayTimeoutError(f"timeout: {slow or 'no response within request_timeout'}")


def _unreachable_reason(causes: list[object]) -> str | None:
    """Why a request was not sent. None if it may have been sent."""
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return "the host name cannot be resolved"
    if any(isinstance(cause, NewConnectionError) for cause in causes):
        return type(causes[-1]).__name__
    # Also a TLS handshake that is never completed.
    return "timeout" if any(isinstance(cause, UrllibTimeoutError) for cause in causes) else None


def _not_compressed_error(route: Route, status: int) -> OzonetelError:
    message = "the response is not compressed, although its Content-Encoding header says it is"
    # Gateways are known to keep the header when they replace the body with an error page.
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return TransientError(f"HTTP {status}: {message}")
    culprit = f"the proxy in {route.proxy_source}" if route.proxy else "the host of api_url"
    return RunError(
        f"HTTP {status}: {message}. A proxy or gateway is changing responses: check {culprit}"
    )


def _untrusted_message(route: Route) -> str:
    if route.ca_variable:
        return (
            "The server's certificate is not trusted: it does not match the host name, or the "
            f"certificates from the variable {route.ca_variable} do not include its issuer"
        )
    return (
        "The server's certificate is not trusted. If a company proxy intercepts TLS, set "
        "REQUESTS_CA_BUNDLE to its certificates"
    )


def _no_tls_message(route: Route, causes: list[object]) -> str:
    if _is_proxy_error(causes):
        return (
            f"The proxy in {route.proxy_source} does not use TLS. Write its address with http:// "
            "instead of https://"
        )
    return "The server does not use TLS. Check the setting api_url"


def _handshake_message(reason: str, route: Route, causes: list[object]) -> str:
    other_side, advice = "the server", "Check the setting api_url, or ask whoever runs the server"
    if _is_proxy_error(causes):
        other_side, advice = f"the proxy in {route.proxy_source}", "Ask whoever runs the proxy"
    elif route.proxy:
        advice += f" or the proxy in {route.proxy_source}"
    return f"No TLS connection to {other_side}: {_HANDSHAKE_FAILURES[reason]} ({reason}). {advice}"


def _is_proxy_error(causes: list[object]) -> bool:
    return any(isinstance(cause, requests.exceptions.ProxyError) for cause in causes)


def _bad_address_message(error: ValueError, route: Route) -> str:
    if not route.proxy:
        return "No request can be sent to the URL of the setting api_url. Correct it"
    if isinstance(error, requests.exceptions.InvalidSchema):
        return (
            f"The proxy in {route.proxy_source} is a SOCKS proxy, which needs the package "
            "PySocks. Install it in the environment of tap-ozonetel, or set another proxy"
        )
    return (
        f"The proxy address in {route.proxy_source} is malformed. Write it as http://host:port, "
        "with special characters in a user name or password percent-encoded"
    )


def _through(route: Route) -> str:
    return f" through the proxy in {route.proxy_source}" if route.proxy else ""


def _causes(error: object) -> Iterator[object]:
    """The error and its causes. requests and urllib3 wrap one in the arguments of the next."""
    while isinstance(error, BaseException):
        yield error
        inner = [arg for arg in error.args if isinstance(arg, BaseException)]
        error = inner[0] if inner else getattr(error, "reason", None) or error.__cause__
