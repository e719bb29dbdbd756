"""Environments of programs, made by uv."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from uv import find_uv_bin

_ROOT = Path(__file__).parents[1]


def run_uv(*arguments: str | Path) -> str:
    """Run uv and return its stdout."""
    # Nothing must be installed into the environment of this process.
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    command = [find_uv_bin(), *map(str, arguments)]
    result = subprocess.run(  # noqa: S603
        command,
        check=True,
        cwd=_ROOT,  # pyproject.toml excludes newer releases.
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    return result.stdout


def script_python(script: Path) -> Path:
    """Install what a script declares, and return the interpreter that has it."""
    # The same Python for all. Bytecode is compiled, as it is for a user from the second run on.
    run_uv("sync", "--quiet", "--script", script, "--python", sys.executable, "--compile-bytecode")
    return Path(run_uv("python", "find", "--script", script).strip())


def package_programs(requirement: str, folder: Path, python: str = sys.executable) -> Path:
    """Install a package into a new environment, and return the folder of its programs."""
    run_uv("venv", "--quiet", "--python", python, folder)
    run_uv("pip", "install", "--quiet", "--compile-bytecode", "--python", folder, requirement)
    return folder / "bin"
