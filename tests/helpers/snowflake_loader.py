"""target-snowflake with fakesnow (Snowflake on DuckDB)."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.helpers.environments import script_command
from tests.helpers.meltano import ROOT, TIMEOUT_SECONDS, inherited_environment, run_command

if TYPE_CHECKING:
    from tests.helpers.comparison import Row

LOADER_SCRIPT = Path(__file__).with_name("snowflake_on_duckdb.py")
DBT_SCRIPT = Path(__file__).with_name("dbt_on_fakesnow.py")
#: In capitals, because Snowflake folds names and the loader does not.
SNOWFLAKE_DATABASE = "CALLS"
#: The settings of the loader.
CONFIG = {
    "account": "nobody",
    "user": "nobody",
    "password": "a password of nobody",
    "database": SNOWFLAKE_DATABASE,
    "default_target_schema": "ozonetel",
}


def load_into_snowflake(
    folder: Path, messages: list[dict[str, Any]], *queries: str, **settings: object
) -> tuple[dict[str, Any], list[list[Row]]]:
    """Load messages with target-snowflake into fakesnow, and run queries.

    Args:
        folder: Keeps the database for the next call.
        messages: The output of a tap.
        queries: Queries to run after the load.
        settings: More settings of the loader.

    Returns:
        The loader's last state, and the rows of each query; dates are text.
    """
    config = {**CONFIG, **settings}
    (folder / "databases").mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "queries.json").write_text(json.dumps(queries), encoding="utf-8")
    names = ("config.json", "databases", "queries.json", "results.json")
    files = [str(folder / name) for name in names]
    command = script_command(LOADER_SCRIPT, *files)
    stdout = run_command(command, inherited_environment(), messages)
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return json.loads(stdout.splitlines()[-1]), results


def build_on_fakesnow(
    folder: Path, loads: list[list[dict[str, Any]]], query: str, project: Path = ROOT / "dbt"
) -> tuple[str, list[Row]]:
    """Build a dbt project on fakesnow after each load, and run a query.

    Args:
        folder: For the files of dbt.
        loads: The rows of the table `cdr_details` at each build; none for two builds over seeds.
        query: The query. Dates in its rows are text.
        project: The directory of the project.

    Returns:
        What dbt prints, and the rows of the query.
    """
    done = subprocess.run(
        script_command(DBT_SCRIPT, str(project), str(folder), query),
        env=inherited_environment(),
        input=json.dumps(loads),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows: list[Row] = json.loads((folder / "rows.json").read_text(encoding="utf-8"))
    return done.stdout, rows
