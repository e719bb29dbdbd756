"""Simulates an account: `poe simulate --years N --seed S`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.helpers.simulation.checks import find_problems
from tests.helpers.simulation.simulation import Simulation


def main() -> int:
    """Run a simulation, print its summary and its problems, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=int, default=1, help="default: 1")
    parser.add_argument("--days", type=int, help="instead of whole years")
    parser.add_argument("--seed", type=int, default=1, help="default: 1")
    parser.add_argument("--log", type=Path, help="file for the log")
    options = parser.parse_args()
    simulation = Simulation(options.seed, options.days or options.years * 365).run()
    if options.log:
        options.log.write_text("\n".join(simulation.log.lines) + "\n", encoding="utf-8")
    problems = find_problems(simulation)
    for line in (str(simulation.setup), simulation.summary, *problems):
        print(line)  # noqa: T201
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
