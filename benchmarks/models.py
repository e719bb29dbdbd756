"""Generated calls with the models of the dbt package in a DuckDB file, without running dbt."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import duckdb
import jinja2

SCHEMA = "analytics"
#: The last day with calls, a Sunday.
LAST_DAY = dt.date(2026, 3, 15)

_CALLS = Path(__file__).with_suffix(".sql")
_DBT = Path(__file__).parents[1] / "dbt"
_MARTS = (
    "ozonetel__days",
    "ozonetel__hours",
    "ozonetel__missed_calls",
    "ozonetel__agent_days",
)
_MACROS = ("incremental", "measures", "times")
_VARIABLES = {
    "ozonetel_agent_summary": True,
    "ozonetel_answer_seconds": 20,
    "ozonetel_short_seconds": 5,
    "ozonetel_reach_days": 7,
}

_LEGS = """
create view stg_ozonetel__legs as
select first_agent_id as agent_id, call_date, is_answered, talk_seconds, handling_seconds
from ozonetel__calls
"""
_AGENT_SUMMARY = """
create view stg_ozonetel__agent_summary as
select
    first_agent_id as agent_id,
    call_date,
    min(first_agent_name) as agent_name,
    28800 as login_seconds,
    7200 + 60 * count(*) as busy_seconds,
    600 as dial_seconds,
    14400 as idle_seconds,
    3600 as pause_seconds,
    1200 as wrapup_seconds
from ozonetel__calls
group by first_agent_id, call_date
"""


def write_models(file: Path, calls: int, days: int) -> None:
    """Write a DuckDB file with generated calls and the marts of the dbt package.

    Args:
        file: The file, which must not exist.
        calls: The number of calls.
        days: The number of days up to `LAST_DAY` on which they are.
    """
    with duckdb.connect(str(file)) as connection:
        connection.execute(f"create schema {SCHEMA}")
        connection.execute(f"set schema = '{SCHEMA}'")
        parameters = {"calls": calls, "days": days, "last": LAST_DAY}
        connection.execute(_CALLS.read_text(encoding="utf-8"), parameters)
        connection.execute(_LEGS)
        connection.execute(_AGENT_SUMMARY)
        for name in _MARTS:
            connection.execute(f"create table {name} as {_compile(name)}")


def _compile(name: str) -> str:
    """Return the SQL of a mart, with the few functions of dbt that it calls."""
    environment = jinja2.Environment(extensions=["jinja2.ext.do"], autoescape=False)  # noqa: S701
    macros = SimpleNamespace()
    environment.globals = {
        "adapter": SimpleNamespace(dispatch=lambda macro, _: getattr(macros, f"default__{macro}")),
        "config": lambda **_: "",
        "dbt": SimpleNamespace(type_string=lambda: "text"),
        "is_incremental": lambda: False,
        "ozonetel": macros,
        "ref": lambda model: model,
        "return": lambda value: value,
        "run_started_at": dt.datetime.combine(LAST_DAY, dt.time(), dt.UTC),
        "target": SimpleNamespace(type="duckdb"),
        "var": lambda variable, default=None: _VARIABLES.get(variable, default),
    }
    for file in _MACROS:
        source = (_DBT / "macros" / f"{file}.sql").read_text(encoding="utf-8")
        vars(macros).update(vars(environment.from_string(source).module))
    text = (_DBT / "models" / "marts" / f"{name}.sql").read_text(encoding="utf-8")
    return environment.from_string(text).render()
