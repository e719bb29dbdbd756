"""Measures the tap, prints the tables and writes them into docs/performance.md."""

from __future__ import annotations

import argparse
import sys
from importlib.metadata import version

from benchmarks.candidates import baselines, tap
from benchmarks.comparison import LARGEST_SIZE, ROUNDS, SIZES, compare
from benchmarks.dashboard import CALLS, measure_dashboard, missed_dashboard_targets
from benchmarks.dbt_models import LEGS, measure_dbt
from benchmarks.log_levels import measure_log_levels, missed_shape_targets
from benchmarks.pipeline import RECORDS, measure_pipelines
from benchmarks.pipeline_report import PIPELINE_BLOCK, missed_pipeline_targets, render_pipelines
from benchmarks.profile import write_profile
from benchmarks.report import (
    BLOCK,
    PAGE,
    Measurements,
    missed_targets,
    render_tables,
    write_tables,
)
from benchmarks.startup import measure_startup
from benchmarks.waiting import measure_waits

#: The parts of the tables of the tap, which are only written together.
TAP_PARTS = ("comparison", "waiting", "startup")
PIPELINE = "pipeline"
PARTS = (*TAP_PARTS, PIPELINE)
PROFILE = "profile"
DASHBOARD = "dashboard"
DBT = "dbt"
LOG_LEVELS = "log-levels"


def main() -> int:
    """Run the parts that the command line names, or all of them.

    Returns:
        The exit code: 1 if a target was missed.
    """
    arguments = _parse()
    parts = arguments.parts or PARTS
    if PROFILE in parts:
        write_profile(_log)
    missed = []
    if LOG_LEVELS in parts:
        missed += missed_shape_targets(measure_log_levels(_log, rounds=arguments.rounds))
    if set(parts) & set(TAP_PARTS):
        missed += _measure_tap(parts, arguments.rounds)
    if PIPELINE in parts:
        missed += _measure_pipelines(arguments.records, arguments.rounds)
    if DBT in parts:
        missed += measure_dbt(LEGS, _log)
    if DASHBOARD in parts:
        missed += missed_dashboard_targets(measure_dashboard(CALLS, _log))
    for target in missed:
        _log(f"MISSED: {target}")
    return 1 if missed else 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parts_help = (
        f"{', '.join(PARTS)} (default: all of these), {DASHBOARD}: the time of its pages, "
        f"{DBT}: the models, printed only, "
        f"{LOG_LEVELS}: the cost of the log level debug, or {PROFILE}: write a flame graph"
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=parts_help)
    parser.add_argument(
        "--rounds",
        type=int,
        default=ROUNDS,
        help="rounds of the measurements (default: %(default)s)",
    )
    parser.add_argument(
        "--records",
        type=int,
        default=RECORDS,
        help="records of the pipelines (default: %(default)s); with another number, only print",
    )
    arguments = parser.parse_args()
    if not set(arguments.parts) <= {*PARTS, DASHBOARD, DBT, LOG_LEVELS, PROFILE}:
        parser.error(f"PART is one of {parts_help}")
    return arguments


def _measure_tap(parts: tuple[str, ...], rounds: int) -> list[str]:
    results = {}
    if "comparison" in parts:
        packages = f"tap-ozonetel {version('tap-ozonetel')}, singer-sdk {version('singer-sdk')}"
        sizes = dict.fromkeys(SIZES, rounds)
        results = compare([tap(packages), *baselines()], sizes, _log, tap_only=[LARGEST_SIZE])
    measurements = Measurements(
        results,
        waits=measure_waits(_log) if "waiting" in parts else {},
        startup=measure_startup(_log) if "startup" in parts else {},
    )
    _publish(render_tables(measurements), BLOCK, complete=measurements.complete)
    return missed_targets(measurements)


def _measure_pipelines(records: int, rounds: int) -> list[str]:
    pipelines = measure_pipelines(records, rounds, _log)
    _publish(render_pipelines(pipelines), PIPELINE_BLOCK, complete=records == RECORDS)
    # At a small size, start-up counts most.
    return missed_pipeline_targets(pipelines) if records == RECORDS else []


def _publish(tables: str, block: str, *, complete: bool) -> None:
    sys.stdout.write(f"\n{tables}")
    if complete:
        write_tables(PAGE, tables, block)
        _log(f"wrote {PAGE.name}")


def _log(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
