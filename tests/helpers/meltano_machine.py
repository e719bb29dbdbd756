"""A machine that has the project folder of Meltano and some variables, but no state."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.command import environment
from tests.helpers.days import requested_days, settled_days
from tests.helpers.meltano import ROOT, inherited_environment, link_plugins, run_command

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from benchmarks.postgres_server import Postgres
    from sandbox import Sandbox


@dataclass(frozen=True)
class Machine:
    """A machine that has only the project folder and some variables."""

    folder: Path
    variables: Mapping[str, str]
    box: Sandbox

    def new_project(self) -> None:
        """Replace the project folder by a new copy."""
        project = self.folder / "project"
        shutil.rmtree(project, ignore_errors=True)
        project.mkdir()
        shutil.copy(ROOT / "meltano.yml", project)
        link_plugins(project)

    def run(self, command: str) -> str:
        """Run a line of shell in the project folder, and return stdout."""
        shell = ["bash", "-c", command]
        return run_command(shell, self.variables, cwd=self.folder / "project")

    def take_requested_days(self) -> list[str]:
        """Return the days of the requests since the last call."""
        days = requested_days(self.box)
        self.box.requests.clear()
        return days


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
