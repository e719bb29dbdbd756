"""Loads the sandbox into DuckDB with Meltano, twice, and prints a report. Needs no account."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import sys
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from demo import report
from demo.process import run_logged
from sandbox.command import environment
from sandbox.options import Options
from sandbox.server import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
DEFAULT_DIRECTORY = ROOT / "output" / "demo"
MELTANO_ARGUMENTS = ("run", "tap-ozonetel", "target-duckdb", "dbt-duckdb:build-with-agents")

#: The API's rate limit, with a period of a second instead of a minute.
OPTIONS = Options(records=120, varying=True, period=1)
DAYS = 15
#: Days that the second run reads: today and, by the lookback, yesterday. At night, when the API has
#: not settled yesterday yet, the bookmark is yesterday, and the day before is read as well.
SECOND_RUN_DAYS = {2, 3}

_PLUGIN_PREFIXES = ("MELTANO_", "TAP_OZONETEL_", "TARGET_DUCKDB_", "DBT_")
# Selects the Python of the plugins: with another one Meltano would install them again.
_KEPT_VARIABLE = "MELTANO_PYTHON"
_PROGRESS = re.compile(r"tap-ozonetel +(Reading \d+ days?, .*|Day \d+ of \d+, .*)")
_LOG_LINES_SHOWN = 25


class DemoError(Exception):
    """The demo failed. The message has the reason."""


@dataclass(frozen=True, slots=True)
class Demo:
    """An account, the days to load, and the directory for all files."""

    box: Sandbox
    directory: Path
    first: date
    last: date

    @property
    def database(self) -> Path:
        """Return the path of the DuckDB file."""
        return self.directory / "calls.duckdb"

    @property
    def models(self) -> Path:
        """Return the path of the DuckDB file of the dbt models."""
        return self.directory / "models.duckdb"

    def calls(self) -> list[dict[str, object]]:
        """Return the account's records of all days as of now."""
        return self.box.calls_between(self.first, self.last)

    def environment(self) -> dict[str, str]:
        """Return the environment of a Meltano run.

        It sets every variable that the demo depends on, because Meltano reads unset ones from a
        project's `.env`.
        """
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name == _KEPT_VARIABLE or not name.startswith(_PLUGIN_PREFIXES)
        }
        return {
            **inherited,
            **environment(self.box),
            "TAP_OZONETEL_START_DATE": str(self.first),
            "TAP_OZONETEL_END_DATE": str(self.last),
            "TAP_OZONETEL_LOOKBACK_DAYS": "1",
            "TAP_OZONETEL__SELECT": '["cdr_details.*", "agent_summary.*"]',
            "TAP_OZONETEL_CAMPAIGN_NAME": "",
            "TAP_OZONETEL_CALL_TYPE": "",
            "TAP_OZONETEL_CALL_STATUS": "",
            # Cache and state stay in the demo's directory, separate from those of other runs.
            "TAP_OZONETEL_CACHE_DIR": str(self.directory / "cache"),
            "MELTANO_DATABASE_URI": f"sqlite:///{self.directory / 'meltano.db'}",
            "MELTANO_ENVIRONMENT": "sandbox",
            "MELTANO_PROJECT_ROOT": str(ROOT),
            "MELTANO_STATE_BACKEND_URI": "systemdb",
            "TARGET_DUCKDB_FILEPATH": str(self.database),
            "DBT_DUCKDB_LOG_PATH": str(self.directory / "dbt"),
            "DBT_DUCKDB_PATH": str(self.models),
            "DBT_DUCKDB_SOURCE_PATH": str(self.database),
            "DBT_DUCKDB_TARGET_PATH": str(self.directory / "dbt"),
        }

    def run(self, log: Path) -> int:
        """Run Meltano and print its progress.

        Args:
            log: File for the full output.

        Returns:
            The number of requests that the run made.

        Raises:
            DemoError: The run failed.
        """
        started, before = time.monotonic(), len(self.box.requests)
        meltano = str(Path(sys.executable).with_name("meltano"))
        code = run_logged(
            [meltano, *MELTANO_ARGUMENTS], ROOT, self.environment(), log, on_line=_print_progress
        )
        if code:
            tail = "\n".join(log.read_text(encoding="utf-8").splitlines()[-_LOG_LINES_SHOWN:])
            raise DemoError(f"{tail}\n\nmeltano failed with exit code {code}; full log: {log}")
        requests = len(self.box.requests) - before
        _print(
            f"  {requests} requests, {self.box.rate_limited_count} rate limited, "
            f"{time.monotonic() - started:.0f} s"
        )
        return requests


