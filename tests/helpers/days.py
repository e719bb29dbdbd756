"""Days that are synced from the sandbox, and what was requested and emitted for them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox import Sandbox
    from tests.helpers.sync import Sync

#: The day at which the fake clock starts.
TODAY = dt.date(2026, 3, 17)

FIRST_DAY, LAST_DAY = dt.date(2026, 3, 14), dt.date(2026, 3, 16)
#: Settings that sync these days.
THREE_DAYS: dict[str, Any] = {
    "start_date": FIRST_DAY.isoformat(),
    "end_date": LAST_DAY.isoformat(),
}
ONE_DAY: dict[str, Any] = {**THREE_DAYS, "end_date": FIRST_DAY.isoformat()}


def day(offset: int) -> str:
    """Return the day that is `offset` days after today."""
    return (TODAY + dt.timedelta(days=offset)).isoformat()


def time_zone_at_noon() -> str:
    """Return a time zone in which it is about noon.

    For tests with the real clock: today has calls there, and those of yesterday are settled.
    """
    offset = 12 - dt.datetime.now(dt.UTC).hour
    # The sign of these names is the opposite of the offset (RFC 9636, the time zone database).
    return f"Etc/GMT{-offset:+d}"


def settled_days(box: Sandbox) -> list[str]:
    """Return four days of the retention whose calls no longer change."""
    return [str(box.today() - dt.timedelta(days=ago)) for ago in (6, 5, 4, 3)]


def requested_days(box: Sandbox) -> list[str]:
    """Return the day of each request."""
    return [first[:10] for first, _ in requested_windows(box)]


def requested_windows(box: Sandbox) -> list[tuple[str, str]]:
    """Return the first and the last second of each request."""
    bodies = [request.body or {} for request in box.requests]
    return [(str(body["fromDate"]), str(body["toDate"])) for body in bodies]


def assert_complete(done: Sync, box: Sandbox, stream: str = "cdr_details") -> None:
    """Assert that every record of `THREE_DAYS` was emitted once, and the last bookmark."""

    def in_order(records: list[dict[str, object]]) -> list[dict[str, object]]:
        return sorted(records, key=lambda record: (str(record["CallID"]), str(record["UCID"])))

    assert in_order(done.records(stream)) == in_order(box.calls_between(FIRST_DAY, LAST_DAY))
    assert done.bookmarks(stream)[-1] == LAST_DAY.isoformat()
