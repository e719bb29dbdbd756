"""Which rows of the marts the filter keeps, and what it can be set to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dashboard.source import Source

DAYS = "call_date between %(first)s and %(last)s"
# The casts give Postgres the types of parameters that are null.
CAMPAIGN = """
(cast(%(campaign)s as text) is null or campaign_name = cast(%(campaign)s as text))
"""
#: The condition on marts with the columns `call_date`, `direction` and `campaign_name`.
CALLS = f"""
{DAYS} and {CAMPAIGN}
and (cast(%(direction)s as text) is null or direction = cast(%(direction)s as text))
"""

_DAYS = """
select min(call_date) as first, max(call_date) as last from ozonetel__days
where call_date <= %(tomorrow)s
"""
_CAMPAIGNS = """
select distinct campaign_name from ozonetel__days where campaign_name is not null
order by campaign_name
"""


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filter can be set to.

    Attributes:
        first: The first day with calls.
        last: The last day with calls.
        campaigns: The names of all campaigns.
    """

    first: dt.date
    last: dt.date
    campaigns: list[str]


def read_choices(source: Source) -> Choices | None:
    """Return what the filter can be set to. None if there are no calls at all."""
    # A day after tomorrow is a wrong date. The account's time zone may be ahead of this machine's.
    tomorrow = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)
    (days,) = source.query(_DAYS, {"tomorrow": tomorrow})
    if days["first"] is None:
        return None
    names = [str(row["campaign_name"]) for row in source.query(_CAMPAIGNS)]
    return Choices(days["first"], days["last"], names)
