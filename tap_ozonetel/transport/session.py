"""The session of one request: its connection, its proxy and the certificates that it trusts."""

from __future__ import annotations

import http.client
import io
import os
import ssl
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies, select_proxy
from typing_extensions import override

from tap_ozonetel.errors import RunError
from tap_ozonetel.transport.time_limits import TimeLimitedReader

if TYPE_CHECKING:
    import socket

    from urllib3.connectionpool import HTTPConnectionPool

#: The variables that name a bundle of certificates, the first that is set. The same as in requests.
_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@dataclass(frozen=True, slots=True)
class Route:
    """The proxy and the certificates that the environment sets for a server."""

    #: The proxy, None for a direct connection. Its URL may have a password.
    proxy: str | None = field(default=None, repr=False)
    #: What sets the proxy, for messages.
    proxy_source: str = ""
    #: A file or directory of certificates, None for those of requests.
    ca_bundle: str | None = None
    #: The variable that names `ca_bundle`.
    ca_variable: str = ""


def find_route(url: str, *, use_proxy: bool) -> Route:
    """Find the proxy, if one may be used, and the certificates of a URL in the environment.

    Raises:
        RunError: The bundle of certificates cannot be used.
    """
    parts = urlsplit(url)
    proxy, proxy_source, ca_bundle, ca_variable = None, "", None, ""
    if use_proxy:
        proxy = select_proxy(url, get_environ_proxies(url)) or None
        proxy_source = _proxy_source(parts.scheme)
    if parts.scheme == "https":
        ca_variable = next((name for name in _CA_VARIABLES if os.environ.get(name)), "")
        ca_bundle = os.environ.get(ca_variable)
        if ca_bundle:
            _check_ca_bundle(ca_bundle, ca_variable)
    return Route(proxy, proxy_source, ca_bundle, ca_variable)


def _proxy_source(scheme: str) -> str:
    """Name the variable that sets the proxy of a scheme. Lower case takes precedence."""
    names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY", "all_proxy", "ALL_PROXY")
    found = next((name for name in names if os.environ.get(name)), None)
    return f"the variable {found}" if found else "the settings of this machine"


def _check_ca_bundle(path: str, variable: str) -> None:
    try:
        if os.path.isdir(path):  # noqa: PTH112 - pathlib fails on a NUL character
            return
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None)
        if isinstance(error, ssl.SSLError) or not reason:
            reason = "it is not a file of certificates in PEM format"
        raise RunError(
            f"The certificates from the variable {variable} cannot be used: {reason}. Correct or "
            "unset the variable"
        ) from error


def open_session(route: Route) -> requests.Session:
    """Open a session for one request.

    Nothing is kept between two requests. With minutes between them, a firewall may have dropped a
    connection that is kept open, and a request on it would wait for the whole read timeout.
    """
    session = requests.Session()
    # Otherwise requests adds the credentials of a `.netrc` to each request that has no others.
    session.trust_env = False
    if route.proxy:
        session.proxies = {"http": route.proxy, "https": route.proxy}
    session.verify = route.ca_bundle or True
    session.headers["Connection"] = "close"
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter())
    return session


class NoResponseError(TimeoutError):
    """A request was sent, but its response did not start in time.

    urllib3 has the same error for a TLS handshake that is never completed.
    """


class _FinalResponse(http.client.HTTPResponse):
    """A response that is limited in time, and that skips all interim responses (1xx).

    A gateway may send `102 Processing` or `103 Early Hints` first (RFC 9110, section 15.2).
    http.client skips `100 Continue` only.
    """

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(sock, *args, **kwargs)
        # urllib3 has set the timeout of the socket: to the one for reads, or, for the response of
        # a proxy to CONNECT, to the one for connections.
        self._reader = TimeLimitedReader(self.fp.detach(), sock.gettimeout() or 0.0)
        self.fp = io.BufferedReader(self._reader)

    @override
    def begin(self, **options: Any) -> None:
        try:
            super().begin(**options)
            while self.status < HTTPStatus.OK:
                # http.client reads a status line only as long as there are no headers.
                self.headers = self.msg = None  # type: ignore[assignment]
                super().begin(**options)
        except TimeoutError as error:
            raise NoResponseError from error
        self._reader.start_interval()


class _Connection(http.client.HTTPConnection):
    response_class = _FinalResponse

    @override
    def send(self, data: Any) -> None:
        try:
            super().send(data)
        except ssl.SSLEOFError as error:
            # The server has closed the connection. After this error, urllib3 still reads what the
            # server has sent: the reason, if it requires a client certificate over TLS 1.3.
            raise BrokenPipeError from error


class _Adapter(HTTPAdapter):
    """An adapter whose responses are limited in time."""

    @override
    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> HTTPConnectionPool:
        pool = cast("HTTPConnectionPool", super().get_connection_with_tls_context(*args, **kwargs))
        # `ConnectionCls` is the extension point of urllib3. SOCKS proxies have another class.
        pool.ConnectionCls = type("Connection", (_Connection, pool.ConnectionCls), {})
        return pool
