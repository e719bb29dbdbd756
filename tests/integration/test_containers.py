"""The tap in containers: a user without a name or home folder, or mounts without locks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from sandbox import Options, Sandbox
from tests.helpers.sync import read_messages

if TYPE_CHECKING:
    from pathlib import Path

#: Starts the tap as a user who is missing in /etc/passwd. The lookup is replaced, so that it
#: does not depend on the user who runs the tests.
WITHOUT_A_NAME = """
import pwd
def unknown(uid):
    raise KeyError(f"getpwuid(): uid not found: {uid}")
pwd.getpwuid = unknown
from tap_ozonetel.__main__ import main
main()
"""

#: Starts the tap on a file system without locks.
WITHOUT_LOCKS = """
import errno, fcntl
def flock(*_):
    raise OSError(errno.ENOSYS, "Function not implemented")
fcntl.flock = flock
from tap_ozonetel.__main__ import main
main()
"""


@pytest.mark.parametrize(
    ("script", "cache_dir", "reason"),
    [
        (WITHOUT_A_NAME, None, "the user has no home folder"),
        (WITHOUT_LOCKS, "cache", "Function not implemented"),
    ],
    ids=["no home folder", "no locks"],
)
def test_a_sync_works_without_a_shared_cache(
    tmp_path: Path, script: str, cache_dir: str | None, reason: str
) -> None:
    unset = {"HOME", "XDG_CACHE_HOME", "USER", "LOGNAME"}
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    with Sandbox(Options(records=2, limit=99)) as box:
        config = {**box.config, "start_date": box.today().isoformat(), "lookback_days": 0}
        config.pop("cache_dir", None)
        if cache_dir:
            config["cache_dir"] = str(tmp_path / cache_dir)
        (tmp_path / "config.json").write_text(json.dumps(config))
        done = subprocess.run(
            [sys.executable, "-c", script, "--config", str(tmp_path / "config.json")],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=environment,
            cwd=tmp_path,
        )
        expected = len(box.calls_between(box.today(), box.today()))
    assert done.returncode == 0, done.stderr
    records = [message for message in read_messages(done.stdout) if message["type"] == "RECORD"]
    assert len(records) == expected > 0
    warnings = [line for line in done.stderr.splitlines() if "| WARNING" in line]
    assert len(warnings) == 1
    assert f"cache_dir cannot be used ({reason})" in warnings[0]
    assert not (tmp_path / "~").exists()
