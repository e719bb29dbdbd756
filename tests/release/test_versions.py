"""The versions that pyproject.toml permits: of Python, and of the dependencies."""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version
from uv import find_uv_bin

_ROOT = Path(__file__).parents[2]
_PROJECT = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
#: The Pythons that the classifiers claim.
PYTHONS = re.findall(r"Python :: (3\.\d+)$", "\n".join(_PROJECT["classifiers"]), re.MULTILINE)
DEPENDENCIES = [Requirement(line) for line in _PROJECT["dependencies"]]
#: The releases between the bounds that do not work.
EXCLUDED = [
    f"{requirement.name}=={each.version}"
    for requirement in DEPENDENCIES
    for each in requirement.specifier
    if each.operator == "!="
]
#: The newest release that uv uses, in place of the date in pyproject.toml.
TOMORROW = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).date().isoformat()

#: What users install into one environment with the tap.
NEIGHBORS = [
    "meltanolabs-target-snowflake==0.19.2",
    "meltano==3.7.9",
    "meltano==3.8.0",
    "meltano==3.9.1",
    "meltano==4.4.1",
]


def run_uv(*arguments: str | Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    subprocess.run([find_uv_bin(), *arguments], check=True, cwd=_ROOT, env=environment)


def resolve(output: Path, python: str, *options: str | Path) -> dict[str, Version]:
    """Choose the version of each dependency, and write them as requirements."""
    run_uv(
        *("pip", "compile", "--quiet", "--no-header", "--no-annotate", "pyproject.toml"),
        *("--python-version", python, "--output-file", output, *options),
    )
    lines = [line.partition("==") for line in output.read_text(encoding="utf-8").splitlines()]
    return {name: Version(version) for name, _, version in lines}


def lower_bound(requirement: Requirement) -> Version:
    bounds = [each.version for each in requirement.specifier if each.operator in {"~=", ">="}]
    assert len(bounds) == 1, f"{requirement} has no lower bound"
    return Version(bounds[0])


@pytest.mark.parametrize("python", PYTHONS)
def test_the_lower_bounds_are_the_versions_that_are_tested(tmp_path: Path, python: str) -> None:
    lowest = resolve(tmp_path / "lowest.txt", python, "--resolution=lowest-direct")
    assert {each.name: lowest[each.name] for each in DEPENDENCIES} == {
        each.name: lower_bound(each) for each in DEPENDENCIES
    }


@pytest.mark.parametrize("neighbor", NEIGHBORS)
def test_the_tap_fits_into_an_environment_with(neighbor: str, tmp_path: Path) -> None:
    (tmp_path / "neighbor.in").write_text(neighbor)
    chosen = resolve(tmp_path / "chosen.txt", PYTHONS[0], tmp_path / "neighbor.in")
    assert all(each.specifier.contains(chosen[each.name]) for each in DEPENDENCIES)


@pytest.mark.parametrize("excluded", EXCLUDED)
def test_the_option_test_fails_with_an_excluded_release(excluded: str, tmp_path: Path) -> None:
    environment, override = tmp_path / "environment", tmp_path / "override.txt"
    override.write_text(excluded)
    run_uv("venv", "--quiet", "--python", PYTHONS[0], environment)
    run_uv(
        *("pip", "install", "--quiet", "--python", environment, "--override", override),
        *("--editable", "."),
    )
    command = environment / "bin" / "tap-ozonetel"
    subprocess.run([command, "--version"], check=True)
    run = subprocess.run([command, "--test"], stderr=subprocess.PIPE, text=True, check=False)
    assert (run.returncode, run.stderr) == (2, "Error: Option '--test' requires an argument.\n")


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(
    "options",
    [["--resolution=lowest-direct"], [f"--exclude-newer={TOMORROW}"]],
    ids=["lowest", "newest"],
)
def test_the_quick_tests_pass(tmp_path: Path, python: str, options: list[str]) -> None:
    environment, requirements = tmp_path / "environment", tmp_path / "requirements.txt"
    resolve(requirements, python, *options)
    run_uv("venv", "--quiet", "--python", python, environment)
    run_uv(
        *("pip", "install", "--quiet", "--python", environment, "--requirement", requirements),
        *("--editable", ".", "--group", "quick-tests", f"--exclude-newer={TOMORROW}"),
    )
    run = subprocess.run(
        [
            *(environment / "bin" / "python", "-m", "pytest", "--hypothesis-profile=quick"),
            *("--numprocesses=2", "--dist=worksteal", "--quiet", "-p", "no:cacheprovider"),
            *("tests/unit", "tests/sync"),
        ],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-20_000:]
