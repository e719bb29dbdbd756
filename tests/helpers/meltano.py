"""Meltano in the project of the checkout, isolated from other runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ROOT = Path(__file__).parents[2]
MELTANO = str(Path(sys.executable).with_name("meltano"))
_SYSTEM = ROOT / ".meltano"
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
    system = folder / ".meltano"
    system.mkdir(exist_ok=True)
    for kind in ("extractors", "loaders", "utilities"):
        if not (system / kind).is_symlink():
            (system / kind).symlink_to(_SYSTEM / kind)
    return {
        **inherited_environment(),
        "MELTANO_DATABASE_URI": f"sqlite:///{folder / 'meltano.db'}",
        "MELTANO_ENVIRONMENT": "sandbox",
        "MELTANO_STATE_BACKEND_URI": "systemdb",
        "MELTANO_SYS_DIR_ROOT": str(system),
    }


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
) -> str:
    """Run a command in the checkout, and assert that it succeeds.

    Args:
        command: The command.
        environment: All its environment variables.
        messages: Messages for its stdin, one per line.

    Returns:
        Its stdout.
    """
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        input="".join(f"{json.dumps(message)}\n" for message in messages),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


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
