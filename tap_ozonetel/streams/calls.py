"""The streams of calls, which read the same calls from three endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from tap_ozonetel.api.request import CdrRequest
from tap_ozonetel.errors import OzonetelError
from tap_ozonetel.streams.base import CdrStream
from tap_ozonetel.streams.daily import DailyStream
from tap_ozonetel.streams.days import date_range, oldest_available_day, split_day
from tap_ozonetel.streams.pagination import PaginatedStream

if TYPE_CHECKING:
    from collections.abc import Iterable

    from singer_sdk.helpers.types import Record


class CdrDetails(DailyStream):
    """All calls, with one request per day."""

    name = "cdr_details"
    path = "/ca_reports/fetchCDRDetails"


class CdrPaginated(PaginatedStream):
    """All calls in pages, for days that are too large for one response."""

    name = "cdr_paginated"
    path = "/ca_reports/fetchCdrByPagination"
    selected_by_default = False


class CdrByUcid(CdrStream):
    """The calls of the setting `calls`, with one request each."""

    name = "cdr_by_ucid"
    path = "/ca_reports/fetchCdrByUCID"
    selected_by_default = False

    @override
    def fetch_records(self) -> Iterable[Record]:
        for call in self.account.config.calls:
            today = self.account.today
            if call.call_date not in date_range(oldest_available_day(today), today):
                self.logger.warning(
                    "Skipping a call of the setting calls: the API does not serve %s",
                    call.call_date,
                )
                continue
            (window,) = split_day(call.call_date)
            try:
                response = self.endpoint.fetch(CdrRequest(window, {"ucid": str(call.ucid)}))
                yield from self.read_records(response.body, call.call_date)
            except OzonetelError as error:
                raise self.add_context(window, error) from error
            self.report_unclean(call.call_date)
        self.write_state()
