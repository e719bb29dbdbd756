"""`python -m benchmarks`: measures, prints the tables, and writes them into the page "how fast"."""

from __future__ import annotations

import argparse
import sys
from importlib.metadata import version

from benchmarks.contest import LARGEST, ROUNDS, SIZES, contest, ours, peers
from benchmarks.profile import profile
from benchmarks.report import PAGE, Measured, missed, tables, write
from benchmarks.startup import starts
from benchmarks.waiting import waits

PARTS = ("contest", "waiting", "start-up")
PROFILE = "profile"


def main() -> int:
    """Measure what the command line names, or everything.

    Returns:
        The exit code: 1 where the tap is not where it should be.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    about = f"{', '.join(PARTS)}, or all of these; or {PROFILE}, which draws where the time goes"
    parser.add_argument("parts", nargs="*", metavar="PART", help=about)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of the contest (%(default)s)")
    chosen = parser.parse_args()
    parts = chosen.parts or PARTS
    if not set(parts) <= {*PARTS, PROFILE}:
        parser.error(f"parts are {about}")
    if PROFILE in parts:
        profile(_say)

    results = {}
    if "contest" in parts:
        made_of = f"tap-ozonetel {version('tap-ozonetel')}, singer-sdk {version('singer-sdk')}"
        everyone = [ours(made_of), *peers()]
        results = contest(everyone, dict.fromkeys(SIZES, chosen.rounds), _say, only_ours=[LARGEST])
    measured = Measured(
        results,
        waits=waits(_say) if "waiting" in parts else {},
        starts=starts(_say) if "start-up" in parts else {},
    )
    text = tables(measured)
    sys.stdout.write(f"\n{text}")
    if measured.is_whole:
        write(PAGE, text)
        _say(f"written to {PAGE.name}")
    failures = missed(measured)
    for failure in failures:
        _say(f"MISSED: {failure}")
    return 1 if failures else 0


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
