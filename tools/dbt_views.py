"""The SQL of the dbt models as views, a part of `docs/example-queries.md`."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path

from ruamel.yaml import YAML
from uv import find_uv_bin

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "dbt"
MODELS = ("stg_ozonetel__legs", "ozonetel__calls", "ozonetel__hours")
#: The blocks of the page, with the adapter that compiles them.
ADAPTERS = {"Postgres and DuckDB": "duckdb", "Snowflake": "snowflake"}

# Nothing connects: the models are compiled without a look at the database.
_PROFILES = """\
ozonetel:
  target: duckdb
  outputs:
    duckdb: {type: duckdb, path: ":memory:", database: memory, schema: analytics}
    snowflake: {type: snowflake, account: none, user: none, database: memory, schema: analytics}
"""
_BLOCK = re.compile(r"(<!-- views: (?P<name>.+?) -->\n).*?(<!-- end of the views -->\n)", re.DOTALL)


def requirements(adapter: str) -> list[str]:
    """The pinned requirements of a dbt plugin, from `meltano.yml`.

    Args:
        adapter: Such as `duckdb`.
    """
    with (ROOT / "meltano.yml").open(encoding="utf-8") as file:
        utilities = YAML(typ="safe").load(file)["plugins"]["utilities"]
    (pip_url,) = [each["pip_url"] for each in utilities if each["name"] == f"dbt-{adapter}"]
    return str(pip_url).split()


def update(page: str) -> str:
    """Write the views into the page.

    Args:
        page: The current text of the page.
    """
    views = {name: _views(adapter) for name, adapter in ADAPTERS.items()}
    return _BLOCK.sub(lambda block: block[1] + views[block["name"]] + block[3], page)


def _views(adapter: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "profiles.yml").write_text(_PROFILES, encoding="utf-8")
        _compile(adapter, Path(folder))
        found = {
            file.stem: file.read_text(encoding="utf-8") for file in Path(folder).rglob("*.sql")
        }
    return "".join(
        f"```sql\ncreate view analytics.{model} as\n{_without_database(found[model])};\n```\n"
        for model in MODELS
    )


def _compile(adapter: str, folder: Path) -> None:
    packages = [part for each in requirements(adapter) for part in ("--with", each)]
    command = [
        *(find_uv_bin(), "run", "--quiet", "--no-project", *packages),
        *("dbt", "compile", "--no-introspect", "--no-populate-cache", "--quiet"),
        *(f"--target={adapter}", f"--project-dir={PACKAGE}", f"--profiles-dir={folder}"),
        *(f"--target-path={folder}/target", f"--log-path={folder}/logs"),
    ]
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DBT_", "OZONETEL_"))
    }
    environment["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
    done = subprocess.run(  # noqa: S603
        command, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{done.stdout}\n{done.stderr}")


def _without_database(sql: str) -> str:
    """Name tables by schema and name only, without quotes."""
    named = re.sub(r'"?memory"?\."?(\w+)"?\."?(\w+)"?', r"\1.\2", sql)
    return re.sub(r"\n\s*\n+", "\n", named).strip()
