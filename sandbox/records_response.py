"""The body of a response with records."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from sandbox.calls.days import LARGE_DAY
from sandbox.responses import Response, dump_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Values of ``status`` on success by their names in the options.
SUCCESS_VALUES: dict[str, object] = {"success": "success", "true": "true", "boolean": True}
_RECORDS_PER_CHUNK = 64


@dataclass(slots=True)
class RecordsResponse:
    """The body of a response with records.

    Attributes:
        fields: All fields except the one with the records.
        records: The rendered records.
        count: Number of records.
        records_field: Name of the field with the records.
        records_first: Whether the records come before the other fields.
        as_object: Whether the only record is sent as an object, not in a list.
        replacement: JSON to send instead of the records; b"" omits their field.
    """

    fields: dict[str, object]
    records: Iterable[bytes] = ()
    count: int = 0
    records_field: str = "details"
    records_first: bool = False
    as_object: bool = False
    replacement: bytes | None = None

    def chunks(self) -> Iterator[bytes]:
        """Yield the body."""
        fields = dump_json(self.fields)[1:-1]
        if self.replacement == b"":
            yield b"{" + fields + b"}"
            return
        name = dump_json(self.records_field) + b":"
        yield b"{" + name if self.records_first else b"{" + fields + b"," + name
        if self.replacement is not None:
            yield self.replacement
        elif self.as_object:
            yield from self._joined()
        else:
            yield b"["
            yield from self._joined()
            yield b"]"
        yield b"," + fields + b"}" if self.records_first else b"}"

    def _joined(self) -> Iterator[bytes]:
        records, separator = iter(self.records), b""
        while batch := list(islice(records, _RECORDS_PER_CHUNK)):
            yield separator + b",".join(batch)
            separator = b","

    def to_response(self) -> Response:
        """Return the HTTP response; large bodies are chunked."""
        chunks = self.chunks()
        body = b"".join(chunks) if self.count < LARGE_DAY else chunks
        return Response(200, body, "records" if self.count else "empty")
