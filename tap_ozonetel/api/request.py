"""A request for records: what it asks for, and the token that it carries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Request:
    """A request for records.

    Its string is its name in the log: the requested days or seconds, and the page if there is one.
    """

    #: What is requested, such as `2026-03-14`.
    name: str
    #: The first and the last second, as `YYYY-MM-DD HH:MM:SS`.
    from_date: str
    to_date: str
    #: The day that the API must still serve. None if the endpoint documents no retention.
    day: dt.date | None = None
    #: Whether the caller can ask for less if the response is too large.
    is_splittable: bool = False
    #: Optional fields of the JSON body (docs/ozonetel-api.md, "Request body").
    fields: Mapping[str, str] = field(default_factory=dict)
    #: The number of the page, from 1, and its size. None if the endpoint has no pages.
    page: int | None = None
    page_size: int | None = None

    def __str__(self) -> str:
        """The name, and the page if there is one."""
        return self.name if self.page is None else f"{self.name}, page {self.page}"

    @property
    def query(self) -> Mapping[str, int | None]:
        """The query of the URL, without the parameters that are None."""
        return {"pageNo": self.page, "pageSize": self.page_size}


@dataclass(slots=True)
class TokenUse:
    """The token that a request carries, over its tries."""

    token: str | None = field(default=None, repr=False)
    #: Whether a new token was requested because the API rejected the previous one.
    was_refreshed: bool = False
