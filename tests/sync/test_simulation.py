"""The simulation of an account is repeatable, and finds what is wrong."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from tests.helpers.simulation.checks import find_problems
from tests.helpers.simulation.log import named_days
from tests.helpers.simulation.pipeline import Pipeline
from tests.helpers.simulation.simulation import Simulation

_SEED, _DAYS = 1, 12


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    return Simulation(_SEED, _DAYS).run()


def test_the_same_seed_gives_the_same_log(simulation: Simulation) -> None:
    again = Simulation(_SEED, _DAYS).run()
    assert again.log.lines == simulation.log.lines
    assert again.summary == simulation.summary
    assert Simulation(_SEED + 1, _DAYS).run().log.lines != simulation.log.lines


def test_nothing_is_lost(simulation: Simulation) -> None:
    assert find_problems(simulation) == []


def test_what_is_wrong_is_found(simulation: Simulation) -> None:
    rows = simulation.pipeline.rows[simulation.setup.stream]
    before = dict(rows)
    day = str(simulation.box.today() - dt.timedelta(days=3))
    (key, row), (other, _) = [each for each in rows.items() if each[1]["CallDate"] == day][:2]
    total = sum(each["CallDate"] == day for each in rows.values())
    rows[key] = {**row, "Comments": "another value"}
    del rows[other]
    assert find_problems(simulation) == [
        f"{day}: of {total} calls 1 are missing and 1 are outdated"
    ]
    rows.update({**before, (key[0], key[1] + 1): row})
    problems = find_problems(simulation)
    assert f"{day}: 1 rows have keys that no call has" in problems
    del rows[key[0], key[1] + 1]
    assert find_problems(simulation) == []


def test_changes_past_the_lookback_are_found(simulation: Simulation) -> None:
    setup = simulation.setup
    options = replace(setup.options, late_change_days=setup.lookback_days + 3)
    with_late_changes = Simulation(_SEED, _DAYS, options=options).run()
    assert any("are outdated" in problem for problem in find_problems(with_late_changes))


def test_days_of_warnings() -> None:
    warnings = [
        "Data loss: cdr_details 2026-10-20 to 2026-10-21, possibly outdated: 2026-10-18",
        "Data loss: cdr_details 2026-10-19 (possibly incomplete)",
        "2026-11-01: HTTP 503: Something went wrong; retrying in 3 s (try 2 of 8)",
        "2026-11-26 may be incomplete: the API moves its calls at night",
    ]
    assert {str(day): kind for day, kind in named_days(warnings).items()} == {
        "2026-10-20": "lost",
        "2026-10-21": "lost",
        "2026-10-18": "outdated",
        "2026-10-19": "incomplete",
    }


def test_states_are_merged_as_orchestrators_do() -> None:
    pipeline = Pipeline()
    pipeline.store_state({"bookmarks": {"a": {"day": 1, "settled": True}}}, merge=True)
    pipeline.store_state({"bookmarks": {"a": {"day": 2}, "b": {}}}, merge=True)
    assert pipeline.state == {"bookmarks": {"a": {"day": 2, "settled": True}, "b": {}}}
    pipeline.store_state({"bookmarks": {"a": {"day": 3}}}, merge=False)
    assert pipeline.state == {"bookmarks": {"a": {"day": 3}}}
