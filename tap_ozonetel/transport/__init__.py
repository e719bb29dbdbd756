"""One HTTP request: its route, its certificates, and the download of its response."""

from tap_ozonetel.transport.request import RawResponse, max_seconds, send

__all__ = ["RawResponse", "max_seconds", "send"]
