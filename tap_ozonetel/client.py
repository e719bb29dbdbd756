"""What all streams have in common: how they ask, and how an answer becomes records."""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, ClassVar, NamedTuple

from singer_sdk import RESTStream
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.mapper import SameRecordTransform
from singer_sdk.singerlib import RecordMessage
from singer_sdk.streams.rest import HTTPRequest, PageContext
from typing_extensions import override

from tap_ozonetel.api import body as bodies
from tap_ozonetel.api import responses as answers
from tap_ozonetel.api.retry import Answer, Exchange, Question
from tap_ozonetel.errors import OzonetelError
from tap_ozonetel.records import RecordReader
from tap_ozonetel.schema import KEY_PROPERTIES, SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Record
    from singer_sdk.singerlib import Catalog

    from tap_ozonetel.api.account import Account
    from tap_ozonetel.api.auth import RateLimitedAuthenticator
    from tap_ozonetel.days import Window


class Page(NamedTuple):
    """What one request asks for."""

    window: Window
    #: Further fields of the request's body.
    body: Mapping[str, str] = {}
    #: The page's number, from 1, where there are pages.
    number: int | None = None


class CdrStream(RESTStream[Page]):
    """A stream of call detail records."""

    schema: ClassVar[dict[str, Any]] = SCHEMA
    primary_keys: Sequence[str] = KEY_PROPERTIES
    # The record reader does what the SDK's conformance would do, in less than half the time.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    def __init__(self, tap: Tap, account: Account) -> None:
        """Make a stream.

        Args:
            tap: The tap that it belongs to.
            account: What the tap's streams share.
        """
        super().__init__(tap)
        self.account = account
        self._write_message = tap.write_message

    @property
    @override
    def url_base(self) -> str:
        return self.account.config.api_url

    @property
    @override
    def authenticator(self) -> RateLimitedAuthenticator:
        return self.account.authenticator

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        super().apply_catalog(catalog)
        # The SDK takes "no keys" from a catalog that is silent about them; an upsert needs them.
        self.primary_keys = self.primary_keys or KEY_PROPERTIES

    @override
    def get_batch_config(self, config: Mapping[str, Any]) -> None:
        # In batches the SDK writes all records at the end, behind the bookmarks of their days.
        return None

    @override
    def get_http_request(self, *, page: PageContext[Page]) -> HTTPRequest:
        request = super().get_http_request(page=page)
        asked = page.next_page_token
        if asked is None:
            msg = "a request without a window"
            raise TypeError(msg)
        request.headers["User-Agent"] = self.account.config.user_agent
        request.data = {
            "userName": self.account.config.username,
            "fromDate": asked.window.from_date,
            "toDate": asked.window.to_date,
            **asked.body,
        }
        return request

    def ask(
        self, page: Page, label: str, *, can_be_cut: bool = False, once: bool = False
    ) -> Answer:
        """Ask until there is an answer.

        Args:
            page: What to ask for.
            label: What to call it in the log.
            can_be_cut: Whether the window may be given up for two smaller ones.
            once: Whether to ask but once, whatever comes.

        Returns:
            The answer, whose body is the caller's to close.

        Raises:
            WindowTooBigError: The window should be cut in half.
            OzonetelError: There is no answer to be had.
        """
        request = self.get_http_request(page=PageContext(None, page))
        question = Question(request, label, can_be_cut, paginated=page.number is not None)
        return self._exchange.answer_once(question) if once else self._exchange.answer(question)

    def records(self, body: IO[bytes], day: dt.date) -> Iterator[Record]:
        """Read the records of an answer.

        Args:
            body: A judged body, or several one after the other; closed at the end.
            day: The day that was asked for.

        Yields:
            Records of the stream.
        """
        date = day.isoformat()
        with body:
            for record in bodies.records(body):
                yield self._reader.read(record, date)

    def failed(self, label: object, error: OzonetelError) -> OzonetelError:
        """An error with the stream and the day that it is about."""
        return OzonetelError(f"{self.name}, {label}: {error}")

    @override
    def _write_record_message(self, record: Record) -> None:
        # A private name of the SDK, for there is no other way: the SDK asks of every field of every
        # record whether it is selected, which takes longer than to read the record (measured:
        # `benchmarks/README.md`). Where the answer is always yes, the message is the same without.
        if self.passes_whole_records:
            now = dt.datetime.now(dt.UTC)
            self._write_message(RecordMessage(self.name, record, time_extracted=now))
        else:
            super()._write_record_message(record)

    @cached_property
    def passes_whole_records(self) -> bool:
        """Whether every record goes out as it is: nothing deselected, no map, no flattening."""
        return (
            all(self.mask.values())
            and not self.emit_activate_version_messages
            and [type(each) for each in self.stream_maps] == [SameRecordTransform]
            and not self.stream_maps[0].flattening_enabled
        )

    @cached_property
    def _exchange(self) -> Exchange:
        return Exchange(self.requests_session, self.account, self.logger)

    @cached_property
    def _reader(self) -> RecordReader:
        return RecordReader(self.effective_schema["properties"], self._say_left_out)

    def _say_left_out(self, field: str) -> None:
        self.logger.warning(
            "The API sends the field %s, which the catalog does not have: it is left out. Discover "
            "the catalog anew or, with Meltano, add the field with the extra `schema`",
            answers.presentable(field),
        )
