"""The report of the demo: compares the DuckDB table with the account and summarises it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

#: The schema of Meltano's environment `sandbox`.
TABLE = "ozonetel_sandbox.cdr_details"
_MAX_KEYS_SHOWN = 3

_DAYS = """
select
    strftime(call_date, '%Y-%m-%d'),
    count(*),
    sum(legs)::int,
    avg(is_answered::int),
    avg(talk_seconds) filter (where is_answered)
from analytics.ozonetel__calls
group by rollup (call_date)
order by call_date nulls last
"""
_HOURS = """
select hour, sum(calls)::int as inbound_calls, sum(abandoned + unanswered)::int as missed
from analytics.ozonetel__hours
where direction = 'inbound'
group by hour
order by inbound_calls desc, hour
limit 5
"""
_DISPOSITIONS = """
select disposition, count(*) as calls
from analytics.ozonetel__calls
where disposition is not null
group by disposition
order by calls desc, disposition
limit 5
"""

_AGENTS = """
select
    agentname,
    count(distinct calldate),
    sum(epoch(totalloginduration::interval)),
    sum(epoch(totalpausetime::interval)),
    sum(epoch(totalbusytime::interval)) as busy_seconds
from ozonetel_sandbox.agent_summary
group by agentname
order by busy_seconds desc, agentname
limit 5
"""

_SERVICE = """
select
    sum(answered_in_time)
        / nullif(sum(answered + abandoned + unanswered - abandoned_short), 0),
    sum(answer_seconds) / nullif(sum(answered), 0)
from analytics.ozonetel__days
where direction = 'inbound'
"""
_OPEN_MISSED_CALLS = """
select count(*), count(*) filter (where is_open), count(*) filter (where is_latest)
from analytics.ozonetel__missed_calls
"""

Key = tuple[int, int]
Record = dict[str, Any]


def query(file: Path, sql: str) -> list[tuple[Any, ...]]:
    """Run a query.

    Args:
        file: The DuckDB file; it is opened read-only.
        sql: The query.

    Returns:
        The rows.
    """
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def read_rows(file: Path) -> list[Record]:
    """Return the rows of the table by column name."""
    columns = [str(row[0]) for row in query(file, f"describe {TABLE}")]
    rows = query(file, f"select * from {TABLE}")  # noqa: S608
    return [dict(zip(columns, row, strict=True)) for row in rows]


def as_loaded(record: Mapping[str, object]) -> Record:
    """Return a record as target-duckdb writes it: lower-case names, null for empty text."""
    return {name.lower(): None if value == "" else value for name, value in record.items()}


def differences(
    rows: Iterable[Record],
    before: Iterable[Mapping[str, object]],
    after: Iterable[Mapping[str, object]],
) -> list[str]:
    """Compare the table with the account.

    The account changes while it is read: calls end and dispositions are filled in. So the records
    from before the last run must be in the table, the ones that appeared during it may be, and
    values are compared where they stayed the same.

    Args:
        rows: The table.
        before: The account's records before the last run.
        after: The account's records after the last run.

    Returns:
        One line per kind of difference.
    """
    found = list(rows)
    count = Counter(map(_key, found))
    required = {_key(record): record for record in map(as_loaded, before)}
    allowed = {_key(record): record for record in map(as_loaded, after)}
    problems = {
        "missing": [key for key in required if key not in count],
        "duplicated": [key for key, number in count.items() if number > 1],
        "not in the account": [key for key in count if key not in required and key not in allowed],
        "different from the account": [
            key
            for row in found
            if (key := _key(row)) in required
            and required[key] == allowed.get(key)
            and not _is_same(row, required[key])
        ],
    }
    return [_format_problem(problem, keys) for problem, keys in problems.items() if keys]


def _is_same(row: Record, record: Record) -> bool:
    """Return whether a row has the values of a record; columns without a field are null."""
    return all(row.get(name) == record.get(name) for name in {**row, **record})


def _key(row: Mapping[str, Any]) -> Key:
    return row["callid"], row["ucid"]


def _format_problem(problem: str, keys: Sequence[Key]) -> str:
    shown = ", ".join(f"CallID {call} UCID {leg}" for call, leg in keys[:_MAX_KEYS_SHOWN])
    more = ", …" if len(keys) > _MAX_KEYS_SHOWN else ""
    return f"{len(keys):,} records are {problem}: {shown}{more}"


def format_report(file: Path) -> str:
    """Return tables of calls per day, of the busiest hours and of the most frequent dispositions.

    Args:
        file: The DuckDB file of the dbt models.
    """
    lines = ["day           calls    legs  answered  talk time", "-" * 46]
    for day, calls, legs, answered, talk in query(file, _DAYS):
        if day is None:
            lines.append(lines[1])
        name, talk_time = day or "all", _format_seconds(talk)
        lines.append(f"{name:10}  {calls:7,} {legs:7,}  {answered or 0:8.1%}  {talk_time:>9}")
    lines += ["", "hour   inbound calls  missed", "-" * 28]
    lines += [
        f"{hour:02}:00  {calls:13,} {missed:7,}" for hour, calls, missed in query(file, _HOURS)
    ]
    lines += ["", f"{'disposition':28} calls", "-" * 34]
    lines += [f"{name:27} {calls:6,}" for name, calls in query(file, _DISPOSITIONS)]
    return "\n".join(lines)


def format_answers(file: Path) -> str:
    """Return the missed calls still open, the service level and the average speed of answer.

    Args:
        file: The DuckDB file of the dbt models.
    """
    ((missed, still_open, customers),) = query(file, _OPEN_MISSED_CALLS)
    ((service_level, seconds),) = query(file, _SERVICE)
    level = "none" if service_level is None else f"{service_level:.1%} answered within 20 s"
    speed = "none" if seconds is None else f"{seconds:.1f} s"
    return "\n".join(
        (
            f"{'missed calls still open':28} {still_open:,} of {missed:,}, {customers:,} customers",
            f"{'service level':28} {level}",
            f"{'average speed of answer':28} {speed}",
        )
    )


def format_agents(file: Path) -> str:
    """Return a table of the agents with most time in calls.

    Args:
        file: The DuckDB file of the loader.
    """
    lines = [
        f"{'agent':20} {'days':>4} {'logged in':>12} {'paused':>12} {'in calls':>12}",
        "-" * 64,
    ]
    for name, days, *times in query(file, _AGENTS):
        columns = " ".join(f"{_format_hours(seconds):>12}" for seconds in times)
        lines.append(f"{name:20} {days:4} {columns}")
    return "\n".join(lines)


def _format_hours(seconds: float) -> str:
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02d} min"


def _format_seconds(seconds: float | None) -> str:
    if seconds is None:
        return "none"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d}"
