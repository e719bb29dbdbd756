"""What must be true after a simulation."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from tests.helpers.sync import without_dial_count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.helpers.simulation.simulation import Simulation

Key = tuple[Any, ...]


def find_problems(simulation: Simulation) -> list[str]:
    """Return what is wrong after a simulation, one line each."""
    return [
        *_find_requests_over_the_limit(simulation),
        *(f"{day} was named, but was not lost" for day in simulation.unfounded),
        *_find_days_without_their_calls(simulation),
        *_find_other_keys(simulation),
    ]


def _find_requests_over_the_limit(simulation: Simulation) -> Iterator[str]:
    if simulation.box.rate_limited_count:
        yield f"{simulation.box.rate_limited_count} requests were over the rate limit"


def _calls(simulation: Simulation, day: dt.date) -> dict[Key, dict[str, object]]:
    """Return the last values of the calls of a day by their keys."""
    return {(call["CallID"], call["UCID"]): call for call in simulation.box.calls(day)}


def _rows_by_day(simulation: Simulation) -> dict[str, dict[Key, dict[str, object]]]:
    days: dict[str, dict[Key, dict[str, object]]] = {}
    for key, row in simulation.pipeline.rows[simulation.setup.stream].items():
        (clean,) = without_dial_count([row])
        days.setdefault(row["CallDate"], {})[key] = clean
    return days


def _find_days_without_their_calls(simulation: Simulation) -> Iterator[str]:
    """Find days that no warning has named, and whose calls are missing or outdated."""
    day, today = simulation.first_day, simulation.box.today()
    if day is None:
        yield "no run has left a bookmark"
        return
    rows = _rows_by_day(simulation)
    while day < today:
        expected, found = _calls(simulation, day), rows.get(str(day), {})
        if day not in simulation.named and found != expected:
            missing = len(expected.keys() - found.keys())
            stale = sum(found[key] != expected[key] for key in expected.keys() & found.keys())
            yield f"{day}: of {len(expected)} calls {missing} are missing and {stale} are outdated"
        day += dt.timedelta(days=1)


def _find_other_keys(simulation: Simulation) -> Iterator[str]:
    """Find rows whose keys the account does not have."""
    for day, rows in _rows_by_day(simulation).items():
        calls = _calls(simulation, dt.date.fromisoformat(day))
        if dt.date.fromisoformat(day) < simulation.box.today() and rows.keys() - calls.keys():
            yield f"{day}: {len(rows.keys() - calls.keys())} rows have keys that no call has"
