"""The body of a response with records."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from sandbox.calls.days import LARGE_DAY
from sandbox.responses import Response, dump_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sandbox.options import Options

_RECORDS_PER_CHUNK = 64


@dataclass(slots=True)
class RecordsResponse:
    """The body of a response with records.

    Attributes:
        options: Options of the account.
        fields: All fields except ``details``.
        records: The rendered records.
        details: JSON to send as ``details`` instead of the records; b"" omits ``details``.
        count: Number of records.
    """

    options: Options
    fields: dict[str, object]
    records: Iterable[bytes] = ()
    details: bytes | None = None
    count: int = 0

    def chunks(self) -> Iterator[bytes]:
        """Yield the body."""
        envelope = dump_json(self.fields)[1:-1]
        if self.details == b"":
            yield b"{" + envelope + b"}"
            return
        details_first = self.options.details_first
        yield b'{"details":' if details_first else b"{" + envelope + b',"details":'
        if self.details is None:
            yield from self._array()
        else:
            yield self.details
        yield b"," + envelope + b"}" if details_first else b"}"

    def _array(self) -> Iterator[bytes]:
        yield b"["
        records, separator = iter(self.records), b""
        while batch := list(islice(records, _RECORDS_PER_CHUNK)):
            yield separator + b",".join(batch)
            separator = b","
        yield b"]"

    def to_response(self) -> Response:
        """Return the HTTP response; large bodies are chunked."""
        chunks = self.chunks()
        body = b"".join(chunks) if self.count < LARGE_DAY else chunks
        return Response(200, body, "records" if self.count else "empty")
