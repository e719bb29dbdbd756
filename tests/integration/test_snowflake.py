"""target-snowflake loads the records of the account into fakesnow (Snowflake on DuckDB)."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from sandbox import Options, Sandbox
from tests.helpers.clock import FakeClock
from tests.helpers.comparison import SNOWFLAKE, days_with_late_wrap_ups, differences, missing_cases
from tests.helpers.meltano import ROOT
from tests.helpers.snowflake_loader import load_into_snowflake
from tests.helpers.sync import sync

_ROWS = "select * from ozonetel.cdr_details"
_COLUMNS = "describe table ozonetel.cdr_details"


def test_after_two_loads_the_table_equals_the_account(tmp_path: Path) -> None:
    clock = FakeClock()
    with Sandbox(Options(records=60, ids="text", dial_count=True), clock=clock) as box:
        first_day, last_day = box.today() - dt.timedelta(days=2), box.today()
        first = sync(box, clock, start_date=str(first_day))
        state, (before, columns) = load_into_snowflake(tmp_path, first.messages, _ROWS, _COLUMNS)
        expected = box.calls_between(first_day, last_day)
        assert state == first.states[-1]
        assert missing_cases(expected) == []
        assert differences(before, expected, SNOWFLAKE) == []
        assert _types(columns) == _expected_types(expected[0])

        # A day later the last day is settled: all its calls are there and filled in.
        clock.now += 26 * 3600
        second = sync(box, clock, state=first.states[-1], end_date=str(last_day))
        state, (after,) = load_into_snowflake(tmp_path, second.messages, _ROWS)
        expected = box.calls_between(first_day, last_day)
        assert state == second.states[-1]
        assert len(after) == len(expected) > len(before)
        assert differences(after, expected, SNOWFLAKE) == []
        assert days_with_late_wrap_ups(before, after, SNOWFLAKE) == {str(last_day)}


def _types(columns: list[dict[str, Any]]) -> dict[str, str]:
    types = {column["name"]: column["type"] for column in columns}
    return {name: kind for name, kind in types.items() if not name.startswith("_SDC_")}


def _expected_types(record: dict[str, object]) -> dict[str, str]:
    number = "NUMBER(38,0)"
    others = {"CallID": number, "UCID": number, "CallDate": "DATE", "Rating": "FLOAT"}
    return {name.upper(): others.get(name, "VARCHAR(16777216)") for name in record}


def test_the_loader_version_is_the_one_in_meltano_yml() -> None:
    with (ROOT / "meltano.yml").open(encoding="utf-8") as file:
        loaders = YAML(typ="safe").load(file)["plugins"]["loaders"]
    (pinned,) = [each["pip_url"] for each in loaders if each["name"] == "target-snowflake"]
    script = (Path(__file__).parents[1] / "helpers" / "snowflake_on_duckdb.py").read_text("utf-8")
    assert re.findall(r'^#   "(\S*target-snowflake\S*)",', script, re.MULTILINE) == [pinned]
