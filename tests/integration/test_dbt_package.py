"""The dbt package in projects: its own tests, and a project of a user."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.dbt_commands import DATABASES, PACKAGE, copy_integration_tests
from tests.helpers.snowflake_loader import build_on_fakesnow

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("database", DATABASES)
def test_the_models_have_the_answers_written_by_hand(database: str, tmp_path: Path) -> None:
    project = copy_integration_tests(tmp_path)
    with DATABASES[database](tmp_path, project, project) as dbt:
        dbt.variables.pop("OZONETEL_DATABASE", None)
        dbt.run("deps")
        dbt.run("seed")
        printed = dbt.run("build", "--exclude-resource-type", "seed")
    assert "ERROR=0" in printed
    assert printed.count("PASS ") > len(list((project / "tests").glob("*.sql")))
    for path in (project / "tests").glob("*.sql"):
        assert f"PASS {path.stem} " in printed


def test_the_models_have_the_answers_on_fakesnow(tmp_path: Path) -> None:
    project = copy_integration_tests(tmp_path)
    count = "select count(*) as calls from calls.ozonetel_integration_tests.ozonetel__calls"
    printed, _ = build_on_fakesnow(tmp_path, [], count, project)
    for path in (project / "tests").glob("*.sql"):
        assert printed.count(f"PASS {path.stem} ") == 2, "after the first and the second build"


def test_a_build_of_a_user_has_no_unit_tests() -> None:
    pages = [path.read_text(encoding="utf-8") for path in (PACKAGE / "models").rglob("*.yml")]
    assert len(pages) > 1
    assert [page for page in pages if "unit_tests:" in page] == []
