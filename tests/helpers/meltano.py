"""Meltano in the project of the checkout, isolated from other runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from tests.helpers.environments import install

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ROOT = Path(__file__).parents[2]
MELTANO = str(Path(sys.executable).with_name("meltano"))
_SYSTEM = ROOT / ".meltano"
#: Held while plugins are installed or the project of the checkout is used.
LOCK = _SYSTEM / "tests.lock"
#: Before a test changes it. With another cache folder, uv would download everything again.
_ENVIRONMENT = dict(os.environ)
TIMEOUT_SECONDS = 300  # The first run of a clone installs the plugins.


def isolated_meltano(folder: Path, *plugins: str) -> dict[str, str]:
    """Return the environment of a Meltano that shares only the project and its installed plugins.

    Runs in one project write the same files, including the state, to Meltano's system folder.
    Concurrent runs therefore need a folder each.

    Args:
        folder: Where Meltano writes.
        plugins: The plugins to run.
    """
    install_plugins(*plugins)
    system = link_plugins(folder)
    return {
        **inherited_environment(),
        "MELTANO_DATABASE_URI": f"sqlite:///{folder / 'meltano.db'}",
        "MELTANO_ENVIRONMENT": "sandbox",
        "MELTANO_STATE_BACKEND_URI": "systemdb",
        "MELTANO_SYS_DIR_ROOT": str(system),
    }


def link_plugins(folder: Path) -> Path:
    """Make a system folder of Meltano that has the plugins of the checkout, and return it."""
    system = folder / ".meltano"
    system.mkdir(exist_ok=True)
    for kind in ("extractors", "loaders", "utilities"):
        if not (system / kind).is_symlink():
            (system / kind).symlink_to(_SYSTEM / kind)
    return system


def install_meltano(folder: Path, *extras: str) -> Path:
    """Install Meltano with extras, and return the folder of its programs.

    The plugins for loads into Postgres are installed in the checkout.
    """
    _SYSTEM.mkdir(exist_ok=True)
    with FileLock(LOCK):
        install_plugins("tap-ozonetel", "target-postgres")
    return install(folder, f"meltano[{','.join(extras)}]=={version('meltano')}")


@cache
def install_plugins(*plugins: str) -> None:
    """Install missing plugins in the checkout, because their scripts contain that path."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **inherited_environment(),
            "MELTANO_DATABASE_URI": f"sqlite:///{folder}/meltano.db",
        }
        run_command([MELTANO, "install", *plugins], environment)


def run_command(
    command: Sequence[str],
    environment: Mapping[str, str],
    messages: Iterable[Mapping[str, Any]] = (),
    cwd: Path = ROOT,
) -> str:
    """Run a command, assert that it succeeds, and return its stdout.

    Args:
        command: The command.
        environment: All its environment variables.
        messages: Messages for its stdin, one per line.
        cwd: Its working directory.
    """
    done = run_process(command, environment, messages, cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_process(
    command: Sequence[str],
    environment: Mapping[str, str],
    messages: Iterable[Mapping[str, Any]],
    cwd: Path,
) -> subprocess.CompletedProcess[str]:
    """Run a command, which may fail. `run_command` describes the arguments."""
    return subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        input="".join(f"{json.dumps(message)}\n" for message in messages),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=TIMEOUT_SECONDS,
        check=False,
    )


def inherited_environment() -> dict[str, str]:
    """The environment without the variables of Meltano, taps, targets, PostgreSQL and Python.

    Without bytecode, which `PYTHONDONTWRITEBYTECODE` suppresses, Meltano starts much slower.
    """
    prefixes = ("MELTANO_", "TAP_", "TARGET_", "PG", "PYTHON")
    return {
        **{
            name: value
            for name, value in _ENVIRONMENT.items()
            # On another Python, the plugins would be installed again.
            if name == "MELTANO_PYTHON" or not name.startswith(prefixes)
        },
        "MELTANO_PROJECT_ROOT": str(ROOT),
    }
