"""The table of whole pipelines in docs/performance.md, and its target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.loaders import DEFAULT, RECOMMENDED
from benchmarks.report import describe_machine, format_mib, render_table

if TYPE_CHECKING:
    from benchmarks.pipeline import Pipelines, PipeResult

PIPELINE_BLOCK = "measured pipelines"

#: The target: CPU seconds of the Postgres loader, compared with its defaults.
MAX_POSTGRES_RATIO = 1 / 3


def render_pipelines(pipelines: Pipelines) -> str:
    """Render the table as Markdown."""
    heads = [
        f"CPU seconds for {pipelines.records:,} records",
        "settings",
        "loader",
        "relative to the defaults",
        "server",
        "tap",
        "share of the tap",
        "wall seconds",
        "peak of the loader in MiB",
        "packages",
    ]
    defaults = {each.loader: each for each in pipelines.pipes if each.settings == DEFAULT}
    rows = [_row(each, defaults[each.loader]) for each in pipelines.pipes]
    alone = f"The tap alone, without a loader: {pipelines.tap_seconds:.1f} CPU s."
    return f"{render_table(heads, rows)}\n{alone} {describe_machine()}\n"


def _row(result: PipeResult, default: PipeResult) -> list[str]:
    server = result.server_seconds
    together = result.loader_seconds + result.tap_seconds + (server or 0)
    return [
        result.loader,
        result.settings,
        f"{result.loader_seconds:.1f}",
        f"{result.loader_seconds / default.loader_seconds:.2f}",
        "" if server is None else f"{server:.1f}",
        f"{result.tap_seconds:.1f}",
        f"{result.tap_seconds / together:.0%}".replace("%", " %"),
        f"{result.wall_seconds:.0f}",
        format_mib(result.loader_peak_bytes),
        result.packages,
    ]


def missed_pipeline_targets(pipelines: Pipelines) -> list[str]:
    """Describe the targets that were missed."""
    seconds = {
        each.settings: each.loader_seconds for each in pipelines.pipes if each.loader == "Postgres"
    }
    ratio = seconds[RECOMMENDED] / seconds[DEFAULT]
    if ratio <= MAX_POSTGRES_RATIO:
        return []
    share = f"{ratio:.2f} of the loader's CPU time by default, maximum {MAX_POSTGRES_RATIO:.2f}"
    return [f"Postgres, {RECOMMENDED}: {share}"]
