"""Dagster with its daemon, run queue and multiprocess executor."""

from __future__ import annotations

import json
import shutil
import subprocess
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.helpers.environments import install
from tests.helpers.processes import running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REQUIREMENT = "dagster==1.13.29"
_READER = Path(__file__).with_name("dagster_events.py")
TIMEOUT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a run or of one of its steps."""

    at: float
    kind: str
    step: str | None
    text: str


@dataclass(frozen=True)
class Dagster:
    """An instance with one file of definitions."""

    programs: Path
    home: Path
    definitions: Path
    environment: Mapping[str, str]

    def launch(self, job: str) -> str:
        """Queue a run, and return its id."""
        run = str(uuid.uuid4())
        self._run("dagster", "job", "launch", f"--job={job}", f"--run-id={run}", *self._file)
        return run

    @contextmanager
    def daemon(self) -> Iterator[None]:
        """Run the daemon, which takes runs from the queue."""
        command = [str(self.programs / "dagster-daemon"), "run", *self._file]
        with running(command, self.environment, self.home / "daemon.log", self.home):
            yield

    def events(self, *runs: str) -> list[list[Event]]:
        """Wait for the end of runs, and return the events of each."""
        found = json.loads(self._run("python", str(_READER), *runs))
        return [[Event(**event) for event in events] for events in found]

    @property
    def _file(self) -> list[str]:
        return ["--python-file", str(self.definitions)]

    def _run(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            [self.programs / program, *arguments],
            cwd=self.home,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def dagster(folder: Path, example: Path, environment: Mapping[str, str]) -> Dagster:
    """Make an instance.

    Args:
        folder: Where its environment, settings and logs are.
        example: The folder of the definitions and of `dagster.yaml`.
        environment: The environment variables of the steps.
    """
    programs = install(folder / "environment", REQUIREMENT)
    home = folder / "dagster"
    home.mkdir()
    shutil.copy(example / "dagster.yaml", home)
    variables = {
        **environment,
        "DAGSTER_HOME": str(home),
        # On a busy machine, the daemon may have to wait longer than 60 s for a run's process.
        "DAGSTER_GRPC_TIMEOUT_SECONDS": str(TIMEOUT_SECONDS),
    }
    return Dagster(programs, home, example / "ozonetel.py", variables)
