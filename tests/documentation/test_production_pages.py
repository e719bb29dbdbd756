"""The pages about production and orchestrators, their commands run as they are written."""

from __future__ import annotations

import filecmp
from typing import TYPE_CHECKING

import pytest

from tests.helpers.documentation.pages import ROOT
from tests.helpers.documentation.places import Reader, reader
from tests.helpers.documentation.plan import DIRECTORY, PROJECT
from tests.helpers.s3_server import S3Server, s3_server

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = "docs/production.md"


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        server.bucket("your-bucket")
        yield server


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, s3: S3Server) -> Iterator[Reader]:
    """A project of one's own, with the tap."""
    with reader(tmp_path_factory.mktemp("production")) as found:
        found.add_plugins()
        found.set_account(PROJECT)
        found.shell(PROJECT).variables |= s3.environment
        yield found


def test_the_state_is_in_the_backend(project: Reader, s3: S3Server) -> None:
    printed = project.run(PAGE, "State backend")
    assert "prod:tap-ozonetel-to-target-postgres" in printed
    (key,) = s3.objects("your-bucket")
    assert key.startswith("meltano-state/prod:tap-ozonetel-to-target-postgres")
    assert str(project.box.today()) in s3.read("your-bucket", key).decode()
    runs = project.server.query("select count(*) as runs from runs")
    assert runs[0]["runs"] >= 2
    # The first run, and the full refresh at the end.
    days = project.days_ago(*range(14, -1, -1))
    assert project.take_requested_days() == [*days, *days]


def test_another_account_has_a_plugin_of_its_own(project: Reader) -> None:
    shell = project.shell(PROJECT)
    project.run(PAGE, "Several accounts")
    assert "tap-ozonetel-abroad" in (shell.directory / "meltano.yml").read_text(encoding="utf-8")
    # The first account continues at its bookmark, the new one has none.
    first_run = project.days_ago(*range(14, -1, -1))
    assert project.take_requested_days() == [*first_run[-2:], *first_run]


def test_the_files_of_the_orchestrators_are_copied(project: Reader) -> None:
    shell = project.shell(DIRECTORY)
    shell.run("export AIRFLOW_HOME=$PWD/airflow DAGSTER_HOME=$PWD/dagster")
    shell.run('mkdir -p "$AIRFLOW_HOME/dags" "$DAGSTER_HOME"')
    project.run("docs/orchestrators.md", "Setup")
    for copy, example in (
        ("airflow/dags/ozonetel.py", "airflow/ozonetel.py"),
        ("dagster/ozonetel.py", "dagster/ozonetel.py"),
        ("dagster/dagster.yaml", "dagster/dagster.yaml"),
    ):
        assert filecmp.cmp(shell.directory / copy, ROOT / "examples" / example, shallow=False)
    assert shell.variables["OZONETEL_ACCOUNTS"].split() == ["mumbai", "delhi", "pune"]
