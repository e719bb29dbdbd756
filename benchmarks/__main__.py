"""Measures the tap, prints the tables and writes them into docs/performance.md."""

from __future__ import annotations

import argparse
import sys
from importlib.metadata import version

from benchmarks.candidates import baselines, tap
from benchmarks.comparison import LARGEST_SIZE, ROUNDS, SIZES, compare
from benchmarks.profile import write_profile
from benchmarks.report import PAGE, Measurements, missed_targets, render_tables, write_tables
from benchmarks.startup import measure_startup
from benchmarks.waiting import measure_waits

PARTS = ("comparison", "waiting", "startup")
PROFILE = "profile"


def main() -> int:
    """Run the parts that the command line names, or all of them.

    Returns:
        The exit code: 1 if the tap missed a target.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parts_help = f"{', '.join(PARTS)} (default: all of these), or {PROFILE}: write a flame graph"
    parser.add_argument("parts", nargs="*", metavar="PART", help=parts_help)
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, help="rounds of the comparison (default: %(default)s)"
    )
    arguments = parser.parse_args()
    parts = arguments.parts or PARTS
    if not set(parts) <= {*PARTS, PROFILE}:
        parser.error(f"PART is one of {parts_help}")
    if PROFILE in parts:
        write_profile(_log)

    results = {}
    if "comparison" in parts:
        packages = f"tap-ozonetel {version('tap-ozonetel')}, singer-sdk {version('singer-sdk')}"
        rounds = dict.fromkeys(SIZES, arguments.rounds)
        results = compare([tap(packages), *baselines()], rounds, _log, tap_only=[LARGEST_SIZE])
    measurements = Measurements(
        results,
        waits=measure_waits(_log) if "waiting" in parts else {},
        startup=measure_startup(_log) if "startup" in parts else {},
    )
    tables = render_tables(measurements)
    sys.stdout.write(f"\n{tables}")
    if measurements.complete:
        write_tables(PAGE, tables)
        _log(f"wrote {PAGE.name}")
    missed = missed_targets(measurements)
    for target in missed:
        _log(f"MISSED: {target}")
    return 1 if missed else 0


def _log(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
