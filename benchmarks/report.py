"""The tables of the page "how fast", and whether the tap is where it should be."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.contest import OURS, PLAIN
from benchmarks.measure import MIB
from benchmarks.startup import SDK_ALONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from benchmarks.contest import Result
    from benchmarks.waiting import Wait

PAGE = Path(__file__).parents[1] / "docs" / "how-fast.md"
_BLOCK = re.compile(r"(<!-- measured -->\n).*(<!-- /measured -->\n)", re.DOTALL)

#: The figures that the tap is held to, all of one run.
LEAST_TIMES_THE_PLAIN_TAP = 2.5
MOST_PEAK_BYTES = 64 * MIB
MOST_WAIT_OVER_THE_LEAST = 1.01
MOST_SECONDS_OF_NO_WAIT = 1.0
MOST_START_OVER_THE_SDK = 1.10


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured, in one run; what was not is empty."""

    results: Mapping[str, Result] = field(default_factory=dict)
    waits: Mapping[str, Wait] = field(default_factory=dict)
    starts: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether everything was measured that the page tells."""
        return bool(self.results and self.waits and self.starts)


def tables(measured: Measured) -> str:
    """The tables, in Markdown."""
    parts = []
    if measured.results:
        parts += [_speed(measured.results), _memory(measured.results)]
    if measured.waits:
        parts.append(_waits(measured.waits))
    if measured.starts:
        parts.append(_starts(measured.starts))
    machine = f"{platform.system()} on {platform.machine()}, {os.cpu_count()} cores"
    parts.append(f"Python {platform.python_version()}, {machine}.\n")
    return "\n".join(parts)


def write(page: Path, text: str) -> None:
    """Put the tables into the page, between its two marks.

    Raises:
        ValueError: The page has no such marks.
    """
    new, places = _BLOCK.subn(lambda marks: f"{marks[1]}{text}{marks[2]}", page.read_text())
    if places != 1:
        msg = f"{page.name} has {places} places for the tables"
        raise ValueError(msg)
    page.write_text(new)


def missed(measured: Measured) -> list[str]:
    """The figures that were not reached, each in a sentence."""
    found = list(_missed_in_the_contest(measured.results)) if measured.results else []
    for name, wait in measured.waits.items():
        most = wait.least * MOST_WAIT_OVER_THE_LEAST or MOST_SECONDS_OF_NO_WAIT
        if wait.seconds > most:
            found.append(f"{name}: waited {wait.seconds:.1f} s, not {most:.1f}")
    for name, seconds in measured.starts.items():
        times = seconds / measured.starts[SDK_ALONE]
        if times > MOST_START_OVER_THE_SDK:
            found.append(f"{name}: {times:.2f} times the SDK's import")
    return found


def _missed_in_the_contest(results: Mapping[str, Result]) -> Iterator[str]:
    if results[PLAIN].cannot:
        yield "there is no plain tap to compare with"
    elif (times := _times_the_plain_tap(results)) < LEAST_TIMES_THE_PLAIN_TAP:
        yield f"{times:.2f} times the plain tap, not {LEAST_TIMES_THE_PLAIN_TAP}"
    for records, peak in results[OURS].peak_bytes.items():
        if peak > MOST_PEAK_BYTES:
            yield f"{_mib(peak)} MiB at {records:,} records, not {_mib(MOST_PEAK_BYTES)}"


def _times_the_plain_tap(results: Mapping[str, Result]) -> float:
    """How many times as fast as the plain tap, at the largest size that both read."""
    records = max(results[PLAIN].cpu_seconds)
    return results[PLAIN].cpu_seconds[records] / results[OURS].cpu_seconds[records]


def _speed(results: Mapping[str, Result]) -> str:
    sizes = list(results[OURS].cpu_seconds)
    rows = [
        [
            name,
            *(_rate(result, size) for size in sizes),
            f"cannot: {result.cannot}" if result.cannot else result.made_of,
        ]
        for name, result in results.items()
    ]
    heads = [f"{size:,} records" for size in sizes]
    return _table(["records a CPU second, of a day of", *heads, "made of"], rows)


def _rate(result: Result, records: int) -> str:
    seconds = result.cpu_seconds.get(records)
    return f"{round(records / seconds, -2):,.0f}" if seconds else ""


def _memory(results: Mapping[str, Result]) -> str:
    sizes = list(results[OURS].peak_bytes)
    rows = [
        [name, *(_mib(result.peak_bytes.get(size)) for size in sizes)]
        for name, result in results.items()
    ]
    return _table(["peak memory in MiB, of a day of", *(f"{n:,} records" for n in sizes)], rows)


def _mib(size: int | None) -> str:
    return "" if size is None else f"{size / MIB:,.0f}"


def _waits(waits: Mapping[str, Wait]) -> str:
    rows = [
        [name, str(wait.requests), f"{wait.seconds:.1f} s", f"{wait.least:.0f} s"]
        for name, wait in waits.items()
    ]
    heads = ["waiting at 2 requests a minute", "requests", "first to last", "cannot be less than"]
    return _table(heads, rows)


def _starts(starts: Mapping[str, float]) -> str:
    rows = [
        [f"`{name}`", f"{seconds:.2f} s", f"{seconds / starts[SDK_ALONE]:.2f}"]
        for name, seconds in starts.items()
    ]
    return _table(["start-up", "CPU time", "times the import"], rows)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    # Numbers stand to the right, words to the left.
    marks = ["---" if head in {heads[0], "made of"} else "---:" for head in heads]
    lines = [heads, marks, *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
