"""The dbt package with the lowest version of dbt that it permits; the newest is in meltano.yml."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.helpers.dbt_commands import (
    DATABASES,
    PACKAGE,
    copy_integration_tests,
    lowest_requirements,
    newest_requirements,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("database", DATABASES)
def test_the_models_have_the_answers_on_the_lowest_dbt(database: str, tmp_path: Path) -> None:
    project = copy_integration_tests(tmp_path)
    with DATABASES[database](tmp_path, project, project) as dbt:
        dbt.variables.pop("OZONETEL_DATABASE", None)
        dbt.requirements = lowest_requirements(database)
        dbt.run("deps")
        dbt.run("seed")
        dbt.run("build", "--exclude-resource-type", "seed")
        printed = dbt.run("build", "--exclude-resource-type", "seed")
    version = dbt.requirements[0].removeprefix("dbt-core==")
    assert f"Running with dbt={version}" in printed
    for path in (project / "tests").glob("*.sql"):
        assert f"PASS {path.stem} " in printed


def test_the_version_below_the_newest_is_the_upper_bound() -> None:
    project = (PACKAGE / "dbt_project.yml").read_text(encoding="utf-8")
    (major, minor) = re.findall(r'"<(\d+)\.(\d+)\.0"', project)[0]
    core = newest_requirements("duckdb")[0]
    assert core.startswith(f"dbt-core~={major}.{int(minor) - 1}.")
