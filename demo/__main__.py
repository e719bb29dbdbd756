"""The tap at work, without an account: the sandbox into DuckDB by Meltano, twice, and a table."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from demo import report as demo_report
from sandbox.command import environment
from sandbox.options import Options
from sandbox.server import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "output" / "demo"
RUN = ("run", "tap-ozonetel", "target-duckdb")

#: The real account's limit with seconds for minutes.
OPTIONS = Options(records=120, varying=True, period=1)
DAYS = 15
DAYS_READ_AGAIN = 2

_PREFIXES = ("MELTANO_", "TAP_OZONETEL_", "TARGET_DUCKDB_")
#: Says on which Python the plugins are installed; another one would install them anew.
_KEPT = "MELTANO_PYTHON"
_PROGRESS = re.compile(r"tap-ozonetel +(\d+ days? to read, .*|Day \d+ of \d+, .*)")
_LOG_LINES = 25
_PATIENCE_SECONDS = 10


class DemoError(Exception):
    """The demo ends here; the message says why."""


@dataclass(frozen=True, slots=True)
class Demo:
    """One demo: an account, and the folder that has all that is made of it."""

    box: Sandbox
    folder: Path
    first: date
    last: date

    @property
    def file(self) -> Path:
        """Return the DuckDB file."""
        return self.folder / "calls.duckdb"

    def calls(self) -> list[dict[str, object]]:
        """Return what the account has in the days of the demo, as of now."""
        return self.box.calls_between(self.first, self.last)

    def environment(self) -> dict[str, str]:
        """Return the variables of a run.

        All that the demo depends on is named, for a project's `.env` speaks where they are silent.
        """
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name == _KEPT or not name.startswith(_PREFIXES)
        }
        return {
            **inherited,
            **environment(self.box),
            "TAP_OZONETEL_START_DATE": str(self.first),
            "TAP_OZONETEL_END_DATE": str(self.last),
            "TAP_OZONETEL_LOOKBACK_DAYS": "1",
            "TAP_OZONETEL_CAMPAIGN_NAME": "",
            "TAP_OZONETEL_CALL_TYPE": "",
            "TAP_OZONETEL_CALL_STATUS": "",
            # Nothing is left over from another demo, and nothing is left behind.
            "TAP_OZONETEL_CACHE_DIR": str(self.folder / "cache"),
            "MELTANO_DATABASE_URI": f"sqlite:///{self.folder / 'meltano.db'}",
            "MELTANO_ENVIRONMENT": "sandbox",
            "MELTANO_PROJECT_ROOT": str(ROOT),
            "MELTANO_STATE_BACKEND_URI": "systemdb",
            "TARGET_DUCKDB_FILEPATH": str(self.file),
            "TARGET_DUCKDB_DEFAULT_TARGET_SCHEMA": demo_report.SCHEMA,
        }

    def run(self, log: Path) -> int:
        """Run Meltano, show how far it is, and return how many requests it made.

        Args:
            log: Takes everything that it writes.

        Raises:
            DemoError: It failed.
        """
        began, before = time.monotonic(), len(self.box.requests)
        code = _run([str(Path(sys.executable).with_name("meltano")), *RUN], self.environment(), log)
        if code:
            tail = "\n".join(log.read_text(encoding="utf-8").splitlines()[-_LOG_LINES:])
            raise DemoError(f"{tail}\n\nmeltano ended with {code}; all it wrote is in {log}")
        requests = len(self.box.requests) - before
        _say(
            f"  {requests} requests, {self.box.refused_for_rate} refused, "
            f"{time.monotonic() - began:.0f} s"
        )
        return requests


def _say(text: str = "") -> None:
    print(text, flush=True)  # noqa: T201


def _run(command: list[str], env: dict[str, str], log: Path) -> int:
    """Run a command to its end, and stop it and all it started when this process is stopped."""
    with (
        log.open("w", encoding="utf-8") as written,
        subprocess.Popen(  # noqa: S603
            command,
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        ) as child,
    ):
        try:
            for line in child.stdout or ():
                written.write(line)
                if progress := _PROGRESS.search(line):
                    _say(f"  {progress[1]}")
            return child.wait()
        finally:
            _stop(child)


def _stop(child: subprocess.Popen[str]) -> None:
    if child.poll() is not None:
        return
    os.killpg(child.pid, signal.SIGTERM)
    try:
        child.wait(_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)


def _fresh(folder: Path) -> Path:
    """Make a folder that has nothing in it; only the demo's own is emptied for that."""
    if folder == FOLDER:
        shutil.rmtree(folder, ignore_errors=True)
    elif folder.exists() and any(folder.iterdir()):
        raise DemoError(f"{folder} is not empty")
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def show(demo: Demo, loaded: Callable[[Path], None]) -> list[str]:
    """Run the demo and return what is wrong with what it made.

    Args:
        demo: What to run.
        loaded: Called with the DuckDB file before it is looked at.

    Raises:
        DemoError: A run failed.
    """
    command = " ".join(("meltano", *RUN))
    limit, period = demo.box.options.limit, demo.box.options.period
    _say(f"A local Ozonetel account is at {demo.box.url}: made-up calls, and refusals as strict")
    _say(f"as the real ones, but {limit} requests are allowed in {period:g} s, not in a minute.")
    _say(f"\n1. The first run reads all {DAYS} days that the API keeps: {command}")
    _say("   (on a fresh clone Meltano installs the tap and the loader first)\n")
    first_requests = demo.run(demo.folder / "first-run.log")
    _say("\n2. The same again: its state says where to go on. Yesterday is read again too, for")
    _say("   wrap-ups and dispositions arrive late.\n")
    before = demo.calls()
    again = demo.run(demo.folder / "second-run.log")
    after = demo.calls()
    loaded(demo.file)
    _say(f"\n3. What is in {demo.file} now:\n")
    rows = demo_report.read_rows(demo.file)
    _say(demo_report.table(demo.file))
    faults = demo_report.differences(rows, before, after)
    if demo.box.refused_for_rate:
        faults.append(f"{demo.box.refused_for_rate} requests were refused for the rate")
    for made, due, run in ((first_requests, DAYS, "first"), (again, DAYS_READ_AGAIN, "second")):
        if made != due:
            faults.append(f"The {run} run made {made} requests, not {due}")
    if not faults:
        _say(f"\nEach of the account's {len(rows):,} records is there, and there once.")
    return faults


def main(
    arguments: list[str] | None = None,
    options: Options = OPTIONS,
    loaded: Callable[[Path], None] = lambda _: None,
) -> int:
    """Run the demo and return its exit code.

    Args:
        arguments: Those of the command line.
        options: The account.
        loaded: Called with the DuckDB file before it is looked at: a test does damage here.
    """
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument(
        "--folder", type=Path, default=FOLDER, help="an empty one, for what is made (%(default)s)"
    )
    folder = parser.parse_args(arguments).folder
    before = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        with Sandbox(options) as box:
            last = box.today()
            demo = Demo(box, _fresh(folder), last - timedelta(days=DAYS - 1), last)
            faults = show(demo, loaded)
    except DemoError as error:
        faults = [str(error)]
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    finally:
        signal.signal(signal.SIGTERM, before)
    for fault in faults:
        print(f"\n{fault}", file=sys.stderr)  # noqa: T201
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
