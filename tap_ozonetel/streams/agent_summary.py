"""The stream of the agent summary, which reads ranges of days."""

from __future__ import annotations

from collections import deque
from functools import cached_property
from typing import TYPE_CHECKING

from typing_extensions import override

from tap_ozonetel.api.request import SummaryRequest
from tap_ozonetel.errors import OzonetelError, WindowTooLargeError
from tap_ozonetel.records.agent_summary import SummaryNormalizer
from tap_ozonetel.streams import progress
from tap_ozonetel.streams.incremental import IncrementalStream
from tap_ozonetel.streams.ranges import MAX_RANGE_DAYS, DateRange, range_to_read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from singer_sdk.helpers.types import Record

    from tap_ozonetel.api.rate_limiter import RateLimiter


class AgentSummary(IncrementalStream):
    """How long each agent was logged in, busy, paused and so on: a record per day and mode."""

    name = "agent_summary"
    path = "/ca_reports/summaryReport"
    selected_by_default = False
    schema = SummaryNormalizer.schema
    primary_keys = SummaryNormalizer.key_properties
    normalizer_class = SummaryNormalizer

    @property
    @override
    def rate_limiter(self) -> RateLimiter:
        return self.account.summary_rate_limiter

    @cached_property
    def range_to_read(self) -> DateRange:
        """The days to read, as of the start of the stream."""
        config = self.account.config
        return range_to_read(
            bookmark=self.bookmark,
            start_date=config.start_date,
            end_date=config.end_date,
            lookback_days=config.lookback_days,
            today=self.account.today,
        )

    @override
    def fetch_records(self) -> Iterable[Record]:
        whole, range_days = self.range_to_read, MAX_RANGE_DAYS
        pending = deque(whole.split(range_days))
        if not pending:
            self.write_state()
        self._log_start(whole, len(pending))
        while pending:
            part = pending.popleft()
            now = self.account.now
            try:
                records = self._fetch_range(part)
            except WindowTooLargeError as error:
                # Ranges are alike: another one of this length would time out too.
                range_days = part.number_of_days // 2
                pending = deque(DateRange(part.first, whole.last).split(range_days))
                self._log_split(part, error, range_days)
                continue
            except OzonetelError as error:
                raise self.add_context(part, error) from error
            yield from records
            self.note_unsettled(part.days, now)
            self.report_unclean(part)
            self.checkpoint(part.last)
            self._log_range(part, len(records), len(pending))

    def _fetch_range(self, days: DateRange) -> list[Record]:
        """Fetch all records of a range, sorted by day.

        They are in memory: there is one per day, agent and mode.
        """
        response = self.endpoint.fetch(SummaryRequest(days), splittable=days.splittable)
        day = None if days.splittable else days.first
        records = self.read_records(response.body, day, response.rows)
        return sorted(records, key=lambda record: record["CallDate"])

    def _log_start(self, days: DateRange, requests: int) -> None:
        seconds = self.rate_limiter.seconds_until(requests)
        self.logger.info(progress.start_message(days.days, requests, seconds, at_least=False))

    def _log_split(self, days: DateRange, error: OzonetelError, range_days: int) -> None:
        self.logger.warning(
            "%s: %s, repeatedly; continuing with ranges of %s",
            days,
            error,
            progress.pluralize(range_days, "day"),
        )

    def _log_range(self, days: DateRange, records: int, requests_left: int) -> None:
        first, last = self.range_to_read
        self.logger.info(
            progress.range_message(
                days,
                DateRange(first, days.last).number_of_days,
                DateRange(first, last).number_of_days,
                records,
                self.rate_limiter.seconds_until(1),
                self.rate_limiter.seconds_until(requests_left),
            )
        )
