"""The example DAGs, run by Airflow's scheduler and LocalExecutor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.meltano import ROOT
from tests.helpers.orchestrators.accounts import CITIES, GAP, KILLED, SLOW, Accounts, accounts
from tests.helpers.orchestrators.airflow_server import Airflow, airflow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Accounts with a second run, which is triggered together with the first.
TWICE = (KILLED, SLOW)
READ = [city for city in CITIES if city != GAP]


@dataclass(frozen=True)
class Runs:
    """The final state and the task of every run, by account and number."""

    project: Accounts
    server: Airflow
    states: dict[tuple[str, str], str]
    tasks: dict[tuple[str, str], dict[str, Any]]


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    dags = ROOT / "examples" / "airflow"
    triggered = [(city, "first") for city in CITIES] + [(city, "second") for city in TWICE]
    with (
        accounts(tmp_path) as project,
        airflow(tmp_path / "airflow", dags, project.database, project.environment) as server,
    ):
        for city in CITIES:
            server.unpause(f"ozonetel_{city}")
        for city, run in triggered:
            server.trigger(f"ozonetel_{city}", run)
        project.kill_tap(KILLED)
        states = {each: server.wait(f"ozonetel_{each[0]}", each[1]) for each in triggered}
        tasks = {each: server.task(f"ozonetel_{each[0]}", each[1], "load") for each in triggered}
        yield Runs(project, server, states, tasks)


def check_every_account_is_loaded_completely(runs: Runs) -> None:
    assert {city: runs.project.differences(city) for city in READ} == {city: [] for city in READ}
    last = str(runs.project.days[-1])
    assert {city: runs.project.bookmark(city) for city in READ} == dict.fromkeys(READ, last)


def check_accounts_run_side_by_side(runs: Runs) -> None:
    # A task that was retried has only the times of its last try.
    tasks = [runs.tasks[city, "first"] for city in READ if city != KILLED]
    assert max(task["start_date"] for task in tasks) < min(task["end_date"] for task in tasks)


def check_an_account_is_read_once_per_run(runs: Runs) -> None:
    for city in [city for city in READ if city not in TWICE]:
        assert runs.project.requested_days(city) == list(runs.project.days)
        assert runs.tasks[city, "first"]["try_number"] == 1


def check_a_second_run_of_an_account_waits_for_the_first(runs: Runs) -> None:
    days = runs.project.days
    # The second run starts at the bookmark of the first. At once, it would read all days again.
    assert runs.project.requested_days(SLOW) == [*days, *days[-2:]]
    for city in TWICE:
        first, second = runs.tasks[city, "first"], runs.tasks[city, "second"]
        assert first["end_date"] <= second["start_date"]
        assert (second["state"], second["try_number"]) == ("success", 1)


def check_a_killed_tap_is_retried_from_its_bookmark(runs: Runs) -> None:
    task, days = runs.tasks[KILLED, "first"], runs.project.days
    assert (task["state"], task["try_number"]) == ("success", 2)
    # Three days were loaded, and one day before the bookmark is read again.
    assert runs.project.requested_days(KILLED) == [*days, *days[1:], *days[-2:]]


def check_a_retention_gap_fails_the_task_and_the_run(runs: Runs) -> None:
    assert [each for each, state in runs.states.items() if state != "success"] == [(GAP, "first")]
    task = runs.tasks[GAP, "first"]
    assert (task["state"], task["try_number"]) == ("failed", 2)
    assert "Data loss: " in runs.server.log(f"ozonetel_{GAP}", "first", "load")
    assert runs.project.requested_days(GAP) == []


def test_eight_accounts_with_airflow(runs: Runs) -> None:
    # One test, because xdist would distribute several to workers that each start all of this.
    check_every_account_is_loaded_completely(runs)
    check_accounts_run_side_by_side(runs)
    check_an_account_is_read_once_per_run(runs)
    check_a_second_run_of_an_account_waits_for_the_first(runs)
    check_a_killed_tap_is_retried_from_its_bookmark(runs)
    check_a_retention_gap_fails_the_task_and_the_run(runs)
