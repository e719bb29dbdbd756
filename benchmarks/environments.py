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


def install(folder: Path, *requirements: str, python: str, compile_bytecode: bool) -> Path:
    """Install packages into a new environment, and return the folder of its programs.

    Args:
        folder: The folder of the environment, which must not exist.
        requirements: Pinned requirements.
        python: The version or the path of the interpreter.
        compile_bytecode: Whether to compile all modules, and not only those that are imported.
    """
    run_uv("venv", "--quiet", "--python", python, folder)
    options = ["--compile-bytecode"] if compile_bytecode else []
    run_uv("pip", "install", "--quiet", *options, "--python", folder, *requirements)
    return folder / "bin"
