"""Comments that agents change days after a call (docs/ozonetel-api.md, "Records")."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.calls.legs import Leg
    from sandbox.options import Options

#: The value of ``Comments`` after a late change.
LATE_COMMENTS = "Called back days later"

# One leg in so many is changed, at a time between these hours.
_LEGS_PER_CHANGE = 4
_FIRST_HOUR, _HOURS = 9, 9


def changed_at(options: Options, day: date, leg: Leg) -> datetime | None:
    """Return the local time at which the comments of a leg change; None if they never do.

    Args:
        options: Options of the account.
        day: Day of the leg.
        leg: The leg.
    """
    number = leg.slot * 7919 + day.toordinal() * 31 + options.seed * 104_729
    if not options.late_change_days or number % _LEGS_PER_CHANGE:
        return None
    days = 1 + number // _LEGS_PER_CHANGE % options.late_change_days
    hour = _FIRST_HOUR + number // 7 % _HOURS
    return datetime.combine(day + timedelta(days=days), time(hour, number % 60))
