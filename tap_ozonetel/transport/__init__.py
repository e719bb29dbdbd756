"""One HTTP request: its route, its certificates, and the download of its response."""

from tap_ozonetel.transport.request import RawResponse, send

__all__ = ["RawResponse", "send"]
