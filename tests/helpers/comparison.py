"""What the tests of loaders share: a Meltano of their own, and the comparison of a table.

A table is compared value by value with what the account has.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from uv import find_uv_bin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

ROOT = Path(__file__).parents[2]
MELTANO = str(Path(sys.executable).with_name("meltano"))
_SYSTEM = ROOT / ".meltano"
_SNOWFLAKE = str(Path(__file__).with_name("snowflake_on_duckdb.py"))

#: As it was before a test changed it: with another cache folder uv would download all anew.
_ENVIRONMENT = dict(os.environ)

#: The loader looks for the name as it stands in its settings, and Snowflake has it in capitals.
SNOWFLAKE_DATABASE = "CALLS"
TIMEOUT_SECONDS = 300  # The first run of a clone installs the plugins.

Row = dict[str, Any]
Key = tuple[int, int]


def own_meltano(folder: Path, *plugins: str) -> dict[str, str]:
    """The variables of a Meltano that has all but the project and its plugins for itself.

    Runs of a plugin in one project write the same files, the state among them, to Meltano's system
    folder; so what may run at the same time needs one each.

    Args:
        folder: Takes what Meltano writes.
        plugins: Those that are run.
    """
    _install(plugins)
    system = folder / ".meltano"
    system.mkdir(exist_ok=True)
    for kind in ("extractors", "loaders", "utilities"):
        if not (system / kind).exists():
            (system / kind).symlink_to(_SYSTEM / kind)
    return {
        **_inherited(),
        "MELTANO_DATABASE_URI": f"sqlite:///{folder / 'meltano.db'}",
        "MELTANO_ENVIRONMENT": "sandbox",
        "MELTANO_STATE_BACKEND_URI": "systemdb",
        "MELTANO_SYS_DIR_ROOT": str(system),
    }


@cache
def _install(plugins: tuple[str, ...]) -> None:
    """Install what is not installed, where it is to stay: its scripts have that path in them."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**_inherited(), "MELTANO_DATABASE_URI": f"sqlite:///{folder}/meltano.db"}
        finished([MELTANO, "install", *plugins], environment)


def finished(
    command: Sequence[str],
    environment: Mapping[str, str],
    messages: Iterable[Mapping[str, Any]] = (),
) -> str:
    """Run a command in the checkout to its good end.

    Args:
        command: What to run.
        environment: All its variables.
        messages: What it reads from stdin, a line each.

    Returns:
        What it has written to stdout.
    """
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        input="".join(f"{json.dumps(message)}\n" for message in messages),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _inherited() -> dict[str, str]:
    """The variables of this process, but for what its user has set for Meltano, tap and loaders."""
    prefixes = ("MELTANO_", "TAP_", "TARGET_", "PG")
    return {
        **{
            name: value
            for name, value in _ENVIRONMENT.items()
            # On another Python the plugins would be installed anew.
            if name == "MELTANO_PYTHON" or not name.startswith(prefixes)
        },
        "MELTANO_PROJECT_ROOT": str(ROOT),
    }


def load_into_snowflake(
    folder: Path, messages: list[dict[str, Any]], *queries: str
) -> tuple[dict[str, Any], list[list[Row]]]:
    """Load messages with target-snowflake into a Snowflake that is DuckDB, and ask.

    Args:
        folder: Keeps the database for the next time.
        messages: What a tap has written.
        queries: What to ask then.

    Returns:
        The loader's last state, and what each query finds; days are text.
    """
    config = {
        "account": "nobody",
        "user": "nobody",
        "password": "a password of nobody",
        "database": SNOWFLAKE_DATABASE,
        "default_target_schema": "ozonetel",
    }
    (folder / "databases").mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "queries.json").write_text(json.dumps(queries), encoding="utf-8")
    names = ("config.json", "databases", "queries.json", "answers.json")
    files = [str(folder / name) for name in names]
    # It makes and keeps an environment of what the script's head names.
    script = [find_uv_bin(), "run", "--quiet", "--python=3.11", "--script", _SNOWFLAKE]
    stdout = finished([*script, *files], _inherited(), messages)
    answers = json.loads((folder / "answers.json").read_text(encoding="utf-8"))
    return json.loads(stdout.splitlines()[-1]), answers


