"""The tables of docs/performance.md, and the targets of the tap."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.candidates import PLAIN_SDK_TAP, TAP_NAME
from benchmarks.measure import MIB
from benchmarks.startup import SDK_IMPORT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from benchmarks.comparison import Result
    from benchmarks.waiting import Wait

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
#: The names of the markers around the tables.
BLOCK = "measured"

#: The targets. docs/performance.md explains them.
MIN_SPEEDUP = 2.5
MAX_PEAK_BYTES = 64 * MIB
MAX_WAIT_RATIO = 1.01
MAX_SECONDS_WITHOUT_WAIT = 1.0
MAX_STARTUP_RATIO = 1.10


@dataclass(frozen=True, slots=True)
class Measurements:
    """The results of all parts. A part that was not run is empty.

    Attributes:
        results: Results of the comparison by the name of the candidate.
        waits: Waits for the rate limit by the name of the run.
        startup: CPU seconds by command.
    """

    results: Mapping[str, Result] = field(default_factory=dict)
    waits: Mapping[str, Wait] = field(default_factory=dict)
    startup: Mapping[str, float] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether all parts were run, so that the page can be written."""
        return bool(self.results and self.waits and self.startup)


def render_tables(measurements: Measurements) -> str:
    """Render the tables as Markdown."""
    parts = []
    if measurements.results:
        parts += [_render_speed(measurements.results), _render_memory(measurements.results)]
    if measurements.waits:
        parts.append(_render_waits(measurements.waits))
    if measurements.startup:
        parts.append(_render_startup(measurements.startup))
    parts.append(f"{describe_machine()}\n")
    return "\n".join(parts)


def describe_machine() -> str:
    """Describe what the measurements depend on."""
    machine = f"{platform.system()} on {platform.machine()}, {os.cpu_count()} cores"
    return f"Python {platform.python_version()}, {machine}."


def write_tables(page: Path, tables: str, block: str = BLOCK) -> None:
    """Replace the tables between two markers of a page.

    Args:
        page: The page.
        tables: The tables.
        block: The name of the markers.

    Raises:
        ValueError: The page does not have the markers.
    """
    marked = re.compile(rf"(<!-- {block} -->\n).*(<!-- /{block} -->\n)", re.DOTALL)
    text, blocks = marked.subn(lambda match: f"{match[1]}{tables}{match[2]}", page.read_text())
    if blocks != 1:
        raise ValueError(f"{page.name} has {blocks} blocks “{block}”, not one")
    page.write_text(text)


def missed_targets(measurements: Measurements) -> list[str]:
    """Describe the targets that the tap missed."""
    missed = list(_missed_in_comparison(measurements.results)) if measurements.results else []
    for name, wait in measurements.waits.items():
        maximum = wait.minimum * MAX_WAIT_RATIO or MAX_SECONDS_WITHOUT_WAIT
        if wait.seconds > maximum:
            missed.append(f"{name}: {wait.seconds:.1f} s, maximum {maximum:.1f} s")
    for name, seconds in measurements.startup.items():
        ratio = seconds / measurements.startup[SDK_IMPORT]
        if ratio > MAX_STARTUP_RATIO:
            missed.append(
                f"{name}: {ratio:.2f} times the import of the SDK, maximum {MAX_STARTUP_RATIO:.2f}"
            )
    return missed


def _missed_in_comparison(results: Mapping[str, Result]) -> Iterator[str]:
    if results[PLAIN_SDK_TAP].failure:
        yield f"the {PLAIN_SDK_TAP} failed, so the tap was not compared with it"
    elif (speedup := _speedup(results)) < MIN_SPEEDUP:
        yield f"{speedup:.2f} times as fast as the {PLAIN_SDK_TAP}, minimum {MIN_SPEEDUP}"
    for records, peak in results[TAP_NAME].peak_bytes.items():
        if peak > MAX_PEAK_BYTES:
            maximum = format_mib(MAX_PEAK_BYTES)
            yield f"{format_mib(peak)} MiB at {records:,} records, maximum {maximum} MiB"


def _speedup(results: Mapping[str, Result]) -> float:
    """How many times as fast as the plain SDK tap, at the largest size that both read."""
    records = max(results[PLAIN_SDK_TAP].cpu_seconds)
    return results[PLAIN_SDK_TAP].cpu_seconds[records] / results[TAP_NAME].cpu_seconds[records]


def _render_speed(results: Mapping[str, Result]) -> str:
    sizes = list(results[TAP_NAME].cpu_seconds)
    rows = [
        [
            name,
            *(_format_rate(result, size) for size in sizes),
            f"failed: {result.failure}" if result.failure else result.packages,
        ]
        for name, result in results.items()
    ]
    size_heads = [f"{size:,} records" for size in sizes]
    return render_table(["records per CPU second, for a day of", *size_heads, "packages"], rows)


def _format_rate(result: Result, records: int) -> str:
    seconds = result.cpu_seconds.get(records)
    return f"{round(records / seconds, -2):,.0f}" if seconds else ""


def _render_memory(results: Mapping[str, Result]) -> str:
    sizes = list(results[TAP_NAME].peak_bytes)
    rows = [
        [name, *(format_mib(result.peak_bytes.get(size)) for size in sizes)]
        for name, result in results.items()
    ]
    size_heads = [f"{size:,} records" for size in sizes]
    return render_table(["peak memory in MiB, for a day of", *size_heads], rows)


def format_mib(size: int | None) -> str:
    """Format bytes as MiB; empty if there are none."""
    return "" if size is None else f"{size / MIB:,.0f}"


def _render_waits(waits: Mapping[str, Wait]) -> str:
    rows = [
        [name, str(wait.requests), f"{wait.seconds:.1f} s", f"{wait.minimum:.0f} s"]
        for name, wait in waits.items()
    ]
    heads = ["waiting at 2 requests per minute", "requests", "first to last request", "minimum"]
    return render_table(heads, rows)


def _render_startup(startup: Mapping[str, float]) -> str:
    rows = [
        [f"`{name}`", f"{seconds:.2f} s", f"{seconds / startup[SDK_IMPORT]:.2f}"]
        for name, seconds in startup.items()
    ]
    return render_table(["start-up", "CPU time", "relative to the import"], rows)


def render_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Render a table as Markdown, with numbers aligned to the right and words to the left."""
    words = {heads[0], "packages", "settings"}
    alignments = ["---" if head in words else "---:" for head in heads]
    lines = [heads, alignments, *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
