"""The streams that read day by day: the day loop, its checkpoint, and days cut into windows."""

from __future__ import annotations

import datetime as dt
from collections import deque
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any

from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL
from typing_extensions import override

from tap_ozonetel import progress
from tap_ozonetel.client import CdrStream, Page
from tap_ozonetel.days import (
    SECONDS_A_DAY,
    Window,
    days_lost,
    days_to_read,
    oldest_kept_day,
    windows,
)
from tap_ozonetel.errors import ConfigError, OzonetelError, WindowTooBigError
from tap_ozonetel.schema import REPLICATION_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.singerlib import Catalog

    from tap_ozonetel.api.account import Account


class DailyStream(CdrStream):
    """A stream whose bookmark is the last day that was asked for and read to its end."""

    replication_key: str | None = REPLICATION_KEY
    #: Whether a window may take more than one request.
    paginated = False

    def __init__(self, tap: Tap, account: Account) -> None:
        """Make a stream.

        Args:
            tap: The tap that it belongs to.
            account: What the tap's streams share.
        """
        super().__init__(tap, account)
        self._state_writer = tap.state_writer
        self._window_seconds = SECONDS_A_DAY

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        super().apply_catalog(catalog)
        self.replication_key = self.replication_key or REPLICATION_KEY

    @property
    def bookmark(self) -> dt.date | None:
        """The last day that was asked for and read to its end."""
        state: dict[str, Any] = self.tap_state.get("bookmarks", {}).get(self.name, {})
        value = state.get("replication_key_value")
        if value is None or self.replication_method != REPLICATION_INCREMENTAL:
            return None
        return dt.date.fromisoformat(value)

    def put_bookmark_right(self) -> None:
        """Make the bookmark a day, and one after today today, before any STATE repeats it.

        Raises:
            ConfigError: The bookmark is no date.
        """
        state = self.tap_state.get("bookmarks", {}).get(self.name, {})
        value = state.get("replication_key_value")
        if value is None:
            return
        try:
            day = dt.date.fromisoformat(str(value)[: len("YYYY-MM-DD")])
        except ValueError:
            msg = f"The state's bookmark of {self.name} is no date; delete it to begin anew"
            raise ConfigError(msg) from None
        if day > self.account.today:
            self.logger.warning("The bookmark %s is after today and counts as today", day)
            day = self.account.today
        state["replication_key_value"] = day.isoformat()

    @cached_property
    def days(self) -> Sequence[dt.date]:
        """The days of this run, as of its start."""
        config = self.account.config
        return days_to_read(
            bookmark=self.bookmark,
            start_date=config.start_date,
            end_date=config.end_date,
            lookback_days=config.lookback_days,
            today=self.account.today,
        )

    @cached_property
    def lost_days(self) -> Sequence[dt.date]:
        """The days behind the bookmark that the API no longer keeps, as of the run's start."""
        config = self.account.config
        return days_lost(
            bookmark=self.bookmark,
            start_date=config.start_date,
            end_date=config.end_date,
            today=self.account.today,
        )

    @override
    def get_records(self, context: Context | None) -> Iterable[Record]:
        days, window = self.days, self.account.window
        requests = self._requests(len(days))
        seconds = window.seconds_until(requests)
        self.logger.info(progress.beginning(days, requests, seconds, at_least=self.paginated))
        for number, day in enumerate(days, start=1):
            count = 0
            try:
                self._still_kept(day)
                for count, record in enumerate(self._read_day(day), start=1):  # noqa: B007
                    yield record
            except OzonetelError as error:
                raise self.failed(day, error) from error
            self._checkpoint(day)
            left = window.seconds_until(self._requests(len(days) - number))
            line = progress.day_read(
                day, number, len(days), count, next_in=window.seconds_until(1), left=left
            )
            self.logger.info(line)

    def collect(self, window: Window) -> IO[bytes]:
        """Get all records of a window before the first of them is used.

        Args:
            window: A stretch of a day.

        Returns:
            The body of the answer, or of several one after the other; the caller's to close.

        Raises:
            WindowTooBigError: The window should be cut in half.
            OzonetelError: There is no answer to be had.
        """
        page = Page(window, self.account.config.filters)
        return self.ask(page, str(window), can_be_cut=window.can_be_cut).body

    def _read_day(self, day: dt.date) -> Iterator[Record]:
        """Read a day in as few windows as the gateway takes."""
        pending = deque(windows(day, self._window_seconds))
        while pending:
            window = pending.popleft()
            try:
                body = self.collect(window)
            except WindowTooBigError as fault:
                # Days are alike: what was too much once would be again, at two requests a time.
                self._window_seconds = window.seconds // 2
                pending = deque(windows(day, self._window_seconds, start=window.first))
                self.logger.warning(
                    "%s: %s, twice; going on in windows of %s",
                    window,
                    fault,
                    progress.spoken(self._window_seconds),
                )
            else:
                yield from self.records(body, day)

    def _requests(self, days: int) -> int:
        """How many requests so many days take, or take at least where there are pages."""
        return days * -(-SECONDS_A_DAY // self._window_seconds)

    def _still_kept(self, day: dt.date) -> None:
        """See that the day has not passed out of the API's keeping while the run was waiting."""
        if day < oldest_kept_day(self.account.today):
            msg = (
                "The API stopped keeping this day while the run was waiting. Run again to go on "
                "with the days that are left"
            )
            raise OzonetelError(msg)

    def _checkpoint(self, day: dt.date) -> None:
        """Move the bookmark to a day that was read to its end, and write it out at once.

        The SDK writes no STATE when an error ends the run, and none for a day without records.
        """
        if self.replication_method != REPLICATION_INCREMENTAL:
            return
        if self.bookmark is None or day > self.bookmark:
            state = self.get_context_state(None)
            state["replication_key"] = REPLICATION_KEY
            state["replication_key_value"] = day.isoformat()
            self._state_writer.write_state(self.tap_state)

    @override
    def _increment_stream_state(
        self, latest_record: Record, *, context: Context | None = None
    ) -> None:
        # The one private name of the SDK that is overridden, for there is no other way: it would
        # make the bookmark of what the records say of themselves, and one that claims a later day
        # would take it past days that were never read.
        del latest_record, context
