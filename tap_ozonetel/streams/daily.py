"""The streams that read day by day: the day loop, STATE messages, and days split into windows."""

from __future__ import annotations

from collections import deque
from functools import cached_property
from typing import IO, TYPE_CHECKING

from typing_extensions import override

from tap_ozonetel.api.request import CdrRequest
from tap_ozonetel.errors import OzonetelError, WindowTooLargeError
from tap_ozonetel.streams import progress
from tap_ozonetel.streams.base import CdrStream
from tap_ozonetel.streams.bookmark import SETTLED_KEY
from tap_ozonetel.streams.days import (
    SECONDS_PER_DAY,
    RetentionGap,
    Window,
    days_to_read,
    retention_gap,
    split_day,
)
from tap_ozonetel.streams.incremental import IncrementalStream

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Sequence

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Record

    from tap_ozonetel.api.account import Account


class DailyStream(IncrementalStream, CdrStream):
    """A stream of call detail records that reads day by day."""

    #: Whether a window may take more than one request.
    paginated = False

    def __init__(self, tap: Tap, account: Account) -> None:
        super().__init__(tap, account)
        self._window_seconds = SECONDS_PER_DAY

    @cached_property
    def days(self) -> Sequence[dt.date]:
        """The days to read, as of the start of the run."""
        config = self.account.config
        return days_to_read(
            bookmark=self.bookmark,
            start_date=config.start_date,
            end_date=config.end_date,
            lookback_days=config.lookback_days,
            today=self.account.today,
        )

    @cached_property
    def retention_gap(self) -> RetentionGap:
        """The days past the API's retention, as of the start of the run."""
        config = self.account.config
        return retention_gap(
            bookmark=self.bookmark,
            bookmark_settled=bool(self.bookmark_state.get(SETTLED_KEY)),
            start_date=config.start_date,
            end_date=config.end_date,
            today=self.account.today,
        )

    @override
    def fetch_records(self) -> Iterable[Record]:
        days, limiter = self.days, self.rate_limiter
        if not days:
            self.write_state()
        requests = self._count_requests(len(days))
        seconds = limiter.seconds_until(requests)
        self.logger.info(progress.start_message(days, requests, seconds, at_least=self.paginated))
        for number, day in enumerate(days, start=1):
            count = 0
            self.note_unsettled([day], self.account.now)
            try:
                for count, record in enumerate(self._read_day(day), start=1):  # noqa: B007
                    yield record
            except OzonetelError as error:
                raise self.add_context(day, error) from error
            self.report_unclean(day)
            self.checkpoint(day)
            next_in = limiter.seconds_until(1)
            left = limiter.seconds_until(self._count_requests(len(days) - number))
            self.logger.info(progress.day_message(day, number, len(days), count, next_in, left))

    def fetch_window(self, window: Window) -> IO[bytes]:
        """Fetch all records of a window before the first of them is used.

        Args:
            window: The window.

        Returns:
            The body of the response, or of several one after the other. The caller closes it.

        Raises:
            WindowTooLargeError: The window should be split.
            OzonetelError: There is no successful response.
        """
        request = CdrRequest(window, self.account.config.filters)
        return self.endpoint.fetch(request, splittable=window.splittable).body

    def _read_day(self, day: dt.date) -> Iterator[Record]:
        """Read a day in as few windows as the gateway permits."""
        pending = deque(split_day(day, self._window_seconds))
        while pending:
            window = pending.popleft()
            try:
                body = self.fetch_window(window)
            except WindowTooLargeError as error:
                # Days are alike: the same window of another day would time out too.
                self._window_seconds = window.seconds // 2
                pending = deque(split_day(day, self._window_seconds, start=window.first))
                self.logger.warning(
                    "%s: %s, repeatedly; continuing with windows of %s",
                    window,
                    error,
                    progress.format_duration(self._window_seconds),
                )
            else:
                yield from self.read_records(body, day)

    def _count_requests(self, days: int) -> int:
        """The number of requests for some days, or the least number if there are pages."""
        return days * -(-SECONDS_PER_DAY // self._window_seconds)
