"""The streams with a bookmark: what the state has, and when the bookmark moves."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL

from tap_ozonetel.records.schema import REPLICATION_KEY
from tap_ozonetel.streams import progress
from tap_ozonetel.streams.base import OzonetelStream
from tap_ozonetel.streams.bookmark import SETTLED_KEY, Bookmark, read_bookmark
from tap_ozonetel.streams.days import is_settled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from singer_sdk import Tap

    from tap_ozonetel.api.account import Account


class IncrementalStream(OzonetelStream):
    """A stream whose bookmark is the last day that was requested and read completely.

    The bookmark does not go beyond the first day that was read before it was settled, so that the
    next run reads this day again. All days before the bookmark have been read settled.
    """

    replication_key: str | None = REPLICATION_KEY

    def __init__(self, tap: Tap, account: Account) -> None:
        super().__init__(tap, account)
        self._first_unsettled: dt.date | None = None

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

    def note_unsettled(self, days: Iterable[dt.date], now: dt.datetime) -> None:
        """Note which days are read before they are settled.

        Args:
            days: The days of a request, oldest first.
            now: The time before the request, in the account's time zone.
        """
        for day in days:
            if is_settled(day, now):
                continue
            if self._first_unsettled is None:
                self._first_unsettled = day
            if day < now.date():
                self.logger.info(progress.unsettled_message(day))

    def checkpoint(self, day: dt.date) -> None:
        """Move the bookmark after a day that was read completely, and write a STATE message.

        All days of the run before it have been read too.

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
