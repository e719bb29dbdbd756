"""A machine that has the project folder of Meltano and some variables, but no state."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import FileLock

from sandbox.command import environment
from tests.helpers.days import requested_days
from tests.helpers.environments import install
from tests.helpers.meltano import ROOT, TIMEOUT_SECONDS, inherited_environment, install_plugins

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sandbox import Sandbox
    from tests.helpers.postgres import Postgres


@dataclass(frozen=True)
class Machine:
    """A machine that has only the project folder and the variables of the page."""

    folder: Path
    variables: Mapping[str, str]
    box: Sandbox

    def new_project(self) -> None:
        """Replace the project folder by a new copy."""
        project = self.folder / "project"
        shutil.rmtree(project, ignore_errors=True)
        (project / ".meltano").mkdir(parents=True)
        shutil.copy(ROOT / "meltano.yml", project)
        for kind in ("extractors", "loaders"):
            (project / ".meltano" / kind).symlink_to(ROOT / ".meltano" / kind)

    def run(self, command: str) -> str:
        """Run a line of the page in the project folder, and return stdout."""
        done = subprocess.run(
            ["bash", "-c", command],  # noqa: S607
            cwd=self.folder / "project",
            env=self.variables,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def take_requested_days(self) -> list[str]:
        """Return the days of the requests since the last call."""
        days = requested_days(self.box)
        self.box.requests.clear()
        return days


def settled_days(box: Sandbox) -> list[str]:
    """Return four days whose calls no longer change."""
    return [str(box.today() - dt.timedelta(days=ago)) for ago in (6, 5, 4, 3)]


def install_meltano(folder: Path, *extras: str) -> Path:
    """Install Meltano with extras, and the plugins, and return the folder of its programs."""
    (ROOT / ".meltano").mkdir(exist_ok=True)
    with FileLock(ROOT / ".meltano" / "tests.lock"):
        install_plugins("tap-ozonetel", "target-postgres")
    return install(folder, f"meltano[{','.join(extras)}]==4.4.1")


def make_machine(
    folder: Path, programs: Path, box: Sandbox, server: Postgres, variables: Mapping[str, str]
) -> Machine:
    """Return a machine that reads settled days of an account into a Postgres."""
    days = settled_days(box)
    inherited = inherited_environment()
    del inherited["MELTANO_PROJECT_ROOT"]
    bounds = {"TAP_OZONETEL_START_DATE": days[0], "TAP_OZONETEL_END_DATE": days[-1]}
    machine = Machine(
        folder,
        {
            **inherited,
            **environment(box),
            **server.settings,
            **bounds,
            "PATH": f"{programs}:{inherited['PATH']}",
            "TAP_OZONETEL_CACHE_DIR": str(folder / "cache"),
            "TARGET_POSTGRES_SSL_ENABLE": "false",
            **variables,
        },
        box,
    )
    machine.new_project()
    return machine
