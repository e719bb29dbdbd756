"""The commands of the examples for GitHub Actions and Kubernetes, run as they run them."""

from __future__ import annotations

import datetime as dt
import os
import shlex
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML
from uv import find_uv_bin

from benchmarks.postgres_server import Postgres, postgres
from sandbox import Options, Sandbox
from tests.helpers.comparison import POSTGRES, differences
from tests.helpers.days import settled_days
from tests.helpers.meltano import ROOT, install_meltano
from tests.helpers.meltano_machine import make_machine
from tests.helpers.s3_server import s3_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.helpers.meltano_machine import Machine

PROJECT = "/project"
#: Mounts the volumes, makes everything else in the project folder read-only, and runs a command.
IN_CONTAINER = """
set -e
{volumes}
mount --bind . .
{mounts}
mount -o remount,bind,ro .
cd .
exec {command}
"""


def read_example(path: str) -> Any:  # noqa: ANN401 - YAML
    return YAML(typ="safe").load((ROOT / "examples" / path).read_text(encoding="utf-8"))


CRON_JOB = read_example("kubernetes/cronjob.yaml")["spec"]
POD = CRON_JOB["jobTemplate"]["spec"]["template"]["spec"]
(CONTAINER,) = POD["containers"]
WORKFLOW = read_example("github-actions/ozonetel.yml")
JOB = WORKFLOW["jobs"]["load"]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install_meltano(tmp_path_factory.mktemp("meltano") / "environment", "s3")


@pytest.fixture
def server() -> Iterator[Postgres]:
    with postgres() as server:
        yield server


@pytest.fixture
def machine(programs: Path, server: Postgres, tmp_path: Path) -> Iterator[Machine]:
    with (
        Sandbox(Options(records=20, limit=1000, dial_count=True)) as box,
        s3_server(tmp_path) as s3,
    ):
        s3.bucket("your-bucket")
        yield make_machine(tmp_path, programs, box, server, s3.environment)


def run_twice(machine: Machine, command: str) -> None:
    """Run a command on two days, and assert which days it reads."""
    days = settled_days(machine.box)
    machine.run(f"TAP_OZONETEL_END_DATE={days[-2]} {command}")
    assert machine.take_requested_days() == days[:-1]
    machine.new_project()
    machine.run(command)
    # One day before the bookmark is read again.
    assert machine.take_requested_days() == days[-3:]


def assert_loaded(machine: Machine, server: Postgres) -> None:
    days = [dt.date.fromisoformat(day) for day in settled_days(machine.box)]
    calls = machine.box.calls_between(days[0], days[-1])
    assert differences(server.query("select * from ozonetel.cdr_details"), calls, POSTGRES) == []


def in_container(machine: Machine) -> str:
    """Return the command of the CronJob, with its variables and its read-only project folder."""
    project = machine.folder / "project"
    variables = {each["name"]: each["value"] for each in CONTAINER["env"]}
    # Volumes outside of the project are folders of the test.
    variables["TAP_OZONETEL_CACHE_DIR"] = str(machine.folder / "cache")
    variables["HOME"] = str(machine.folder)
    variables["MELTANO_DATABASE_URI"] = f"sqlite:///{machine.folder}/meltano.db"
    assert {each["mountPath"] for each in CONTAINER["volumeMounts"][:2]} == {"/cache", "/tmp"}  # noqa: S108
    inside = [
        shlex.quote(each["mountPath"].replace(PROJECT, str(project), 1))
        for each in CONTAINER["volumeMounts"]
        if each["mountPath"].startswith(PROJECT)
    ]
    script = IN_CONTAINER.format(
        volumes="\n".join(f"mkdir -p {folder}" for folder in inside),
        mounts="\n".join(f"mount -t tmpfs volume {folder}" for folder in inside),
        command=shlex.join(CONTAINER["command"]),
    )
    exports = shlex.join(["env", *(f"{name}={value}" for name, value in variables.items())])
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    return f"{exports} {shlex.join(['unshare', '--mount', *user, 'sh', '-c', script])}"


def test_the_cron_job_reads_only_what_is_new(machine: Machine, server: Postgres) -> None:
    run_twice(machine, in_container(machine))
    assert_loaded(machine, server)


def test_the_cron_job_is_safe() -> None:
    assert CRON_JOB["concurrencyPolicy"] == "Forbid"
    assert POD["securityContext"]["runAsNonRoot"] is True
    security = CONTAINER["securityContext"]
    assert security["readOnlyRootFilesystem"] is True
    assert security["allowPrivilegeEscalation"] is False
    assert security["capabilities"] == {"drop": ["ALL"]}
    mounted = {each["name"] for each in CONTAINER["volumeMounts"]}
    assert mounted == {each["name"] for each in POD["volumes"]}


def test_the_workflow_reads_only_what_is_new(machine: Machine, server: Postgres) -> None:
    (step,) = [each for each in JOB["steps"] if "run" in each]
    # The expressions are the machine's own variables.
    assert [value for value in step["env"].values() if not value.startswith("${{ ")] == []
    variables = shlex.join(["env", *(f"{name}={value}" for name, value in JOB["env"].items())])
    command = step["run"].replace("uvx ", f"{find_uv_bin()} tool run --quiet ", 1)
    run_twice(machine, f"{variables} {command}")
    assert_loaded(machine, server)


def test_the_workflow_has_the_tested_meltano() -> None:
    (step,) = [each for each in JOB["steps"] if "run" in each]
    assert f"meltano[s3]=={version('meltano')}" in step["run"]


def test_the_workflow_never_runs_twice_at_once() -> None:
    assert WORKFLOW["concurrency"] == {"group": "ozonetel", "cancel-in-progress": False}
    assert WORKFLOW["permissions"] == {"contents": "read"}
