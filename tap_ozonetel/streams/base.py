"""The base class of the streams: from a response to the records of the stream."""

from __future__ import annotations

import logging
from collections import Counter
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, ClassVar

from singer_sdk.helpers.conform import TypeConformanceLevel

from tap_ozonetel.api.endpoint import Endpoint
from tap_ozonetel.api.redaction import redact
from tap_ozonetel.api.request import Request
from tap_ozonetel.bodies.envelope import read_records
from tap_ozonetel.errors import OzonetelError, RunError, UnusableRecordError
from tap_ozonetel.records.calls import CdrNormalizer
from tap_ozonetel.shapes.table import RecordTable
from tap_ozonetel.singer.stream import BaseStream
from tap_ozonetel.streams import progress

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Sequence

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Record

    from tap_ozonetel.api.account import Account
    from tap_ozonetel.api.rate_limit import RateLimit
    from tap_ozonetel.records.normalizer import RecordNormalizer
    from tap_ozonetel.streams.spans import Span
    from tap_ozonetel.transport.request import RawResponse


class OzonetelStream(BaseStream):
    """A stream of the API.

    Hooks of the SDK that are not used, and why:

    - `RESTStream` and its paginator: its retries do not cover the parsing of a response, and it
      holds a whole response in memory.
    - `partitions`: the SDK would keep the state of every day forever, and write STATE messages at
      the end of the sync only.
    - `post_process`: `RecordNormalizer` does its work while the records are read.
    """

    name: str
    path: ClassVar[str]
    # All streams but one have calls.
    normalizer_class: ClassVar[type[RecordNormalizer]] = CdrNormalizer
    schema: ClassVar[dict[str, Any]] = CdrNormalizer.schema
    primary_keys: Sequence[str] = CdrNormalizer.key_properties
    replication_key: str | None = None
    #: Whether the records may be under `message` in a response.
    rows_in_message: ClassVar[bool] = False
    #: Whether the API serves the last 15 days only.
    has_retention: ClassVar[bool] = True
    # RecordNormalizer does the work of the SDK's conformance checks in less than half of the time.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    def __init__(self, tap: Tap, account: Account) -> None:
        super().__init__(tap)
        self.account = account
        #: The unusable records skipped since the last report, by what is wrong with them.
        self.skipped: Counter[str] = Counter()

    @cached_property
    def endpoint(self) -> Endpoint:
        """The endpoint of the stream. It needs settings, which discovery does not have."""
        return Endpoint(
            self.path,
            self.account,
            self.rate_limit,
            self.rows_in_message,
            self.logger,
            self._log_response,
        )

    @property
    def rate_limit(self) -> RateLimit:
        """The rate limit that counts the requests of the stream."""
        return self.account.cdr_limit

    def make_request(self, span: Span, **options: Any) -> Request:  # noqa: ANN401 - those of Request
        """Make the request for a span of time.

        Args:
            span: The span.
            options: Other parts of the request.
        """
        day = span.first.date() if self.has_retention else None
        return Request(str(span), span.from_date, span.to_date, day, **options)

    def read_records(
        self, body: IO[bytes], day: dt.date | None, rows: Iterable[object] | None = None
    ) -> Iterator[Record]:
        """Read the records of a response.

        Args:
            body: A body, or several one after the other. It is closed at the end.
            day: The requested day. None if several days were requested.
            rows: The records, if they are not under `details` in the body.

        Yields:
            Records of the stream.

        Raises:
            OzonetelError: There are unusable records, and `on_unusable_record` is `fail`.
        """
        date, unusable = day.isoformat() if day else None, Counter[str]()
        skips = self.account.config.on_unusable_record == "skip"
        with body:
            records = read_records(body) if rows is None else rows
            for record in self._table.observe(records) if self._table else records:
                try:
                    normalized = self._normalizer.normalize(record, date)
                except UnusableRecordError as error:
                    unusable[error.reason] += 1
                    continue
                if skips or not unusable:
                    yield normalized
        if unusable and not skips:
            raise OzonetelError(progress.unusable_records_message(unusable))
        self.skipped.update(unusable)

    def report_records(self, days: object) -> None:
        """Log warnings about what was repaired, skipped or odd since the last report."""
        for counts, message in (
            (self.endpoint.repairs, progress.repairs_message),
            (self.skipped, progress.skipped_records_message),
            (self._normalizer.notes, progress.notes_message),
        ):
            if counts:
                self.logger.warning("%s", message(days, counts))
                counts.clear()
        self._report_table(days)

    def add_context(self, what: object, error: OzonetelError) -> OzonetelError:
        """Add the stream and the day to the message of an error."""
        self._report_table(what)
        kind = RunError if isinstance(error, RunError) else OzonetelError
        return kind(f"{self.name}, {what}: {error}")

    def _log_response(self, response: RawResponse) -> None:
        self.log_request(response.status, response.elapsed)

    def make_table(self) -> RecordTable:
        """Make an empty table for the shape of the API's records."""
        return RecordTable(self.schema["properties"], self.normalizer_class.aliases)

    def log_table(self, days: object, table: RecordTable) -> None:
        """Log the shape of the records of a day, or of a range of days, at the level DEBUG."""
        for line in table.lines():
            self.logger.debug("Shape of %s, %s: %s", self.name, days, line)

    def _report_table(self, days: object) -> None:
        if self._table:
            self.log_table(days, self._table)
            self._table = self.make_table()

    @cached_property
    def _table(self) -> RecordTable | None:
        """The shape of the records since the last report. None if it is not logged."""
        return self.make_table() if self.logger.isEnabledFor(logging.DEBUG) else None

    @cached_property
    def _normalizer(self) -> RecordNormalizer:
        return self.normalizer_class(
            self.effective_schema["properties"], self._warn_dropped, self._warn_null
        )

    def _warn_dropped(self, field: str) -> None:
        self.logger.warning(
            "Dropping the field %s, which the API sends but the catalog does not have. To keep it, "
            "add it to the catalog or, with Meltano, to the extra `schema`",
            redact(field),
        )

    def _warn_null(self, field: str) -> None:
        self.logger.warning(
            "Some values of the field %s do not fit its type in the catalog and are set to null",
            redact(field),
        )
