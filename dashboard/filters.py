"""The filter of days, direction and campaign."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Filter:
    """Which calls the pages show.

    Attributes:
        first: The first day.
        last: The last day.
        direction: `inbound` or `outbound`; None for all calls.
        campaign: The name of a campaign; None for all calls.
    """

    first: dt.date
    last: dt.date
    direction: str | None = None
    campaign: str | None = None

    @property
    def days(self) -> int:
        """The number of days."""
        return (self.last - self.first).days + 1

    def before(self) -> Filter:
        """Return the filter of as many days directly before."""
        days = dt.timedelta(days=self.days)
        return replace(self, first=self.first - days, last=self.last - days)

    def parameters(self) -> dict[str, object]:
        """Return the parameters of the queries."""
        return {
            "first": self.first,
            "last": self.last,
            "direction": self.direction,
            "campaign": self.campaign,
        }

    def __str__(self) -> str:
        """Describe the calls: `2026-03-01 to 2026-03-07, inbound calls, campaign Sales`."""
        days = str(self.first) if self.days == 1 else f"{self.first} to {self.last}"
        campaign = f"campaign {self.campaign}" if self.campaign else "all campaigns"
        return f"{days}, {self.direction or 'all'} calls, {campaign}"
