"""The cost of the log level debug, and its targets."""

from __future__ import annotations

import pytest

from benchmarks.log_levels import LEVELS, measure_log_levels, missed_shape_targets
from benchmarks.measure import MIB, Usage

GOOD = {
    (20, "info"): Usage(1.0, 50 * MIB),
    (20, "debug"): Usage(1.5, 52 * MIB),
    (100, "info"): Usage(4.0, 50 * MIB),
    (100, "debug"): Usage(8.0, 53 * MIB),
}


def test_nothing_is_missed() -> None:
    assert missed_shape_targets(GOOD) == []


@pytest.mark.parametrize(
    ("usage", "missed"),
    [
        (Usage(12.4, 53 * MIB), ["debug takes 3.1 times as long as info, more than 3.0"]),
        (Usage(8.0, 60 * MIB), ["debug needs 1.15 times the memory, more than 1.1"]),
    ],
)
def test_a_missed_target_is_named(usage: Usage, missed: list[str]) -> None:
    assert missed_shape_targets({**GOOD, (100, "debug"): usage}) == missed


def test_both_levels_are_measured() -> None:
    lines: list[str] = []
    usages = measure_log_levels(lines.append, rounds=1, sizes=(40,))
    assert list(usages) == [(40, level) for level in LEVELS]
    assert len(lines) == 2
