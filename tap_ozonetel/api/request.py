"""The requests for records: what they ask for, and how their responses are classified."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Protocol

from tap_ozonetel.api.responses import classify_response, classify_summary_response
from tap_ozonetel.errors import OzonetelError
from tap_ozonetel.streams.days import oldest_available_day

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from tap_ozonetel.api.responses import ClassifiedResponse
    from tap_ozonetel.streams.days import Window
    from tap_ozonetel.streams.ranges import DateRange


class Request(Protocol):
    """A request for records. As text, it is the name of the request in the log."""

    @property
    def from_date(self) -> str:
        """The first second that it asks for, as `YYYY-MM-DD HH:MM:SS`."""

    @property
    def to_date(self) -> str:
        """The last second that it asks for, as `YYYY-MM-DD HH:MM:SS`."""

    @property
    def fields(self) -> Mapping[str, str]:
        """Optional fields of the JSON body."""

    @property
    def query(self) -> Mapping[str, int | None]:
        """The query of the URL, without the parameters that are None."""

    def check(self, today: dt.date) -> None:
        """Check that the API still serves what the request asks for.

        Raises:
            OzonetelError: It does not.
        """

    def classify(
        self, status: int, body: IO[bytes], *, charset: str | None, replace_broken: bool
    ) -> ClassifiedResponse:
        """Classify a response to the request. See `classify_response` for the parameters."""


@dataclass(frozen=True, slots=True)
class CdrRequest:
    """A request for call detail records."""

    window: Window
    #: Optional fields of the JSON body (docs/ozonetel-api.md, "Request body").
    fields: Mapping[str, str] = field(default_factory=dict)
    #: The number of the page, from 1. None if the endpoint has no pages.
    page: int | None = None
    page_size: int | None = None

    def __str__(self) -> str:
        """The window, and the page if there is one."""
        return str(self.window) if self.page is None else f"{self.window}, page {self.page}"

    @property
    def from_date(self) -> str:
        """The first second of the window."""
        return self.window.from_date

    @property
    def to_date(self) -> str:
        """The last second of the window."""
        return self.window.to_date

    @property
    def query(self) -> Mapping[str, int | None]:
        """The page."""
        return {"pageNo": self.page, "pageSize": self.page_size}

    def check(self, today: dt.date) -> None:
        """Check that the day is not past the API's retention."""
        if self.window.day < oldest_available_day(today):
            raise OzonetelError(
                "The day went past the API's retention while the run was waiting. Run again to "
                "continue with the next days"
            )

    def classify(
        self, status: int, body: IO[bytes], *, charset: str | None, replace_broken: bool
    ) -> ClassifiedResponse:
        """Classify a response of a CDR endpoint."""
        return classify_response(
            status,
            body,
            paginated=self.page is not None,
            charset=charset,
            replace_broken=replace_broken,
        )


@dataclass(frozen=True, slots=True)
class SummaryRequest:
    """A request for the agent summary of a range of days."""

    date_range: DateRange
    fields: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, int | None] = field(default_factory=dict)

    def __str__(self) -> str:
        """The range."""
        return str(self.date_range)

    @property
    def from_date(self) -> str:
        """The first second of the range."""
        return self.date_range.from_date

    @property
    def to_date(self) -> str:
        """The last second of the range."""
        return self.date_range.to_date

    def check(self, today: dt.date) -> None:
        """Check nothing: the API documents no oldest day."""

    def classify(
        self, status: int, body: IO[bytes], *, charset: str | None, replace_broken: bool
    ) -> ClassifiedResponse:
        """Classify a response of the summary endpoint."""
        return classify_summary_response(
            status, body, charset=charset, replace_broken=replace_broken
        )
