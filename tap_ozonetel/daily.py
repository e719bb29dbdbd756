"""The streams that read day by day: the day loop, STATE messages, and days split into windows."""

from __future__ import annotations

import datetime as dt
from collections import deque
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any

from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL
from typing_extensions import override

from tap_ozonetel import progress
from tap_ozonetel.api.endpoint import CdrRequest
from tap_ozonetel.client import CdrStream
from tap_ozonetel.days import (
    SECONDS_PER_DAY,
    RetentionGap,
    Window,
    days_to_read,
    is_settled,
    retention_gap,
    split_day,
)
from tap_ozonetel.errors import OzonetelError, WindowTooLargeError
from tap_ozonetel.schema import REPLICATION_KEY
from tap_ozonetel.state import SETTLED_KEY, Bookmark, read_bookmark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Record

    from tap_ozonetel.api.account import Account


class DailyStream(CdrStream):
    """A stream whose bookmark is the last day that was requested and read completely.

    The bookmark does not go beyond the first day that was read before it was settled, so that the
    next run reads this day again. All days before the bookmark have been read settled.
    """

    replication_key: str | None = REPLICATION_KEY
    #: Whether a window may take more than one request.
    paginated = False

    def __init__(self, tap: Tap, account: Account) -> None:
        super().__init__(tap, account)
        self._window_seconds = SECONDS_PER_DAY
        self._first_unsettled: dt.date | None = None

    @property
    def bookmark(self) -> dt.date | None:
        """The last day that was requested and read completely."""
        value = self._bookmark_state.get("replication_key_value")
        if value is None or self.replication_method != REPLICATION_INCREMENTAL:
            return None
        return dt.date.fromisoformat(value)

    @property
    def _bookmark_state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.tap_state.get("bookmarks", {}).get(self.name, {})
        return state

    def read_state(self, state: object) -> dict[str, Any]:
        """Read the state of the stream, and clamp a bookmark in the future to today.

        Args:
            state: What the bookmarks of the state have for the stream.

        Returns:
            The state without what this tap does not use.

        Raises:
            ConfigError: The state is not one of this stream.
        """
        bookmark = read_bookmark(self.name, state)
        if bookmark is None:
            return {}
        today = self.account.today
        if bookmark.day > today:
            self.logger.warning(
                "The bookmark %s is in the future. It is set to today", bookmark.day
            )
            bookmark = Bookmark(today)
        return bookmark.to_state()

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
            bookmark_settled=bool(self._bookmark_state.get(SETTLED_KEY)),
            start_date=config.start_date,
            end_date=config.end_date,
            today=self.account.today,
        )

    @override
    def fetch_records(self) -> Iterable[Record]:
        days, limiter = self.days, self.account.rate_limiter
        if not days:
            self.write_state()
        requests = self._count_requests(len(days))
        seconds = limiter.seconds_until(requests)
        self.logger.info(progress.start_message(days, requests, seconds, at_least=self.paginated))
        for number, day in enumerate(days, start=1):
            count = 0
            self._check_settled(day)
            try:
                for count, record in enumerate(self._read_day(day), start=1):  # noqa: B007
                    yield record
            except OzonetelError as error:
                raise self.add_context(day, error) from error
            self.report_unclean(day)
            self._checkpoint(day)
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

    def _check_settled(self, day: dt.date) -> None:
        """Note whether a day is read before it is settled."""
        now = self.account.now
        if is_settled(day, now):
            return
        if self._first_unsettled is None:
            self._first_unsettled = day
        if day < now.date():
            self.logger.info(progress.unsettled_message(day))

    def _checkpoint(self, day: dt.date) -> None:
        """Move the bookmark after a day that was read completely, and write a STATE message.

        The SDK writes no STATE message if an error ends the run, nor after a day without records.
        """
        if self.replication_method == REPLICATION_INCREMENTAL:
            bookmark = min(day, self._first_unsettled or day)
            if self.bookmark is None or bookmark >= self.bookmark:
                state = self.get_context_state(None)
                state["replication_key"] = REPLICATION_KEY
                state["replication_key_value"] = bookmark.isoformat()
                state.pop(SETTLED_KEY, None)
                if self._first_unsettled is None:
                    state[SETTLED_KEY] = True
        self.write_state()
