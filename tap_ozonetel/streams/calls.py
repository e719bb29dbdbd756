"""The streams of calls, which read the same calls from three endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from tap_ozonetel.api.retention import oldest_available_day
from tap_ozonetel.errors import OzonetelError
from tap_ozonetel.streams.base import OzonetelStream
from tap_ozonetel.streams.incremental import IncrementalStream
from tap_ozonetel.streams.pagination import fetch_pages
from tap_ozonetel.streams.spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers.types import Record


class CdrDetails(IncrementalStream):
    """All calls, with one request per day."""

    name = "cdr_details"
    path = "/ca_reports/fetchCDRDetails"

    @override
    def read(self, span: Span) -> Iterator[Record]:
        request = self.make_request(span, fields=self.account.config.filters)
        return self.read_records(self.endpoint.fetch(request).body, span.first.date())


class CdrPaginated(IncrementalStream):
    """All calls in pages, for days that are too large for one response."""

    name = "cdr_paginated"
    path = "/ca_reports/fetchCdrByPagination"
    selected_by_default = False
    is_paginated: ClassVar[bool] = True

    @override
    def read(self, span: Span) -> Iterator[Record]:
        config = self.account.config
        request = self.make_request(span, fields=config.filters, page_size=config.page_size)
        pages = fetch_pages(self.endpoint, request)
        if pages.are_incomplete:
            self.logger.warning("%s: %s; fetching them again", span, pages.describe())
            pages.body.close()
            pages = fetch_pages(self.endpoint, request)
        if pages.are_incomplete:
            pages.body.close()
            raise OzonetelError(
                f"{pages.describe()}, twice in a row. Run again later, or select the stream "
                "cdr_details instead"
            )
        return self.read_records(pages.body, span.first.date())


class CdrByUcid(OzonetelStream):
    """The calls of the setting `calls`, with one request each."""

    name = "cdr_by_ucid"
    path = "/ca_reports/fetchCdrByUCID"
    selected_by_default = False

    @override
    def fetch_records(self) -> Iterator[Record]:
        for call in self.account.config.calls:
            day, today = call.call_date, self.account.today
            if not oldest_available_day(today) <= day <= today:
                self.logger.warning(
                    "Skipping a call in the setting calls: the API does not serve its day, %s", day
                )
                continue
            request = self.make_request(Span.of_days(day, day), fields={"ucid": str(call.ucid)})
            has_records = False
            try:
                for record in self.read_records(self.endpoint.fetch(request).body, day):
                    has_records = True
                    yield record
            except OzonetelError as error:
                raise self.add_context(day, error) from error
            if not has_records and not self.skipped:
                self.logger.warning(
                    "The API has no call with the UCID %d on %s. Check both in the setting calls",
                    call.ucid,
                    day,
                )
            self.report_records(day)
        self.write_state()
