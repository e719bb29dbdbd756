"""Bodies, and how the tap reads them."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from typing import Any

from tap_ozonetel.bodies.envelope import Envelope, read_envelope, read_records

BOM = b"\xef\xbb\xbf"


def body_of(*records: bytes) -> bytes:
    return b'{"status":"success","details":[' + b",".join(records) + b"]}"


def dump(value: object) -> bytes:
    return json.dumps(value).encode()


def read(
    body: bytes, charset: str | None = None, *, chunk_bytes: int = 64 * 1024, skips: bool = False
) -> tuple[Envelope, list[Any]]:
    file = io.BytesIO(body)
    envelope = read_envelope(file, charset, skip_malformed=skips, chunk_bytes=chunk_bytes)
    return envelope, list(read_records(file, chunk_bytes))


def as_floats(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """The value, with numbers as `json` reads them."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list):
        return [as_floats(each) for each in value]
    if isinstance(value, dict):
        return {name: as_floats(each) for name, each in value.items()}
    return value


def expected(document: Any) -> tuple[Any, list[Any]]:  # noqa: ANN401 - any JSON value
    """The envelope and the records of a JSON document."""
    if not isinstance(document, dict) or not isinstance(document.get("details"), dict | list):
        return document, []
    details = document["details"]
    if isinstance(details, list):
        return {**document, "details": [None] if details else []}, details
    if all(isinstance(each, dict | list) for each in details.values()):
        return {**document, "details": {}}, []
    return {**document, "details": [None]}, [details]
