"""Environments of other tools, made by uv and pinned by the date in pyproject.toml."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from uv import find_uv_bin

from benchmarks import environments

_ROOT = Path(__file__).parents[2]
#: The Python that all these tools run on.
PYTHON = "3.11"


def install(folder: Path, *requirements: str) -> Path:
    """Install packages in a new environment, and return the folder of its programs.

    Args:
        folder: The folder of the environment, which must not exist.
        requirements: Pinned requirements.
    """
    return environments.install(folder, *requirements, python=PYTHON, compile_bytecode=False)


@cache
def _exclude_newer() -> str:
    settings = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return f"--exclude-newer={settings['tool']['uv']['exclude-newer']}"


def uv_command(*command: str) -> list[str]:
    """Return a command of uv that makes an environment, which uv keeps, and runs something in it.

    Args:
        command: `run` or `tool run`, a word each.
    """
    return [find_uv_bin(), *command, "--quiet", f"--python={PYTHON}", _exclude_newer()]


def script_command(script: Path, *arguments: str) -> list[str]:
    """Return the command that runs a script with the dependencies that it declares."""
    return [*uv_command("run"), "--script", str(script), *arguments]
