"""What the demo found in the DuckDB file: whether it is what the account has, and a table of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

SCHEMA = "ozonetel"
TABLE = f"{SCHEMA}.cdr_details"
_MOST_NAMED = 3

# A record is a leg; a call is answered when one of its legs is. Durations are text, `HH:MM:SS`.
_DAYS = f"""
with calls as (
    select
        calldate,
        callid,
        count(*) as legs,
        bool_or(status = 'Answered') as answered,
        sum(
            3600 * split_part(talktime, ':', 1)::int
            + 60 * split_part(talktime, ':', 2)::int
            + split_part(talktime, ':', 3)::int
        ) as talk_seconds
    from {TABLE}
    group by calldate, callid
)
select
    calldate,
    count(*),
    sum(legs)::int,
    avg(answered::int),
    avg(talk_seconds) filter (where answered)
from calls
group by rollup (calldate)
order by calldate nulls last
"""  # noqa: S608  The name is a constant.
_DISPOSITIONS = f"""
select disposition, count(*) as legs
from {TABLE}
where disposition is not null
group by disposition
order by legs desc, disposition
limit 5
"""  # noqa: S608

Key = tuple[int, int]
Record = dict[str, Any]


def query(file: Path, sql: str) -> list[tuple[Any, ...]]:
    """Return what a query finds in a DuckDB file.

    Args:
        file: The file; nothing in it is changed.
        sql: The query.
    """
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def read_rows(file: Path) -> list[Record]:
    """Return the rows of the table, as the loader has written them."""
    columns = [str(row[0]) for row in query(file, f"describe {TABLE}")]
    rows = query(file, f"select * from {TABLE}")  # noqa: S608
    return [dict(zip(columns, row, strict=True)) for row in rows]


def as_loaded(record: Mapping[str, object]) -> Record:
    """Return a record as the DuckDB loader writes it: in lower case, and empty text as null."""
    return {name.lower(): None if value == "" else value for name, value in record.items()}


def differences(
    rows: Iterable[Record],
    before: Iterable[Mapping[str, object]],
    after: Iterable[Mapping[str, object]],
) -> list[str]:
    """Compare the rows with what the account has, and say what is wrong.

    The account lives on while it is read: calls end and dispositions are filled in. So what was
    there before the last run must be in the table, what came until the end of it may be, and values
    are compared where they stayed the same.

    Args:
        rows: The table.
        before: The account's records when the last run started.
        after: Those when it had ended.

    Returns:
        A line for each kind of fault; none if all is well.
    """
    found = list(rows)
    count = Counter(map(_key, found))
    must = {_key(record): record for record in map(as_loaded, before)}
    may = {_key(record): record for record in map(as_loaded, after)}
    faults = {
        "missing": [key for key in must if key not in count],
        "there more than once": [key for key, number in count.items() if number > 1],
        "not the account's": [key for key in count if key not in must and key not in may],
        "not as the account has them": [
            key
            for row in found
            if (key := _key(row)) in must and must[key] == may.get(key) and row != must[key]
        ],
    }
    return [_fault(what, keys) for what, keys in faults.items() if keys]


def _key(row: Mapping[str, Any]) -> Key:
    return row["callid"], row["ucid"]


def _fault(what: str, keys: Sequence[Key]) -> str:
    named = ", ".join(f"CallID {call} UCID {leg}" for call, leg in keys[:_MOST_NAMED])
    more = ", …" if len(keys) > _MOST_NAMED else ""
    return f"{len(keys):,} records are {what}: {named}{more}"


def table(file: Path) -> str:
    """Return the answers of a DuckDB file to what is asked first, as text."""
    lines = ["day           calls    legs  answered  talk time", "-" * 46]
    for day, calls, legs, answered, talk in query(file, _DAYS):
        if day is None:
            lines.append(lines[1])
        name = day or "all"
        lines.append(f"{name:10}  {calls:7,} {legs:7,}  {answered or 0:8.1%}  {_spoken(talk):>9}")
    lines += ["", f"{'disposition':27} legs", "-" * 32]
    lines += [f"{name:25} {legs:6,}" for name, legs in query(file, _DISPOSITIONS)]
    return "\n".join(lines)


def _spoken(seconds: float | None) -> str:
    if seconds is None:
        return "none"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d}"
