"""dbt in an environment of its own, on a DuckDB file or a Postgres server, without Meltano."""

from __future__ import annotations

import re
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import duckdb
from ruamel.yaml import YAML

from benchmarks.postgres_server import postgres
from tests.helpers.environments import uv_command
from tests.helpers.meltano import ROOT, inherited_environment
from tests.helpers.warehouses import fetch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.helpers.expected_calls import Row

PACKAGE = ROOT / "dbt"


def newest_requirements(adapter: str) -> list[str]:
    """Return the pinned requirements of a dbt plugin, from `meltano.yml`."""
    with (ROOT / "meltano.yml").open(encoding="utf-8") as file:
        utilities = YAML(typ="safe").load(file)["plugins"]["utilities"]
    (pip_url,) = [each["pip_url"] for each in utilities if each["name"] == f"dbt-{adapter}"]
    return str(pip_url).split()


def lowest_requirements(adapter: str) -> list[str]:
    """Return the lowest version of dbt that the package permits, with an adapter that fits."""
    project = (PACKAGE / "dbt_project.yml").read_text(encoding="utf-8")
    (lowest,) = re.findall(r'^require-dbt-version: \[">=([0-9.]+)",', project, re.MULTILINE)
    return [f"dbt-core=={lowest}", f"dbt-{adapter}"]


def sql_blocks(page: str) -> list[str]:
    """Return the SQL of a page of `docs/`."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return re.findall(r"^```sql\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@dataclass
class Dbt:
    """dbt and a database.

    Attributes:
        adapter: `duckdb` or `postgres`.
        project: The directory of the project.
        folder: For the files of dbt.
        profiles: The directory of `profiles.yml`.
        query: Returns the rows of a query.
        execute: Executes statements in the database of the loader's tables.
        variables: Environment variables.
        requirements: The packages of dbt.
    """

    adapter: str
    project: Path
    profiles: Path
    folder: Path
    query: Callable[[str], list[Row]]
    execute: Callable[[str], object]
    variables: dict[str, str]
    requirements: list[str] = field(default_factory=list)

    def run(self, command: str, *arguments: str) -> str:
        """Run a command of dbt, assert that it succeeds, and return what it prints."""
        done = self.attempt(command, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def attempt(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of dbt, which may fail."""
        needed = self.requirements or newest_requirements(self.adapter)
        packages = [part for each in needed for part in ("--with", each)]
        words = [
            *uv_command("run"),
            *("--no-project", *packages, "dbt", "--no-use-colors", command, *arguments),
            *(f"--project-dir={self.project}", f"--profiles-dir={self.profiles}"),
            *(f"--target-path={self.folder / 'target'}", f"--log-path={self.folder / 'logs'}"),
        ]
        if command == "deps":
            words = [word for word in words if not word.startswith("--target-path")]
        own = {**self.variables, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
        environment = {**inherited_environment(), "DBT_TARGET": self.adapter, **own}
        return subprocess.run(
            words, env=environment, capture_output=True, text=True, check=False, cwd=self.folder
        )


@contextmanager
def duckdb_dbt(
    folder: Path, project: Path = PACKAGE, profiles: Path | None = None
) -> Iterator[Dbt]:
    """Yield dbt with two DuckDB files: one of the loader, one of the models."""
    loaded, models = folder / "calls.duckdb", folder / "models.duckdb"

    def execute(sql: str) -> None:
        with duckdb.connect(str(loaded)) as connection:
            connection.execute(sql)

    def query(sql: str) -> list[Row]:
        with duckdb.connect(str(models)) as connection:
            return fetch(connection, sql)

    execute("create schema ozonetel")
    variables = {
        "DBT_DUCKDB_PATH": str(models),
        "OZONETEL_DUCKDB_PATH": str(loaded),
        "OZONETEL_DATABASE": "calls",
    }
    profiles = profiles or PACKAGE / "profiles"
    yield Dbt("duckdb", project, profiles, folder, query, execute, variables)


@contextmanager
def postgres_dbt(
    folder: Path, project: Path = PACKAGE, profiles: Path | None = None
) -> Iterator[Dbt]:
    """Yield dbt with a Postgres server."""
    with postgres() as server:

        def execute(sql: str) -> None:
            with server.connect() as connection:
                connection.execute(sql.encode())

        def query(sql: str) -> list[Row]:
            with server.connect() as connection:
                found = connection.execute(sql.encode())
                return found.fetchall() if found.description else []

        execute("create schema ozonetel")
        profiles = profiles or PACKAGE / "profiles"
        yield Dbt("postgres", project, profiles, folder, query, execute, server.settings)


DATABASES = {"duckdb": duckdb_dbt, "postgres": postgres_dbt}


def copy_integration_tests(folder: Path) -> Path:
    """Copy the package with its project of tests, where dbt writes, and return that project."""
    ignored = shutil.ignore_patterns("target", "logs", "dbt_packages", "package-lock.yml")
    shutil.copytree(PACKAGE, folder / "dbt", ignore=ignored)
    return folder / "dbt" / "integration_tests"
