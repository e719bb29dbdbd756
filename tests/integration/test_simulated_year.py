"""A year of an account: what goes wrong in it loses no call without a warning."""

from __future__ import annotations

import pytest

from tests.helpers.simulation.checks import find_problems
from tests.helpers.simulation.plans import KILL_POINTS
from tests.helpers.simulation.simulation import Simulation

#: The seed and the days of each simulation. A seed that has found a fault stays here.
_SIMULATIONS = [(10, 365), (1, 100)]


@pytest.mark.parametrize(("seed", "days"), _SIMULATIONS)
def test_nothing_is_lost_without_a_warning(seed: int, days: int) -> None:
    simulation = Simulation(seed, days).run()
    replay = f"uv run poe simulate --seed {seed} --days {days} --log simulation.log"
    assert find_problems(simulation) == [], f"{simulation.summary}. To see the log: {replay}"
    if days >= 365:
        assert simulation.kills.keys() == set(KILL_POINTS)
        assert simulation.named
