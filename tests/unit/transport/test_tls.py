"""TLS: certificates that are not trusted, and handshakes that cannot succeed."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from tap_ozonetel.errors import RunError, TransientError
from tap_ozonetel.transport.network_errors import convert_error
from tap_ozonetel.transport.session import Route
from tests.helpers.downloads import download, failure
from tests.helpers.raw_server import raw_server, response
from tests.helpers.tls import server_tls, write_bundle

if TYPE_CHECKING:
    from pathlib import Path

BODY = b'{"status": "success"}'
CA_VARIABLES = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"]
TLS_1_2, TLS_1_3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", write_bundle(tmp_path))


def rejection(url: str, *, use_proxy: bool = False) -> str:
    """The message of a request of several packets, between which the server may disconnect."""
    error = failure(url, method="POST", use_proxy=use_proxy, json={"x": "x" * 1000})
    assert type(error) is RunError
    return str(error)


@pytest.mark.parametrize("variable", CA_VARIABLES)
def test_the_certificates_of_the_environment_are_trusted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    monkeypatch.setenv(variable, write_bundle(tmp_path))
    with raw_server(response(BODY), tls=server_tls()) as server:
        assert download(f"https://{server.address}")[1] == BODY


def test_an_untrusted_certificate_ends_the_run() -> None:
    with raw_server(response(BODY), tls=server_tls()) as server:
        message = rejection(f"https://{server.address}")
    assert "certificate is not trusted" in message
    assert "set REQUESTS_CA_BUNDLE" in message
    assert (server.connections, server.requests) == (1, [])


def test_a_certificate_that_the_bundle_does_not_know(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "another.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "another.pem"))
    with raw_server(response(), tls=server_tls()) as server:
        message = rejection(f"https://{server.address}")
    assert "not trusted" in message
    assert "the variable REQUESTS_CA_BUNDLE" in message


@pytest.mark.parametrize("variable", CA_VARIABLES)
@pytest.mark.parametrize("bundle", ["missing", "text", "empty", "cut", "nul\0nul"])
def test_a_bundle_of_certificates_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, bundle: str
) -> None:
    pem = trustme.CA().cert_pem.bytes()
    (tmp_path / "text").write_text("no certificate")
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "cut").write_bytes(pem[: len(pem) // 2])
    environment = {variable: str(tmp_path / bundle)}
    # No environment can have a NUL character, but a path may have other surprises.
    monkeypatch.setattr("tap_ozonetel.transport.session.os.environ", environment)
    message = rejection("https://127.0.0.1:1")
    assert f"the variable {variable} cannot be used" in message


def test_a_server_that_does_not_use_tls() -> None:
    with raw_server(response(status="400 Bad Request")) as server:
        message = rejection(f"https://{server.address}")
    assert "does not use TLS. Check the setting api_url" in message


def test_a_proxy_that_does_not_use_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    with raw_server(response()) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"https://{proxy.address}")
        message = rejection("https://api.example", use_proxy=True)
    assert "http:// instead of https://" in message


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("version", "alert"),
    [
        (TLS_1_2, "SSLV3_ALERT_HANDSHAKE_FAILURE"),
        # The client has finished the handshake and sent its request when the alert arrives.
        (TLS_1_3, "TLSV13_ALERT_CERTIFICATE_REQUIRED"),
    ],
)
def test_a_required_client_certificate_is_named(version: ssl.TLSVersion, alert: str) -> None:
    tls = server_tls(client_certificate=True, maximum_version=version)
    with raw_server(response(), tls=tls) as server:
        for number in range(1, 11):
            message = rejection(f"https://{server.address}")
            assert server.connections == number
    assert "requires a client certificate, which the tap does not send" in message
    assert alert in message
    assert "api_url" in message


@pytest.mark.usefixtures("trusted")
def test_no_common_version_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("urllib3.util.ssl_.SSLContext", _context(maximum_version=TLS_1_2))
    with raw_server(response(), tls=server_tls(minimum_version=TLS_1_3)) as server:
        message = rejection(f"https://{server.address}")
    assert "has no TLS version in common with this machine" in message
    assert "TLSV1_ALERT_PROTOCOL_VERSION" in message


@pytest.mark.usefixtures("trusted")
def test_no_common_cipher_is_named() -> None:
    """The server's certificate has an elliptic-curve key, and all its ciphers need another."""
    tls = server_tls(maximum_version=TLS_1_2)
    tls.set_ciphers("ECDHE-RSA-AES256-GCM-SHA384")
    with raw_server(response(), tls=tls) as server:
        message = rejection(f"https://{server.address}")
    assert "no cipher in common with this machine (SSLV3_ALERT_HANDSHAKE_FAILURE)" in message


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("alert", "words"),
    [
        (ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME, "does not recognize the host name"),
        (ssl.ALERT_DESCRIPTION_ACCESS_DENIED, "denied access"),
        (ssl.ALERT_DESCRIPTION_INSUFFICIENT_SECURITY, "has no cipher in common"),
    ],
)
def test_a_proxy_that_rejects_the_handshake_is_named(
    monkeypatch: pytest.MonkeyPatch, alert: int, words: str
) -> None:
    tls = server_tls(sni_callback=lambda *_: alert)
    with raw_server(response(), tls=tls) as proxy:
        port = proxy.address.partition(":")[2]
        monkeypatch.setenv("HTTPS_PROXY", f"https://localhost:{port}")
        message = rejection("https://api.example", use_proxy=True)
    assert f"No TLS connection to the proxy in the variable HTTPS_PROXY: it {words}" in message


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("UNSUPPORTED_PROTOCOL", "no TLS version in common"),
        ("UNSAFE_LEGACY_RENEGOTIATION_DISABLED", "no TLS version in common"),
        ("DH_KEY_TOO_SMALL", "no cipher in common"),
        ("SSLV3_ALERT_BAD_CERTIFICATE", "requires a client certificate"),
        ("SSLV3_ALERT_CERTIFICATE_UNKNOWN", "requires a client certificate"),
    ],
)
def test_a_failure_of_other_servers_is_named(reason: str, words: str) -> None:
    """OpenSSL has no server that fails like this."""
    error = ssl.SSLError(1, "handshake")
    error.reason = reason
    converted = convert_error(error, Route(proxy="x", proxy_source="the variable X"), None)
    assert type(converted) is RunError
    assert words in str(converted)
    advice = (
        "Check the setting api_url, or ask whoever runs the server or the proxy in the variable X"
    )
    assert str(converted).endswith(f"({reason}). {advice}")


@pytest.mark.usefixtures("trusted")
def test_an_alert_that_may_pass_is_transient() -> None:
    tls = server_tls(sni_callback=lambda *_: ssl.ALERT_DESCRIPTION_INTERNAL_ERROR)
    with raw_server(response(), tls=tls) as server:
        port = server.address.partition(":")[2]
        with pytest.raises(TransientError, match="connection failed"):
            download(f"https://localhost:{port}")


def _context(**options: object) -> type[ssl.SSLContext]:
    """The client's side of TLS, with other options."""

    class Context(ssl.SSLContext):
        def wrap_socket(self, *args: Any, **kwargs: Any) -> ssl.SSLSocket:  # noqa: ANN401
            for name, value in options.items():
                setattr(self, name, value)
            return super().wrap_socket(*args, **kwargs)

    return Context