def _print(text: str = "") -> None:
    print(text, flush=True)  # noqa: T201


def _print_progress(line: str) -> None:
    if progress := _PROGRESS.search(line):
        _print(f"  {progress[1]}")


def _prepare_directory(directory: Path) -> Path:
    """Return an empty directory; only the demo's default directory is emptied."""
    if directory == DEFAULT_DIRECTORY:
        shutil.rmtree(directory, ignore_errors=True)
    elif directory.exists() and any(directory.iterdir()):
        raise DemoError(f"{directory} is not empty")
    directory.mkdir(parents=True, exist_ok=True)
    return directory.resolve()


def run_demo(demo: Demo, on_loaded: Callable[[Path], None]) -> list[str]:
    """Run the demo.

    Args:
        demo: The account, days and directory.
        on_loaded: Called with the DuckDB file before the demo reads it.

    Returns:
        The problems found; empty if the table has exactly the account's records.

    Raises:
        DemoError: A run failed.
    """
    command = " ".join(("meltano", *MELTANO_ARGUMENTS))
    limit, period = demo.box.options.limit, demo.box.options.period
    _print(f"A local Ozonetel API with generated calls is running at {demo.box.url}.")
    _print(f"It allows {limit} requests per {period:g} s; the real API allows 2 per minute.")
    _print(f"\n1. The first run reads all {DAYS} days that the API serves: {command}")
    _print("   (In a fresh clone, Meltano installs the tap, the loader and dbt first.)\n")
    first_requests = demo.run(demo.directory / "first-run.log")
    _print("\n2. The second run continues from the state. It reads yesterday again, because")
    _print("   wrap-ups and dispositions arrive late.\n")
    before = demo.calls()
    second_requests = demo.run(demo.directory / "second-run.log")
    after = demo.calls()
    on_loaded(demo.database)
    _print(f"\n3. The calls, from the dbt models in {demo.models}:\n")
    rows = report.read_rows(demo.database)
    _print(report.format_report(demo.models))
    _print(f"\n4. The agents' days, from the stream agent_summary in {demo.database}:\n")
    _print(report.format_agents(demo.database))
    _print("\n5. Three answers about the inbound calls, from the dbt models:\n")
    _print(report.format_answers(demo.models))
    problems = report.differences(rows, before, after)
    if demo.box.rate_limited_count:
        problems.append(f"{demo.box.rate_limited_count} requests exceeded the rate limit")
    runs = (("first", first_requests, {DAYS}), ("second", second_requests, SECOND_RUN_DAYS))
    problems += [
        f"The {name} run made {made} requests, expected {' or '.join(map(str, sorted(expected)))}"
        for name, made, expected in runs
        if made not in expected
    ]
    if not problems:
        _print(f"\nAll {len(rows):,} records of the account are in the table, each exactly once.")
    return problems


def main(
    arguments: list[str] | None = None,
    options: Options = OPTIONS,
    on_loaded: Callable[[Path], None] = lambda _: None,
) -> int:
    """Run the demo and return its exit code.

    Args:
        arguments: Command-line arguments; None for those of this process.
        options: Options of the account.
        on_loaded: Called with the DuckDB file before the demo reads it. Tests change it here.
    """
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument(
        "--directory",
        type=Path,
        default=DEFAULT_DIRECTORY,
        help="empty directory for all files of the demo (default: %(default)s)",
    )
    directory = parser.parse_args(arguments).directory
    previous = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        with Sandbox(options) as box:
            last = box.today()
            demo = Demo(box, _prepare_directory(directory), last - timedelta(days=DAYS - 1), last)
            problems = run_demo(demo, on_loaded)
    except DemoError as error:
        problems = [str(error)]
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    finally:
        signal.signal(signal.SIGTERM, previous)
    for problem in problems:
        print(f"\n{problem}", file=sys.stderr)  # noqa: T201
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
