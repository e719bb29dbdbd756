"""Compares the CPU time and the peak memory that the candidates take for one day."""

from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.candidates import TAP_NAME
from benchmarks.days import write_day
from benchmarks.measure import run_measured
from benchmarks.server import serve_day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from benchmarks.candidates import Candidate
    from benchmarks.measure import Usage
    from benchmarks.server import DayServer

#: The sizes at which all candidates are measured, in records per day.
SIZES = (1_000, 20_000, 200_000)

#: The size at which only the tap is measured: most baselines hold the whole response in memory.
LARGEST_SIZE = 1_000_000

#: Runs per candidate and size. The minimum counts, since other load on the machine only adds time.
ROUNDS = 3


@dataclass(slots=True)
class Result:
    """The minimum that a candidate took in all rounds.

    Attributes:
        packages: The packages that the candidate consists of, with versions.
        failure: Why it was excluded; empty if it was not.
        cpu_seconds: CPU seconds by the records of the day.
        peak_bytes: Peak memory by the records of the day.
    """

    packages: str
    failure: str = ""
    cpu_seconds: dict[int, float] = field(default_factory=dict)
    peak_bytes: dict[int, int] = field(default_factory=dict)

    def add(self, records: int, usage: Usage) -> None:
        """Add the usage of one run."""
        seconds, peak = usage.cpu_seconds, usage.peak_bytes
        self.cpu_seconds[records] = min(seconds, self.cpu_seconds.get(records, seconds))
        self.peak_bytes[records] = min(peak, self.peak_bytes.get(records, peak))


@dataclass(frozen=True, slots=True)
class _Round:
    records: int
    number: int
    candidates: Sequence[Candidate]
    #: Whether to check that all records were written.
    checks_output: bool


def compare(
    candidates: Iterable[Candidate],
    rounds: Mapping[int, int],
    log: Callable[[str], None],
    tap_only: Sequence[int] = (),
) -> dict[str, Result]:
    """Measure all candidates, one after the other in each round.

    A candidate is excluded if it fails, does not write every record, or sends more than one
    request.

    Args:
        candidates: The tap and its baselines.
        rounds: Number of rounds by the size of the day in records.
        log: Receives a line about each run.
        tap_only: Further sizes, at which the tap is measured once.

    Returns:
        The results by the name of the candidate.

    Raises:
        RuntimeError: The tap did not do the job.
    """
    candidates = list(candidates)
    results = {candidate.name: Result(candidate.packages) for candidate in candidates}
    day = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    with tempfile.TemporaryDirectory() as name:
        folder, written = Path(name), 0
        for each in _plan(candidates, rounds, tap_only):
            if each.records != written:
                write_day(folder / "day.json", day, each.records)
                written = each.records
            with serve_day(folder / "day.json") as server:
                run = partial(_run, server=server, day=day.isoformat(), folder=folder)
                _run_round(each, results, run, log)
    return results


def _plan(
    candidates: Sequence[Candidate], rounds: Mapping[int, int], tap_only: Iterable[int]
) -> Iterator[_Round]:
    for records, count in rounds.items():
        for number in range(1, count + 1):
            # The output is the same in all rounds, and the smallest one is quick to count.
            checks_output = number == 1 and records == min(rounds)
            yield _Round(records, number, candidates, checks_output)
    only_tap = [candidate for candidate in candidates if candidate.name == TAP_NAME]
    for records in tap_only:
        yield _Round(records, 1, only_tap, checks_output=False)


def _run_round(
    this: _Round,
    results: Mapping[str, Result],
    run: Callable[[Candidate, int | None], Usage],
    log: Callable[[str], None],
) -> None:
    expected = this.records if this.checks_output else None
    for candidate in this.candidates:
        result = results[candidate.name]
        if result.failure:
            continue
        try:
            usage = run(candidate, expected)
        except RuntimeError as error:
            if candidate.name == TAP_NAME:
                raise
            result.failure = str(error).strip().splitlines()[-1]
            log(f"{candidate.name} is excluded: {error}")
        else:
            result.add(this.records, usage)
            log(f"{this.records:>9,} records, round {this.number}: {usage} {candidate.name}")


def _run(
    candidate: Candidate, expected: int | None, *, server: DayServer, day: str, folder: Path
) -> Usage:
    """Measure one run.

    Args:
        candidate: The candidate.
        expected: The number of records that must be written; None to discard the output.
        server: The API.
        day: The day that it serves.
        folder: A folder for files.

    Raises:
        RuntimeError: The candidate did not do the job.
    """
    output, requests_before = folder / "output", server.requests
    command = candidate.command(server.url, day, folder)
    usage = run_measured(command, None if expected is None else output)
    requests = server.requests - requests_before
    if requests != 1:
        raise RuntimeError(f"sent {requests} requests for one day")
    if expected is not None:
        lines = output.read_bytes().splitlines()
        # The SCHEMA message names the field as well.
        written = sum(b'"CallID"' in line and b'"SCHEMA"' not in line for line in lines)
        if written != expected:
            raise RuntimeError(f"wrote {written} of {expected} records")
    return usage
