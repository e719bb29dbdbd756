"""The page on performance has the table of the pipelines, and its target is checked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML

from benchmarks import __main__ as command
from benchmarks.loaders import DEFAULT, RECOMMENDED, SMALL_BATCH, read_plugin
from benchmarks.pipeline import RECORDS, Pipelines, PipeResult
from benchmarks.pipeline_report import (
    PIPELINE_BLOCK,
    missed_pipeline_targets,
    render_pipelines,
)
from benchmarks.report import PAGE, write_tables

if TYPE_CHECKING:
    from pathlib import Path


def pipelines(recommended_seconds: float = 20.0, records: int = RECORDS) -> Pipelines:
    peak = 150 * 1024 * 1024
    return Pipelines(
        records,
        4.0,
        [
            PipeResult("Postgres", DEFAULT, "pg==1", 5.0, 60.0, 3.0, 66.0, peak),
            PipeResult("Postgres", RECOMMENDED, "pg==1", 4.0, recommended_seconds, 1.0, 22.0, peak),
            PipeResult("DuckDB", DEFAULT, "duck==1", 5.0, 20.0, None, 22.0, peak),
        ],
    )


def test_the_table_has_the_figures() -> None:
    table = render_pipelines(pipelines())
    assert "| Postgres | defaults | 60.0 | 1.00 | 3.0 | 5.0 | 7 % | 66 | 150 | pg==1 |\n" in table
    assert f"| {RECOMMENDED} | 20.0 | 0.33 | 1.0 | 4.0 | 16 % | 22 | 150 | pg==1 |\n" in table
    assert "| DuckDB | defaults | 20.0 | 1.00 |  | 5.0 | 20 % | 22 | 150 | duck==1 |\n" in table
    assert "without a loader: 4.0 CPU s." in table


def test_more_than_a_third_misses_the_target() -> None:
    assert missed_pipeline_targets(pipelines(20.0)) == []
    (message,) = missed_pipeline_targets(pipelines(21.0))
    assert message == (
        f"Postgres, {RECOMMENDED}: 0.35 of the loader's CPU time by default, maximum 0.33"
    )


def test_the_page_has_the_table_of_the_generator() -> None:
    page = PAGE.read_text()
    heads = render_pipelines(pipelines()).splitlines()[:2]
    assert "\n".join([f"<!-- {PIPELINE_BLOCK} -->", *heads]) in page
    for loader in ("Postgres", "DuckDB", "Snowflake, on a stand-in", "JSON Lines"):
        assert f"\n| {loader} | {DEFAULT} |" in page
    assert f"\n| Postgres | {RECOMMENDED} |" in page
    assert "at most a third" in page


def test_the_page_recommends_what_is_in_meltano_yml() -> None:
    page = PAGE.read_text()
    (block,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    recommended = YAML(typ="safe").load(block)["plugins"]["loaders"]
    assert [each["name"] for each in recommended] == ["target-postgres", "target-snowflake"]
    for each in recommended:
        values = read_plugin(each["name"]).values
        fast = {name: values[name] for name in ("use_copy", "validate_records") if name in values}
        assert each["config"] == fast
    assert f"`batch_size_rows: {SMALL_BATCH}`" in page


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    page = tmp_path / "page.md"
    page.write_text(
        "<!-- measured -->\nold\n<!-- /measured -->\n"
        f"<!-- {PIPELINE_BLOCK} -->\nold\n<!-- /{PIPELINE_BLOCK} -->\n"
    )
    monkeypatch.setattr(command, "PAGE", page)
    return page


def test_only_its_own_block_is_written(page: Path) -> None:
    write_tables(page, "new\n", PIPELINE_BLOCK)
    assert page.read_text().splitlines()[:3] == ["<!-- measured -->", "old", "<!-- /measured -->"]
    assert page.read_text().splitlines()[4] == "new"


@pytest.mark.parametrize(
    ("arguments", "seconds", "code", "written"),
    [
        (["pipeline"], 20.0, 0, True),
        (["pipeline"], 21.0, 1, True),
        (["pipeline", "--records=5"], 21.0, 0, False),
    ],
)
def test_the_command_writes_the_table_and_checks_the_target(
    arguments: list[str],
    seconds: float,
    code: int,
    *,
    written: bool,
    page: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.argv", ["benchmarks", *arguments])
    monkeypatch.setattr(
        command, "measure_pipelines", lambda records, *_: pipelines(seconds, records)
    )
    assert command.main() == code
    assert ("| Postgres | defaults |" in page.read_text()) == written
