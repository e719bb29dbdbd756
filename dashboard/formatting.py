"""Numbers, shares and durations as text."""

from __future__ import annotations

#: The text of a value that does not exist, such as the average of no calls.
NOTHING = "–"  # noqa: RUF001

_MINUTE, _HOUR = 60, 3600


def format_count(number: float | None) -> str:
    """Format a number of calls with thousands separators: `12,345`."""
    return NOTHING if number is None else f"{number:,.0f}"


def format_share(share: float | None) -> str:
    """Format a share of 1 as a percentage: `81.3%`."""
    return NOTHING if share is None else f"{share:.1%}"


def format_duration(seconds: float | None) -> str:
    """Format seconds as `0:42`, or as `1 h 05 min` from an hour on."""
    if seconds is None:
        return NOTHING
    sign, whole = "-" if seconds <= -0.5 else "", round(abs(seconds))  # noqa: PLR2004
    if whole < _HOUR:
        return f"{sign}{whole // _MINUTE}:{whole % _MINUTE:02}"
    hours, minutes = divmod(round(whole / _MINUTE), _MINUTE)
    return f"{sign}{hours:,} h {minutes:02} min"


def change_of_count(now: float | None, before: float | None) -> str | None:
    """Format the change of a number in percent: `+4.5%`. None if there is nothing to compare."""
    return f"{now / before - 1:+.1%}" if now is not None and before else None


def change_of_share(now: float | None, before: float | None) -> str | None:
    """Format the change of a share in percentage points: `-1.2 points`."""
    return None if now is None or before is None else f"{100 * (now - before):+.1f} points"


def change_of_duration(now: float | None, before: float | None) -> str | None:
    """Format the change of a duration: `+0:05`."""
    if now is None or before is None:
        return None
    text = format_duration(now - before)
    return text if text.startswith("-") else f"+{text}"


def escape_formula(value: object) -> object:
    """Put an apostrophe before text that a spreadsheet would compute, such as `=1+2`.

    Callers can choose the number that is shown, and a CSV file has it. A phone number with its `+`
    stays as it is.
    """
    if not isinstance(value, str) or (value.startswith("+") and value[1:].isdecimal()):
        return value
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
