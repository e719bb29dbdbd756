"""Reads the header `Retry-After`, which may have any size and spelling."""

from __future__ import annotations

import datetime as dt
import re
from email.utils import parsedate_to_datetime

#: Cap on `Retry-After`, for all endpoints. The limits are per minute and, for tokens, per hour
#: (docs/ozonetel-api.md, "Limits" and "Authentication").
MAX_RETRY_AFTER_SECONDS = 3600.0

# A gateway that adds its own header makes "60, 120" of two. A fraction is not in the standard.
_SECONDS = re.compile(r"\s*([0-9]+(\.[0-9]*)?)\s*s?\s*(,.*)?", re.ASCII | re.DOTALL)


def parse_retry_after(value: str | None, now: float) -> float:
    """Parse a `Retry-After` header, which is a number of seconds or a date.

    Args:
        value: The value of the header.
        now: Seconds since the epoch.

    Returns:
        Seconds from now, at most `MAX_RETRY_AFTER_SECONDS`; 0 if there is no header or it is
        invalid.
    """
    if not value:
        return 0.0
    match = _SECONDS.fullmatch(value)
    seconds = float(match[1]) if match else _seconds_until(value, now)
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)


def _seconds_until(date: str, now: float) -> float:
    try:
        then = parsedate_to_datetime(date)
        # HTTP dates are in UTC, whether they say so or not (RFC 9110, section 5.6.7).
        then = then if then.tzinfo else then.replace(tzinfo=dt.UTC)
        return then.timestamp() - now
    except (IndexError, OverflowError, TypeError, ValueError):
        return 0.0
