"""What docs/containers.md promises of a container."""

from __future__ import annotations

import datetime as dt
import json
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Options, Sandbox
from sandbox.command import environment
from tests.helpers.container import MIB, build, container, memory_limit
from tests.helpers.sync import read_messages

if TYPE_CHECKING:
    from pathlib import Path

CACHE, TEMPORARY = "/cache", "/tmp"  # noqa: S108 - volumes of the image
READ_ONLY = ("/", "/opt/tap", "/usr/local")
LIMIT = 128 * MIB
#: A day of this many records is spooled to a file of more than the limit.
RECORDS = 200_000


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("container")
    for each in (folder, *folder.parents[:-2]):
        each.chmod(0o755)  # The user of the container must enter them.
    return build(folder)


@pytest.fixture
def volumes(tmp_path: Path) -> dict[str, Path]:
    found = {CACHE: tmp_path / "cache", TEMPORARY: tmp_path / "tmp"}
    for folder in found.values():
        folder.mkdir()
    return found


def start(command: list[str], **options: Any) -> subprocess.Popen[str]:  # noqa: ANN401
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


def variables(box: Sandbox, days: int) -> dict[str, str]:
    """Return the variables of a sync of some days before today."""
    first, last = (str(box.today() - dt.timedelta(days=ago)) for ago in (days, 1))
    dates = {"TAP_OZONETEL_START_DATE": first, "TAP_OZONETEL_END_DATE": last}
    given = {**environment(box), **dates}
    given.pop("TAP_OZONETEL_CACHE_DIR", None)  # The image sets it.
    return given


def run_python(built: Path, volumes: dict[str, Path], script: str) -> str:
    """Run a script in a container, and return its output."""
    command = container(built, volumes, {}, program=["/opt/tap/bin/python", "-c", script])
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_container_is_what_it_is_tested_for(built: Path, volumes: dict[str, Path]) -> None:
    script = """
import json, os, pwd, tempfile
def fails(function, *arguments):
    try:
        function(*arguments)
    except Exception as error:
        return type(error).__name__
found = {name: fails(tempfile.mkdtemp, "", "", name) for name in FOLDERS}
entry = fails(pwd.getpwuid, os.getuid())
print(json.dumps([os.getpid(), os.getuid(), entry, "HOME" in os.environ, found]))
""".replace("FOLDERS", repr([*READ_ONLY, CACHE, TEMPORARY]))
    process, user, entry, has_home, writes = json.loads(run_python(built, volumes, script))
    assert (process, user, entry, has_home) == (1, 65532, "KeyError", False)
    assert writes == {
        **dict.fromkeys(READ_ONLY, "OSError"),
        **dict.fromkeys((CACHE, TEMPORARY)),
    }


def test_runs_of_a_container_share_a_token(built: Path, volumes: dict[str, Path]) -> None:
    with Sandbox(Options(records=5, limit=99)) as box:
        arguments = ["--config=ENV"]
        command = container(built, volumes, variables(box, 3), arguments)
        runs = [
            subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(2)
        ]
        expected = box.calls_between(
            box.today() - dt.timedelta(days=3), box.today() - dt.timedelta(days=1)
        )
        assert box.tokens_made == 1
    for done in runs:
        records = [each for each in read_messages(done.stdout) if each["type"] == "RECORD"]
        assert len(records) == len(expected) > 0
        assert "WARNING" not in done.stderr


def test_sigterm_ends_the_first_process_with_its_state(
    built: Path, volumes: dict[str, Path]
) -> None:
    with Sandbox(Options(records=5, limit=99, faults="3=slow:600")) as box:
        command = container(built, volumes, variables(box, 4), ["--config=ENV"])
        with start(command) as process:
            assert process.stderr is not None
            assert any("Day 2 of 4" in line for line in process.stderr)
            terminate = ["pkill", "-TERM", "--parent", str(process.pid)]
            subprocess.run(terminate, check=True)
            stdout, stderr = process.communicate(timeout=60)
        last_read = str(box.today() - dt.timedelta(days=3))
    assert process.returncode == 128 + signal.SIGTERM, stderr
    states = [each["value"] for each in read_messages(stdout) if each["type"] == "STATE"]
    assert states[-1]["bookmarks"]["cdr_details"]["replication_key_value"] == last_read


def limited(command: list[str], processes: Path) -> list[str]:
    """Return the command in a control group."""
    return ["sh", "-c", f'echo $$ > {processes} && exec "$@"', "sh", *command]


def test_a_large_day_fits_into_the_memory(built: Path, volumes: dict[str, Path]) -> None:
    with Sandbox(Options(records=RECORDS, limit=99)) as box, memory_limit(LIMIT) as processes:
        command = container(built, volumes, variables(box, 1), ["--config=ENV"])
        with start(limited(command, processes)) as process:
            assert process.stdout is not None
            records = sum(line.startswith('{"type":"RECORD"') for line in process.stdout)
            assert process.stderr is not None
            log = process.stderr.read()
    assert process.returncode == 0, log
    assert records == RECORDS


def test_more_memory_than_the_limit_is_not_available(built: Path, volumes: dict[str, Path]) -> None:
    script = f"/opt/tap/bin/python -c 'bytearray({2 * LIMIT})'; echo $?"
    command = container(built, volumes, {}, program=["sh", "-c", script])
    with memory_limit(LIMIT) as processes:
        done = subprocess.run(
            limited(command, processes), capture_output=True, text=True, check=True
        )
    assert done.stdout == f"{128 + signal.SIGKILL}\n"
