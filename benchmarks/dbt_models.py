"""Measures the dbt package: the first build, and a second one after one more day."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import subprocess
import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from ruamel.yaml import YAML

from benchmarks import environments
from benchmarks.postgres_server import postgres
from sandbox.calls.days import calls
from sandbox.calls.legs import settled_at
from sandbox.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

LEGS, DAYS = 500_000, 100
#: The target: the second build, compared with the first.
MAX_RATIO = 1 / 5

_ROOT = Path(__file__).parents[1]
_PACKAGE = _ROOT / "dbt"
_TYPES = {"CallID": "bigint", "UCID": "bigint", "CallDate": "date", "Rating": "numeric"}
# Loaders write it by default, and the models look for the newest row of each leg then.
_EXTRACTED_AT = "_sdc_extracted_at"


@dataclass(frozen=True, slots=True)
class Build:
    """Seconds of `dbt build`.

    Attributes:
        models: Seconds that the database worked for each model.
        tests: The same for all data tests.
        wall: Seconds from start to end. dbt itself needs a few, however many rows there are.
    """

    models: Mapping[str, float]
    tests: float
    wall: float

    @property
    def database(self) -> float:
        """Seconds that the database worked for all models."""
        return sum(self.models.values())

    def __str__(self) -> str:
        """Times, aligned."""
        return (
            f"models {self.database:6.2f} s in the database, data tests {self.tests:6.2f} s, "
            f"dbt in all {self.wall:5.1f} s"
        )


@dataclass(frozen=True, slots=True)
class Database:
    """A database, the function that loads a CSV file into it, and the variables that dbt needs."""

    name: str
    load: Callable[[Path], None]
    variables: Mapping[str, str]


def measure_dbt(legs: int, log: Callable[[str], None]) -> list[str]:
    """Build the models on each database, twice, and log the times.

    Args:
        legs: The number of legs of the first build.
        log: Receives a line about each build and each model.

    Returns:
        A line for each database on which the second build took too long.

    Raises:
        RuntimeError: dbt failed.
    """
    missed = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        programs = environments.install(
            folder / "dbt", *_requirements(), python="3.11", compile_bytecode=True
        )
        today = dt.datetime.now(dt.UTC).date()
        days = [today - dt.timedelta(days=ago) for ago in range(DAYS, -1, -1)]
        _write_legs(folder / "first.csv", days[:-1], legs // DAYS)
        _write_legs(folder / "second.csv", days[-1:], legs // DAYS)
        for open_database in (_duckdb, _postgres):
            with open_database(folder) as database:
                builds = []
                for file in ("first.csv", "second.csv"):
                    database.load(folder / file)
                    builds.append(_build(programs / "dbt", database, folder))
                    log(f"{database.name}: {builds[-1]}, after {file.removesuffix('.csv')} load")
                    log(f"  {_format_models(builds[-1])}")
            first, second = (build.database for build in builds)
            line = (
                f"{database.name}: the database works for the second build {second / first:.0%} of "
                "the time of the first"
            )
            log(line)
            if second / first >= MAX_RATIO:
                missed.append(f"{line}, the target is below {MAX_RATIO:.0%}")
    return missed


def _requirements() -> list[str]:
    """The packages of dbt in meltano.yml, for both databases."""
    with (_ROOT / "meltano.yml").open(encoding="utf-8") as file:
        utilities = YAML(typ="safe").load(file)["plugins"]["utilities"]
    found = {each["name"]: str(each["pip_url"]).split() for each in utilities}
    return sorted({*found["dbt-duckdb"], *found["dbt-postgres"]})


def _write_legs(path: Path, days: list[dt.date], legs: int) -> None:
    """Write legs of past days, with a time of extraction."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = None
        for day in days:
            read = settled_at(day)
            for record in calls(Options(records=legs), day, read):
                row = {**record, _EXTRACTED_AT: read.isoformat()}
                writer = writer or _start(csv.DictWriter(file, list(row)))
                writer.writerow(row)


def _start(writer: csv.DictWriter[str]) -> csv.DictWriter[str]:
    writer.writeheader()
    return writer


def _columns(path: Path) -> str:
    with path.open(encoding="utf-8", newline="") as file:
        names = next(csv.reader(file))
    return ", ".join(f'"{name}" {_TYPES.get(name, "text")}' for name in names)


@contextmanager
def _duckdb(folder: Path) -> Iterator[Database]:
    source = folder / "calls.duckdb"

    def load(path: Path) -> None:
        with duckdb.connect(str(source)) as connection:
            connection.execute("create schema if not exists ozonetel")
            connection.execute(
                f"create table if not exists ozonetel.cdr_details ({_columns(path)})"
            )
            connection.execute(f"copy ozonetel.cdr_details from '{path}' (header)")

    variables = {
        "DBT_TARGET": "duckdb",
        "DBT_DUCKDB_PATH": str(folder / "models.duckdb"),
        "OZONETEL_DUCKDB_PATH": str(source),
        "OZONETEL_DATABASE": "calls",
    }
    yield Database("DuckDB", load, variables)


@contextmanager
def _postgres(folder: Path) -> Iterator[Database]:
    del folder
    with postgres() as server:

        def load(path: Path) -> None:
            with server.connect() as connection, path.open("rb") as file:
                connection.execute("create schema if not exists ozonetel")
                connection.execute(
                    f"create table if not exists ozonetel.cdr_details ({_columns(path)})".encode()
                )
                into = "copy ozonetel.cdr_details from stdin (format csv, header)"
                with connection.cursor().copy(into) as copy:
                    while block := file.read(1 << 20):
                        copy.write(block)
            with server.connect() as connection:
                connection.execute("analyze ozonetel.cdr_details")

        variables = {"DBT_TARGET": "postgres", **server.settings}
        yield Database("Postgres", load, variables)


def _build(dbt: Path, database: Database, folder: Path) -> Build:
    target = folder / database.name
    command = [
        *(str(dbt), "build", f"--project-dir={_PACKAGE}", f"--profiles-dir={_PACKAGE}/profiles"),
        *(f"--target-path={target}", f"--log-path={target}/logs", "--log-format-file=json"),
    ]
    log = target / "logs" / "dbt.log"
    log.unlink(missing_ok=True)
    own = {**database.variables, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    started = time.perf_counter()
    done = subprocess.run(  # noqa: S603
        command, env={**os.environ, **own}, capture_output=True, text=True, check=False
    )
    wall = time.perf_counter() - started
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    seconds: dict[str, float] = defaultdict(float)
    for line in log.read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        if event["info"]["name"] == "SQLQueryStatus" and "node_info" in event["data"]:
            kind, _, name, *_ = event["data"]["node_info"]["unique_id"].split(".")
            seconds[name if kind == "model" else kind] += event["data"]["elapsed"]
    return Build(
        {name: spent for name, spent in seconds.items() if "ozonetel__" in name},
        seconds["test"],
        wall,
    )


def _format_models(build: Build) -> str:
    return ", ".join(f"{name} {spent:.2f}" for name, spent in build.models.items())
