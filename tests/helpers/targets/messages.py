"""The messages that every loader gets: three syncs of an account, and difficult records."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sandbox import Options, Sandbox
from tests.helpers.clock import FakeClock
from tests.helpers.hard_records import HARD_VALUES
from tests.helpers.sync import Sync, sync

if TYPE_CHECKING:
    from tests.helpers.comparison import Row

STREAM = "cdr_details"
OPTIONS = Options(records=90, ids="text", dial_count=True)


@dataclass(frozen=True)
class Account:
    """The output of three syncs, and the calls of the account at these times."""

    first: Sync
    #: A day later: the lookback reads two days again, and there is a new one.
    second: Sync
    #: At once after the second, so that it moves no bookmark.
    idle: Sync
    calls_at_first: list[Row]
    calls: list[Row]


@cache
def account() -> Account:
    """Sync an account three times."""
    clock = FakeClock()
    with Sandbox(OPTIONS, clock=clock) as box:
        start = box.today() - dt.timedelta(days=2)
        first = sync(box, clock, start_date=str(start))
        calls_at_first = box.calls_between(start, box.today())
        clock.advance(24 * 3600)
        second = sync(box, clock, state=first.states[-1])
        calls = box.calls_between(start, box.today())
        idle = sync(box, clock, state=second.states[-1])
    return Account(first, second, idle, calls_at_first, calls)


def records(run: Sync) -> list[Row]:
    """Return the records of a run as they were written."""
    return [message["record"] for message in run.of_type("RECORD")]


def schema() -> dict[str, Any]:
    """Return the SCHEMA message of the tap."""
    return account().first.of_type("SCHEMA")[0]


def field_names() -> list[str]:
    """Return the fields of the stream."""
    return list(schema()["schema"]["properties"])


MISSING_FIELDS = "missing fields"
CASES = (*HARD_VALUES, MISSING_FIELDS)


def cases(*names: str) -> list[Row]:
    """Return the records of some cases, after a plain one."""
    found = [_complete({"Comments": "plain", "Rating": 3}, 0)]
    for name in names:
        for values in HARD_VALUES.get(name, []):
            found.append(_complete(values, len(found)))
    if MISSING_FIELDS in names:
        only = {"CallID": 1, "UCID": 1000, "CallDate": "2026-03-17", "Comments": "few"}
        found.append(only)
    return found


def _complete(values: Row, number: int) -> Row:
    key = {"CallID": 31733467784618213, "UCID": number, "CallDate": "2026-03-17"}
    return dict.fromkeys(field_names()) | key | values


def messages_of(found: list[Row]) -> list[dict[str, Any]]:
    """Return the messages of some records, with the state of the first run."""
    lines = [{"type": "RECORD", "stream": STREAM, "record": record} for record in found]
    now = {"time_extracted": "2026-03-17T04:30:00+00:00"}
    state = {"type": "STATE", "value": account().first.states[-1]}
    return [schema(), *(line | now for line in lines), state]
