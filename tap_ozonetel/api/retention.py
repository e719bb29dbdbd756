"""Which days the API serves, and when their records are final. Pure functions of dates."""

from __future__ import annotations

import datetime as dt

#: The days for which the API serves calls: today and the 14 days before it. It keeps calls for 15
#: days back from the moment of the request, so only a part of the 15th day before today is left
#: (docs/ozonetel-api.md, "Limits").
RETENTION_DAYS = 15

#: A day is settled at 03:00 of the next day. Before, the API may still be moving its calls from the
#: store of today to that of past days (docs/ozonetel-api.md, "Limits").
SETTLED_AT = dt.time(3)


def oldest_available_day(today: dt.date) -> dt.date:
    """The oldest day whose calls the API still serves completely."""
    return today - dt.timedelta(days=RETENTION_DAYS - 1)


def is_settled(day: dt.date, now: dt.datetime) -> bool:
    """Whether the API serves the final records of a day.

    Args:
        day: The day.
        now: The time of the request, in the account's time zone.
    """
    next_day = day + dt.timedelta(days=1)
    return now >= dt.datetime.combine(next_day, SETTLED_AT, tzinfo=now.tzinfo)
