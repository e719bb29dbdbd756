"""The example assets, run by Dagster's daemon and multiprocess executor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.helpers.meltano import ROOT
from tests.helpers.orchestrators.accounts import CITIES, GAP, KILLED, SLOW, Accounts, accounts
from tests.helpers.orchestrators.dagster_daemon import Event, dagster

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

READ = [city for city in CITIES if city != GAP]


@dataclass(frozen=True)
class Runs:
    """The events of a run of all accounts, and of a run of `SLOW` at the same time."""

    project: Accounts
    all_accounts: list[Event]
    one_account: list[Event]


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    with accounts(tmp_path) as project:
        instance = dagster(tmp_path, ROOT / "examples" / "dagster", project.environment)
        # Both are in the queue before the daemon starts, so they start together.
        one, every = (instance.launch(job) for job in (f"ozonetel_{SLOW}", "ozonetel"))
        with instance.daemon():
            project.kill_tap(KILLED)
            yield Runs(project, *instance.events(every, one))


def steps(events: list[Event], kind: str) -> list[str]:
    """Return the accounts of the events of a kind."""
    return sorted(str(event.step).split("__")[0] for event in events if event.kind == kind)


def times(events: list[Event], *kinds: str) -> list[float]:
    return [event.at for event in events if event.kind in kinds]


def check_every_account_is_loaded_completely(runs: Runs) -> None:
    assert {city: runs.project.differences(city) for city in READ} == {city: [] for city in READ}
    last = str(runs.project.days[-1])
    assert {city: runs.project.bookmark(city) for city in READ} == dict.fromkeys(READ, last)


def check_accounts_run_side_by_side(runs: Runs) -> None:
    started = times(runs.all_accounts, "STEP_START")
    # The account of the other run may have to wait.
    assert len(started) == len(CITIES)
    ended = times(runs.all_accounts, "STEP_SUCCESS", "STEP_UP_FOR_RETRY")
    assert sum(start < min(ended) for start in started) >= len(CITIES) - 1


def check_an_account_is_read_once_per_run(runs: Runs) -> None:
    for city in [city for city in READ if city not in {KILLED, SLOW}]:
        assert runs.project.requested_days(city) == list(runs.project.days)
        assert city not in steps(runs.all_accounts, "STEP_UP_FOR_RETRY")


def check_a_second_run_of_an_account_waits_for_the_first(runs: Runs) -> None:
    days = runs.project.days
    # The second run starts at the bookmark of the first. At once, it would read all days again.
    assert runs.project.requested_days(SLOW) == [*days, *days[-2:]]
    both = [*runs.all_accounts, *runs.one_account]
    assert f"Step blocked by limit for pool ozonetel_{SLOW}" in {event.text for event in both}
    assert steps(both, "STEP_SUCCESS").count(SLOW) == 2


def check_a_killed_tap_is_retried_from_its_bookmark(runs: Runs) -> None:
    days = runs.project.days
    assert KILLED in steps(runs.all_accounts, "STEP_UP_FOR_RETRY")
    assert KILLED in steps(runs.all_accounts, "STEP_SUCCESS")
    # Three days were loaded, and one day before the bookmark is read again.
    assert runs.project.requested_days(KILLED) == [*days, *days[1:]]


def check_a_retention_gap_fails_the_step_and_the_run(runs: Runs) -> None:
    assert steps(runs.all_accounts, "STEP_FAILURE") == [GAP]
    assert len(times(runs.all_accounts, "PIPELINE_FAILURE")) == 1
    assert len(times(runs.one_account, "PIPELINE_SUCCESS")) == 1
    assert steps(runs.all_accounts, "STEP_UP_FOR_RETRY") == sorted([GAP, KILLED])
    assert runs.project.requested_days(GAP) == []


def test_eight_accounts_with_dagster(runs: Runs) -> None:
    # One test, because xdist would distribute several to workers that each start all of this.
    check_every_account_is_loaded_completely(runs)
    check_accounts_run_side_by_side(runs)
    check_an_account_is_read_once_per_run(runs)
    check_a_second_run_of_an_account_waits_for_the_first(runs)
    check_a_killed_tap_is_retried_from_its_bookmark(runs)
    check_a_retention_gap_fails_the_step_and_the_run(runs)
