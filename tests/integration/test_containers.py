"""The image of the tap: any user, a read-only root, process 1, and little memory."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import signal
import subprocess
import sys
from typing import IO, TYPE_CHECKING

import pytest

from sandbox import Options, Sandbox
from sandbox.command import environment
from tests.helpers.containers import Builder, Image
from tests.helpers.days import time_zone_at_noon
from tests.helpers.namespaces import memory_limit, process_in_container
from tests.helpers.sync import Sync, read_messages

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MIB = 2**20

#: Starts the tap on a file system without locks.
WITHOUT_LOCKS = """
import errno, fcntl
def flock(*_):
    raise OSError(errno.ENOSYS, "Function not implemented")
fcntl.flock = flock
from tap_ozonetel.__main__ import main
main()
"""

#: Prints the modules of the tap that have no bytecode.
WITHOUT_BYTECODE = """
import os, sys
import tap_ozonetel.__main__
for module in list(sys.modules.values()):
    bytecode = getattr(module, "__cached__", None)
    if bytecode and not os.path.exists(bytecode):
        print(module.__name__)
"""


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The image of the tap, built by the instructions of the Containerfile."""
    return Builder(tmp_path_factory.mktemp("images")).build("tap")


def run(command: list[str]) -> Sync:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    messages = read_messages(done.stdout) if done.returncode == 0 else []
    return Sync(messages, done.returncode, done.stderr)


def one_day(box: Sandbox) -> dict[str, str]:
    yesterday = (box.today() - dt.timedelta(days=1)).isoformat()
    days = {"TAP_OZONETEL_START_DATE": yesterday, "TAP_OZONETEL_END_DATE": yesterday}
    return {**environment(box), **days}


def writable_mounts(process: Path) -> set[str]:
    """The mounts of a process that are not read-only."""
    lines = (process / "mountinfo").read_text(encoding="utf-8").splitlines()
    mounts = {line.split()[4]: line.split()[5].split(",") for line in lines}
    return {folder for folder, options in mounts.items() if "ro" not in options}


def describe(process: Path) -> Mapping[str, str]:
    """The fields of `status` of a process."""
    lines = (process / "status").read_text(encoding="utf-8").splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def read_states(stdout: IO[str], count: int) -> list[str]:
    """Read lines up to a number of STATE messages."""
    lines: list[str] = []
    while count:
        lines.append(stdout.readline())
        count -= '"type":"STATE"' in lines[-1]
    return lines


@pytest.mark.parametrize("user", ["65532:65532", "123456:0"], ids=["image", "other"])
def test_sigterm_ends_process_1_with_its_state(tmp_path: Path, image: Image, user: str) -> None:
    assert image.user == "65532:65532"
    cache = image.make_volume("/cache", tmp_path / "cache")
    with Sandbox(Options(records=3)) as box:
        # The only writable folder is the cache.
        settings = {**environment(box), "TMPDIR": "/cache"}
        command = image.command({"/cache": cache}, settings, user=user)
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as tap:
            assert tap.stdout is not None
            lines = read_states(tap.stdout, 2)
            process = process_in_container(tap)
            status = describe(process)
            variables = (process / "environ").read_text(encoding="utf-8").split("\0")
            users = (process / "root/etc/passwd").read_text(encoding="utf-8")
            mounts = writable_mounts(process)
            os.kill(int(process.name), signal.SIGTERM)
            stdout, log = tap.communicate(timeout=60)
        first_days = [box.today() - dt.timedelta(days=n) for n in (14, 13)]
        expected = [str(record["CallID"]) for day in first_days for record in box.calls(day)]
    done = Sync([json.loads(line) for line in [*lines, *stdout.splitlines()]])
    assert tap.returncode == 143, log
    assert "Stopped by SIGTERM" in log
    assert sorted(str(record["CallID"]) for record in done.records()) == sorted(expected)
    assert done.messages[-1]["type"] == "STATE"
    assert done.bookmarks()[-1] == str(first_days[-1])
    uid = user.partition(":")[0]
    assert (status["NSpid"].split()[-1], status["Uid"].split()) == ("1", [uid] * 4)
    assert (status["Groups"], status["NoNewPrivs"]) == ("", "1")
    assert [line for line in users.splitlines() if line.split(":")[2] == uid] == []
    assert [name for name in variables if name.startswith("HOME=")] == []
    # The kernel's own, and shared memory, which container engines leave writable too.
    assert {name for name in mounts if not name.startswith(("/proc", "/dev/"))} == {"/cache"}
    assert "cache_dir" not in log
    assert [path.name for path in cache.iterdir()] == ["accounts"]


def test_a_user_without_a_home_folder_needs_no_cache(tmp_path: Path, image: Image) -> None:
    variables = dict(image.environment)
    assert variables.pop("TAP_OZONETEL_CACHE_DIR") == "/cache"
    temporary = image.make_volume("/tmp", tmp_path / "temporary")  # noqa: S108 - of the image
    with Sandbox(Options(records=2, limit=99)) as box:
        command = dataclasses.replace(image, environment=variables).command(
            {"/tmp": temporary},  # noqa: S108
            one_day(box),
            user="123456:123456",
        )
        done = run(command)
    assert (done.code, len(done.records())) == (0, 2), done.log
    warnings = [line for line in done.log.splitlines() if "| WARNING" in line]
    assert len(warnings) == 1
    assert "cache_dir cannot be used (the user has no home directory)" in warnings[0]
    assert [*temporary.iterdir()] == []


def test_a_sync_works_on_a_file_system_without_locks(tmp_path: Path) -> None:
    with Sandbox(Options(records=2, limit=99)) as box:
        variables = {**os.environ, **one_day(box), "TAP_OZONETEL_CACHE_DIR": str(tmp_path)}
        command = [sys.executable, "-c", WITHOUT_LOCKS, "--config=ENV"]
        process = subprocess.run(
            command, env=variables, capture_output=True, text=True, timeout=60, check=False
        )
    assert process.returncode == 0, process.stderr
    assert len(Sync(read_messages(process.stdout)).records()) == 2
    assert process.stderr.count("cache_dir cannot be used (Function not implemented)") == 1


def test_128_mib_are_enough_for_200_000_records(tmp_path: Path, image: Image) -> None:
    volumes = {name: image.make_volume(name, tmp_path / name[1:]) for name in image.volumes}
    options = Options(records=200_000, timezone=time_zone_at_noon())
    with Sandbox(options) as box, memory_limit(128 * MIB, tmp_path) as memory:
        command = image.command(volumes, one_day(box), join=memory.join)
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as tap:
            assert tap.stdout is not None
            records = sum(line.startswith('{"type":"RECORD"') for line in tap.stdout)
        kills = memory.kills()
    assert (tap.returncode, records, kills) in {(0, 200_000, 0), (0, 200_000, None)}


def test_a_memory_limit_that_is_too_low_ends_the_tap(tmp_path: Path, image: Image) -> None:
    volumes = {name: image.make_volume(name, tmp_path / name[1:]) for name in image.volumes}
    with Sandbox(Options(records=2)) as box, memory_limit(16 * MIB, tmp_path) as memory:
        done = run(image.command(volumes, one_day(box), join=memory.join))
        kills = memory.kills()
    assert done.code != 0
    assert kills != 0


def test_all_modules_of_the_image_have_bytecode(image: Image) -> None:
    python = dataclasses.replace(image, entrypoint=["python"])
    done = subprocess.run(
        python.command({}, {}, "-c", WITHOUT_BYTECODE),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert image.environment["PYTHONDONTWRITEBYTECODE"] == "1"
