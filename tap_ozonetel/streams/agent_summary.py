"""The stream of the agent summary, which reads up to 30 days with one request."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from tap_ozonetel.records.agent_summary import SummaryNormalizer
from tap_ozonetel.streams.incremental import IncrementalStream
from tap_ozonetel.streams.spans import SECONDS_PER_DAY

if TYPE_CHECKING:
    from singer_sdk.helpers.types import Record

    from tap_ozonetel.api.rate_limit import RateLimit
    from tap_ozonetel.streams.spans import Span

#: The longest span of a request, and what a first run reads (docs/ozonetel-api.md, "Agent state
#: summary"): the first second of the first day and the last second of the last day are less than 30
#: times 24 hours apart.
MAX_RANGE_DAYS = 30


class AgentSummary(IncrementalStream):
    """How long each agent was logged in, busy, paused and so on: one record per day and mode."""

    name = "agent_summary"
    path = "/ca_reports/summaryReport"
    selected_by_default = False
    normalizer_class = SummaryNormalizer
    schema = SummaryNormalizer.schema
    primary_keys = SummaryNormalizer.key_properties
    rows_in_message: ClassVar[bool] = True
    has_retention: ClassVar[bool] = False
    max_request_days: ClassVar[int] = MAX_RANGE_DAYS
    min_split_seconds: ClassVar[int] = 2 * SECONDS_PER_DAY
    first_run_days: ClassVar[int] = MAX_RANGE_DAYS

    @property
    @override
    def rate_limit(self) -> RateLimit:
        return self.account.summary_limit

    @override
    def read(self, span: Span) -> list[Record]:
        """Read the records of a span into memory, sorted by day."""
        response = self.endpoint.fetch(self.make_request(span))
        day = span.first.date() if len(span.days) == 1 else None
        records = self.read_records(response.body, day, response.rows)
        return sorted(records, key=lambda record: record["CallDate"])
