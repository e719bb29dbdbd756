"""The loaders of meltano.yml, with an empty database each."""

from __future__ import annotations

import json
import resource
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from ruamel.yaml import YAML

from benchmarks.environments import install, script_python
from benchmarks.postgres_server import postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

_ROOT = Path(__file__).parents[1]
#: The loader and a stand-in for Snowflake in one process.
_SNOWFLAKE_SCRIPT = _ROOT / "tests" / "helpers" / "snowflake_on_duckdb.py"
_COUNT = "select count(*) as n from ozonetel.cdr_details"
#: The variant that sets nothing, and the one with the values in meltano.yml.
DEFAULT, RECOMMENDED = "defaults", "as in `meltano.yml`"
DEFAULTS: dict[str, dict[str, object]] = {DEFAULT: {}}
#: Rows per batch of target-duckdb where memory is scarce, a quarter of the default.
SMALL_BATCH = 25_000

_SCHEMA = {"default_target_schema": "ozonetel"}


@dataclass(frozen=True, slots=True)
class Plugin:
    """A loader of meltano.yml.

    Attributes:
        requirement: The pinned package.
        executable: The name of its program.
        values: The settings that have a value, except for references to variables.
        python: The interpreter that it needs.
    """

    requirement: str
    executable: str
    values: Mapping[str, object]
    python: str = sys.executable

    def install(self, folder: Path) -> Path:
        """Install it into a new environment, and return its program."""
        programs = install(folder, self.requirement, python=self.python, compile_bytecode=True)
        return programs / self.executable


@dataclass(frozen=True, slots=True)
class Destination:
    """An empty place to load into.

    Attributes:
        settings: The settings of the loader that name the place.
        count: Counts the loaded rows.
        stop: Stops the server, and returns the CPU seconds that it used; None without a server.
    """

    settings: Mapping[str, object]
    count: Callable[[], int]
    stop: Callable[[], float] | None = None


@dataclass(frozen=True, slots=True)
class Loader:
    """A loader that is ready to run.

    Attributes:
        name: Name in the table.
        packages: The package, with its version.
        command: Makes the command from the path of the config, which is in a folder of its own.
        open: Makes an empty destination in a folder.
        variants: Settings to compare, by their name in the table.
    """

    name: str
    packages: str
    command: Callable[[Path], Sequence[str | Path]]
    open: Callable[[Path], AbstractContextManager[Destination]]
    variants: Mapping[str, Mapping[str, object]]


def read_plugin(name: str, project: Path = _ROOT / "meltano.yml") -> Plugin:
    """Read a loader from meltano.yml."""
    loaders: list[dict[str, Any]] = YAML(typ="safe").load(project)["plugins"]["loaders"]
    (found,) = [each for each in loaders if each["name"] == name]
    values = {each["name"]: each["value"] for each in found["settings"] if "value" in each}
    literal = {key: value for key, value in values.items() if "$" not in str(value)}
    python = found.get("python", sys.executable)
    return Plugin(found["pip_url"], found["executable"], literal, python)


def install_loaders(folder: Path) -> list[Loader]:
    """Install each loader in its own environment.

    Args:
        folder: For the environments.
    """
    postgres_plugin, snowflake_plugin = map(read_plugin, ("target-postgres", "target-snowflake"))
    duckdb_plugin, jsonl_plugin = map(read_plugin, ("target-duckdb", "target-jsonl"))
    unchecked = {"`validate_records: false`": {"validate_records": False}}
    small_batches = {f"`batch_size_rows: {SMALL_BATCH}`": {"batch_size_rows": SMALL_BATCH}}
    return [
        Loader(
            "Postgres",
            postgres_plugin.requirement,
            _with_config(postgres_plugin.install(folder / "postgres")),
            postgres_destination,
            {**DEFAULTS, **unchecked, RECOMMENDED: postgres_plugin.values},
        ),
        Loader(
            "DuckDB",
            duckdb_plugin.requirement,
            _with_config(duckdb_plugin.install(folder / "duckdb")),
            duckdb_destination,
            {**DEFAULTS, **small_batches},
        ),
        Loader(
            "Snowflake, on a stand-in",
            snowflake_plugin.requirement,
            _on_stand_in(script_python(_SNOWFLAKE_SCRIPT)),
            snowflake_destination,
            {**DEFAULTS, RECOMMENDED: snowflake_plugin.values},
        ),
        Loader(
            "JSON Lines",
            jsonl_plugin.requirement,
            _with_config(jsonl_plugin.install(folder / "jsonl")),
            jsonl_destination,
            DEFAULTS,
        ),
    ]


def _with_config(program: Path) -> Callable[[Path], Sequence[str | Path]]:
    return lambda config: [program, "--config", config]


def _on_stand_in(python: Path) -> Callable[[Path], Sequence[str | Path]]:
    def command(config: Path) -> Sequence[str | Path]:
        files = [config.with_name(name) for name in ("databases", "queries.json", "rows.json")]
        return [python, _SNOWFLAKE_SCRIPT, config, *files]

    return command


@contextmanager
def postgres_destination(_folder: Path) -> Iterator[Destination]:
    """A new server."""
    with postgres() as server:

        def count() -> int:
            (row,) = server.query(_COUNT)
            return int(row["n"])

        def stop() -> float:
            before = _children_seconds()
            server.stop()  # A process counts, with all its children, when it has ended.
            return _children_seconds() - before

        yield Destination({**_SCHEMA, **server.config}, count, stop)


def _children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@contextmanager
def duckdb_destination(folder: Path) -> Iterator[Destination]:
    """A new file."""
    path = folder / "calls.duckdb"

    def count() -> int:
        with duckdb.connect(path, read_only=True) as connection:
            ((number,),) = connection.execute(_COUNT).fetchall()
        return int(number)

    yield Destination({**_SCHEMA, "filepath": str(path)}, count)


@contextmanager
def snowflake_destination(folder: Path) -> Iterator[Destination]:
    """A new database of the stand-in."""
    (folder / "databases").mkdir()
    (folder / "queries.json").write_text(json.dumps([_COUNT]))
    login = dict.fromkeys(("account", "user", "password"), "nobody")

    def count() -> int:
        ((row,),) = json.loads((folder / "rows.json").read_text())
        return int(row["N"])

    yield Destination({**_SCHEMA, **login, "database": "CALLS"}, count)


@contextmanager
def jsonl_destination(folder: Path) -> Iterator[Destination]:
    """A new folder."""
    files = folder / "files"
    files.mkdir()

    def count() -> int:
        return sum(path.read_bytes().count(b"\n") for path in files.iterdir())

    yield Destination({"destination_path": str(files)}, count)
