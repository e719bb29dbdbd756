"""The streams with a bookmark: which days they read, in which requests, and when it moves."""

from __future__ import annotations

import datetime as dt
from abc import abstractmethod
from collections import deque
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL
from typing_extensions import override

from tap_ozonetel.api.retention import RETENTION_DAYS, is_settled, oldest_available_day
from tap_ozonetel.errors import ConfigError, OzonetelError, SpanTooLargeError
from tap_ozonetel.records.schema import REPLICATION_KEY
from tap_ozonetel.streams import progress
from tap_ozonetel.streams.base import OzonetelStream
from tap_ozonetel.streams.bookmark import SETTLED_KEY, Bookmark, read_bookmark
from tap_ozonetel.streams.spans import (
    MIN_SPLIT_SECONDS,
    SECONDS_PER_DAY,
    RunDays,
    Span,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Record

    from tap_ozonetel.api.account import Account
    from tap_ozonetel.api.request import Request


class IncrementalStream(OzonetelStream):
    """A stream whose bookmark is the last day that was requested and read completely.

    The bookmark does not go beyond the first day that was read before it was settled, so that the
    next run reads this day again. All days before the bookmark have been read settled.
    """

    replication_key: str | None = REPLICATION_KEY
    #: The longest span of a request.
    max_request_days: ClassVar[int] = 1
    #: A request for a shorter span is not split if its response is too large.
    min_split_seconds: ClassVar[int] = MIN_SPLIT_SECONDS
    #: The number of days that a run with neither a bookmark nor a `start_date` reads.
    first_run_days: ClassVar[int] = RETENTION_DAYS
    #: Whether a span may take more than one request.
    is_paginated: ClassVar[bool] = False

    def __init__(self, tap: Tap, account: Account) -> None:
        super().__init__(tap, account)
        self._unsettled_days: list[dt.date] = []

    @abstractmethod
    def read(self, span: Span) -> Iterable[Record]:
        """Read the records of a span. All of its responses arrive before the first record.

        Raises:
            SpanTooLargeError: The span should be split.
            OzonetelError: There is no successful response.
        """

    @property
    def bookmark(self) -> dt.date | None:
        """The last day that was requested and read completely."""
        value = self.bookmark_state.get("replication_key_value")
        if value is None or self.replication_method != REPLICATION_INCREMENTAL:
            return None
        return dt.date.fromisoformat(value)

    @property
    def bookmark_state(self) -> dict[str, Any]:
        """What the bookmarks of the state have for the stream."""
        state: dict[str, Any] = self.tap_state.get("bookmarks", {}).get(self.name, {})
        return state

    def read_state(self, state: object) -> dict[str, Any]:
        """Read the state of the stream.

        Args:
            state: What the bookmarks of the state have for the stream.

        Returns:
            The parts of the state that this tap uses.

        Raises:
            ConfigError: The state is not one of this stream, or its bookmark is more than a day
                ahead of the clock.
        """
        bookmark = read_bookmark(self.name, state)
        if bookmark is None:
            return {}
        now = self.account.now
        # A day ahead is a clock that was set back, or another time zone. No day is lost then.
        if self.selected and bookmark.day > now.date() + dt.timedelta(days=1):
            raise ConfigError(
                f"The bookmark of {self.name} in the state is {bookmark.day}, but the clock says "
                f"{now:%Y-%m-%d %H:%M} ({self.account.config.timezone.key}). One of them is wrong, "
                "and the days in between would not be read. Correct the clock or the state"
            )
        return bookmark.to_state()

    @cached_property
    def run_days(self) -> RunDays:
        """The days of the run, as of its start."""
        config, today = self.account.config, self.account.today
        return RunDays(
            today=today,
            oldest=oldest_available_day(today) if self.has_retention else None,
            first_run_days=self.first_run_days,
            bookmark=self.bookmark,
            bookmark_settled=bool(self.bookmark_state.get(SETTLED_KEY)),
            start_date=config.start_date,
            end_date=config.end_date,
            lookback_days=config.lookback_days,
        )

    @override
    def fetch_records(self) -> Iterator[Record]:
        whole = self.run_days.span
        if whole is None:
            self.write_state()
            return
        pending = deque(whole.split(self.max_request_days * SECONDS_PER_DAY))
        seconds, at_least = self._seconds_until(len(pending)), self.is_paginated
        self.logger.info(progress.start_message(whole, len(pending), seconds, at_least=at_least))
        count = 0
        while pending:
            span = pending.popleft()
            # Before the request: what the API moves after it is not in the response.
            now = self.account.now
            try:
                for record in self.read(span):
                    count += 1
                    yield record
            except SpanTooLargeError as error:
                # Days are alike: the same span of a later day would be too large, too.
                seconds = span.half_seconds
                pending = deque(Span(span.first, whole.last).split(seconds))
                self.logger.warning("%s", progress.split_message(span, error, seconds))
                continue
            except OzonetelError as error:
                raise self.add_context(span.dates, error) from error
            self._note_unsettled(span.days, now)
            if span.ends_day:
                self.report_records(span.dates)
                self.checkpoint(span.last.date())
                self._log_progress(span, whole, count, len(pending))
                count = 0

    @override
    def make_request(self, span: Span, **options: Any) -> Request:
        is_splittable = span.seconds >= self.min_split_seconds
        return super().make_request(span, is_splittable=is_splittable, **options)

    def checkpoint(self, day: dt.date) -> None:
        """Move the bookmark after a day that was read completely, and write a STATE message.

        All days of the run before it have been read too.

        The SDK writes no STATE message if an error ends the run, nor after a day without records.
        """
        if self.replication_method == REPLICATION_INCREMENTAL:
            bookmark = min([day, *self._unsettled_days])
            if self.bookmark is None or bookmark >= self.bookmark:
                is_settled = not self._unsettled_days
                self.get_context_state(None).update(Bookmark(bookmark, is_settled).to_state())
        self.write_state()

    def _note_unsettled(self, days: Iterable[dt.date], now: dt.datetime) -> None:
        """Note which days were read before they were settled.

        Args:
            days: The days of a request.
            now: The time before the request, in the account's time zone.
        """
        for day in days:
            if is_settled(day, now) or day in self._unsettled_days:
                continue
            self._unsettled_days.append(day)
            if day < now.date():
                self.logger.info(progress.unsettled_message(day))

    def _log_progress(self, span: Span, whole: Span, records: int, requests: int) -> None:
        number, total = len(Span(whole.first, span.last).days), len(whole.days)
        next_in, left = self._seconds_until(1), self._seconds_until(requests)
        self.logger.info(progress.day_message(span.dates, number, total, records, next_in, left))

    def _seconds_until(self, number: int) -> float:
        """Predict in how many seconds the rate limit permits the next request with this number."""
        return self.account.authenticator.seconds_until(self.rate_limit, number)