@dataclass(frozen=True, slots=True)
class Loader:
    """How a loader writes the records of an account."""

    #: Makes the name of a column of the name of a field.
    column: Callable[[str], str]
    #: Makes the value that a query finds of a day, `YYYY-MM-DD`.
    day: Callable[[str], object]
    #: Makes the value that a query finds of a number that is no id.
    number: Callable[[Any], object]
    #: What an empty text becomes.
    empty: str | None = ""

    def row(self, record: Mapping[str, object]) -> Row:
        """The row that a record should be."""
        return {self.column(name): self._value(name, value) for name, value in record.items()}

    def key(self, row: Mapping[str, Any]) -> Key:
        """CallID and UCID of a row."""
        return row[self.column("CallID")], row[self.column("UCID")]

    def rows_by_key(self, rows: Iterable[Mapping[str, Any]]) -> dict[Key, Row]:
        """The rows without what the loader says of its own work (`_sdc_…`)."""
        return {self.key(row): _of_the_account(row) for row in rows}

    def _value(self, name: str, value: Any) -> object:  # noqa: ANN401 - of any type
        if value is None:
            return None
        if name == "CallDate":
            return self.day(value)
        if name == "Rating":
            return self.number(value)
        return self.empty if value == "" else value


POSTGRES = Loader(str, day=dt.date.fromisoformat, number=Decimal)
SNOWFLAKE = Loader(str.upper, day=str, number=float)
DUCKDB = Loader(str.lower, day=str, number=float, empty=None)


def differences(
    rows: Iterable[Mapping[str, Any]], records: Iterable[Mapping[str, object]], loader: Loader
) -> list[str]:
    """Compare a table with the account: every row, every column, values and their types.

    Args:
        rows: The table.
        records: What the account has.
        loader: Has written the table.

    Returns:
        A line for each difference; none if the table is what it should be.
    """
    found = list(rows)
    count = Counter(map(loader.key, found))
    expected = loader.rows_by_key(map(loader.row, records))
    lines = [f"{key} is missing" for key in expected if key not in count]
    lines += [f"{key} is there {number} times" for key, number in count.items() if number > 1]
    lines += [f"{key} is not the account's" for key in count if key not in expected]
    for row in map(_of_the_account, found):
        if wanted := expected.get(loader.key(row)):
            lines += [f"{loader.key(row)} {line}" for line in _unlike(row, wanted)]
    return lines


def days_with_late_wrap_ups(
    before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]], loader: Loader
) -> set[object]:
    """The days of the rows whose wrap-up was null before and is no longer."""
    rows = loader.rows_by_key(after)
    day, wrap_up = loader.column("CallDate"), loader.column("WrapupDuration")
    return {
        row[day]
        for row in before
        if row[wrap_up] is None and rows[loader.key(row)][wrap_up] is not None
    }


def unseen(records: Iterable[Mapping[str, Any]]) -> list[str]:
    """Name what of the values that are hard to carry is in none of the records."""
    left = dict(_HARD)
    for record in records:
        left = {name: is_in for name, is_in in left.items() if not is_in(record)}
    return list(left)


_HARD: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "an id that no float holds": lambda record: int(float(record["CallID"])) != record["CallID"],
    "lines": lambda record: "\n" in record["Comments"] and "\r\n" in record["Comments"],
    "a backslash and a tab": lambda record: (
        "\\" in record["Comments"] and "\t" in record["Comments"]
    ),
    "quotes": lambda record: '"' in record["Comments"],
    "an emoji": lambda record: "😀" in record["Comments"],
    "an Indian script": lambda record: record["Skill"] == "हिन्दी",
    "leading zeros": lambda record: record["CallerID"].startswith("000"),
    "a null": lambda record: record["WrapupDuration"] is None,
    "a null number": lambda record: record["Rating"] is None,
    "a number": lambda record: record["Rating"] is not None,
    "an empty text": lambda record: record["Location"] == "",
}


def _of_the_account(row: Mapping[str, Any]) -> Row:
    return {name: value for name, value in row.items() if not name.lower().startswith("_sdc_")}


def _unlike(row: Row, wanted: Row) -> list[str]:
    missing = object()
    return [
        f"has {name} {row.get(name, missing)!r}, not {wanted.get(name, missing)!r}"
        for name in {**wanted, **row}
        if _typed(row.get(name, missing)) != _typed(wanted.get(name, missing))
    ]


def _typed(value: object) -> tuple[type, object]:
    """A value that is equal only to one of its own type: 1 is neither 1.0 nor True."""
    return type(value), value
