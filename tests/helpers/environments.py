"""Environments of other tools, made by uv."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

import uv

_ROOT = Path(__file__).parents[2]
TIMEOUT_SECONDS = 300  # Without a cache, everything is downloaded.


def install(folder: Path, *requirements: str) -> Path:
    """Install packages in a new environment.

    Args:
        folder: The folder of the environment, which must not exist.
        requirements: Pinned requirements.

    Returns:
        The folder of its commands.
    """
    programs = folder / "bin"
    newest = tomllib.loads((_ROOT / "pyproject.toml").read_text())["tool"]["uv"]["exclude-newer"]
    _run("venv", "--quiet", "--python", "3.11", str(folder))
    options = ["--quiet", "--exclude-newer", newest, "--python", str(programs / "python")]
    _run("pip", "install", *options, *requirements)
    return programs


def _run(*arguments: str) -> None:
    command = [uv.find_uv_bin(), *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr
