"""TLS for the servers of tests."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import trustme

if TYPE_CHECKING:
    from pathlib import Path

#: The certificate authority of the servers, for these tests only.
AUTHORITY = trustme.CA()


def server_tls(*, client_certificate: bool = False, **options: Any) -> ssl.SSLContext:  # noqa: ANN401
    """Return the server's side of TLS on 127.0.0.1.

    Args:
        client_certificate: Whether clients need a certificate.
        options: Attributes of the context.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert("127.0.0.1").configure_cert(context)
    if client_certificate:
        context.verify_mode = ssl.CERT_REQUIRED
        AUTHORITY.configure_trust(context)
    for name, value in options.items():
        setattr(context, name, value)
    return context


def write_bundle(directory: Path) -> str:
    """Write the certificates that trust the servers, and return the path of the file."""
    path = directory / "ca.pem"
    AUTHORITY.cert_pem.write_to_path(path)
    return str(path)
