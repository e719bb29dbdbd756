"""Reads the response headers that have times: `Date` and `Retry-After`."""

from __future__ import annotations

import datetime as dt
import re
from email.utils import parsedate_to_datetime

#: Cap on `Retry-After`: a longer wait is left to the next run.
MAX_RETRY_AFTER_SECONDS = 3600.0

# A gateway that adds its own header makes "60, 120" of two. A fraction is not in the standard.
_SECONDS = re.compile(r"\s*([0-9]+(\.[0-9]*)?)\s*s?\s*(,.*)?", re.ASCII | re.DOTALL)


def parse_http_date(value: str | None) -> float | None:
    """Parse an HTTP date, such as the header `Date`.

    Returns:
        Seconds since the epoch, or None if there is no header or it is invalid.
    """
    try:
        moment = parsedate_to_datetime(value or "")
        # HTTP dates are in UTC, whether they say so or not (RFC 9110, section 5.6.7).
        return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp()
    except (IndexError, OverflowError, TypeError, ValueError):
        return None


def parse_retry_after(value: str | None, now: float) -> float:
    """Parse a `Retry-After` header, which is a number of seconds or a date.

    Returns:
        Seconds from `now`, which is in seconds since the epoch; at most `MAX_RETRY_AFTER_SECONDS`.
        0 if the header is missing or invalid.
    """
    if match := _SECONDS.fullmatch(value or ""):
        seconds = float(match[1])
    else:
        seconds = (parse_http_date(value) or now) - now
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)
