"""The three streams: three ways to ask for the same records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from tap_ozonetel.client import CdrStream, Page
from tap_ozonetel.daily import DailyStream
from tap_ozonetel.days import days_between, oldest_kept_day, windows
from tap_ozonetel.errors import OzonetelError
from tap_ozonetel.pagination import PagedStream

if TYPE_CHECKING:
    from collections.abc import Iterable

    from singer_sdk.helpers.types import Context, Record


class CdrDetails(DailyStream):
    """All calls, one request a day."""

    name = "cdr_details"
    path = "/ca_reports/fetchCDRDetails"


class CdrPaginated(PagedStream):
    """The same calls in pages, for days that are too big to come at once."""

    name = "cdr_paginated"
    path = "/ca_reports/fetchCdrByPagination"
    selected_by_default = False


class CdrByUcid(CdrStream):
    """Single calls, one request for each entry of the setting `calls`."""

    name = "cdr_by_ucid"
    path = "/ca_reports/fetchCdrByUCID"
    selected_by_default = False

    @override
    def get_records(self, context: Context | None) -> Iterable[Record]:
        for call in self.account.config.calls:
            today = self.account.today
            if call.call_date not in days_between(oldest_kept_day(today), today):
                self.logger.warning(
                    "%s is no day that the API still keeps: a call of the setting calls is not "
                    "looked up",
                    call.call_date,
                )
                continue
            (day,) = windows(call.call_date)
            try:
                answer = self.ask(Page(day, {"ucid": str(call.ucid)}), str(day))
                yield from self.records(answer.body, call.call_date)
            except OzonetelError as error:
                raise self.failed(day, error) from error
