"""The programs that are compared: the tap and its baselines."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from benchmarks.baselines.account import API_KEY, USERNAME
from benchmarks.environments import run_uv, script_python
from benchmarks.measure import TAP

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TAP_NAME = TAP.name
PLAIN_SDK_TAP = "plain SDK tap"

#: The modules of `baselines/` by the name of the baseline.
BASELINES = {
    PLAIN_SDK_TAP: "plain_sdk_tap",
    "dlt `rest_api`, extract only": "dlt_rest_api",
    "airbyte-cdk, low-code": "airbyte_declarative",
    "tap-rest-api-msdk": "rest_api_msdk",
    "minimal script": "minimal_script",
}

_FOLDER = Path(__file__).parent / "baselines"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A program that reads a day and writes its records to stdout.

    Attributes:
        name: Name in the tables.
        packages: The packages that it consists of, with versions.
        command: Makes the command from the URL of the API, the day and a folder for files.
    """

    name: str
    packages: str
    command: Callable[[str, str, Path], Sequence[str | Path]]


def tap(packages: str = "") -> Candidate:
    """The tap of this environment."""

    def command(url: str, day: str, folder: Path) -> Sequence[str | Path]:
        config = folder / "config.json"
        account = {"api_url": url, "api_key": API_KEY, "username": USERNAME, "cache_dir": ""}
        config.write_text(json.dumps({**account, "start_date": day, "end_date": day}))
        return [TAP, "--config", config]

    return Candidate(TAP_NAME, packages, command)


def baseline(name: str, module: str, python: str | Path, packages: str = "") -> Candidate:
    """A baseline that is ready to run.

    Args:
        name: Name in the tables.
        module: Name of its module in `baselines/`.
        python: The interpreter of its environment.
        packages: The packages that it consists of, with versions.
    """
    qualified = f"benchmarks.baselines.{module}"
    return Candidate(name, packages, lambda url, day, _: [python, "-m", qualified, url, day])


def baselines() -> list[Candidate]:
    """All baselines. uv installs each in its own environment, from its inline script metadata."""
    return [_install(name, _FOLDER / f"{module}.py") for name, module in BASELINES.items()]


def _install(name: str, script: Path) -> Candidate:
    try:
        python = script_python(script)
        installed = json.loads(run_uv("pip", "list", "--python", python, "--format", "json"))
    except subprocess.CalledProcessError:
        return unavailable(name, "uv could not install it")
    versions = {package["name"]: package["version"] for package in installed}
    packages = ", ".join(f"{package} {versions[package]}" for package in pinned_packages(script))
    return baseline(name, script.stem, python, packages)


def unavailable(name: str, reason: str) -> Candidate:
    """A candidate that fails with the reason."""

    def command(_url: str, _day: str, _folder: Path) -> NoReturn:
        raise RuntimeError(reason)

    return Candidate(name, "", command)


def pinned_packages(script: Path) -> list[str]:
    """The packages that the inline metadata of a script pins to a version."""
    (line,) = re.findall("^# (dependencies = .*)$", script.read_text(), re.MULTILINE)
    requirements: list[str] = tomllib.loads(line)["dependencies"]
    return [name for name, pin, _ in (each.partition("==") for each in requirements) if pin]
