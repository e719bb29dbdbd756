"""The page "how fast" has the tables of one whole run, and a figure that is missed is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.contest import LARGEST, OURS, PLAIN, SCRIPTS, SIZES, Result
from benchmarks.measure import MIB
from benchmarks.report import PAGE, Measured, missed, tables, write
from benchmarks.waiting import Wait

GOOD = Measured(
    results={
        OURS: Result(
            "ours 1", "", {1_000: 0.5, 200_000: 5.0}, {1_000: 50 * MIB, 200_000: 52 * MIB}
        ),
        PLAIN: Result(
            "sdk 2", "", {1_000: 0.6, 200_000: 20.0}, {1_000: 55 * MIB, 200_000: 2_000 * MIB}
        ),
    },
    waits={"first": Wait(15, 420.4, 420.0), "further": Wait(2, 0.1, 0.0)},
    starts={"import singer_sdk": 0.4, "tap-ozonetel --version": 0.43},
)


def with_ours(cpu_seconds: float, peak: int) -> Measured:
    mine = Result("", "", {200_000: cpu_seconds}, {200_000: peak})
    return replace(GOOD, results={**GOOD.results, OURS: mine})


def test_nothing_is_missed() -> None:
    assert missed(GOOD) == []
    assert missed(Measured()) == []


@pytest.mark.parametrize(
    ("measured", "words"),
    [
        (with_ours(8.1, MIB), "2.47 times the plain tap"),
        (with_ours(5.0, 65 * MIB), "65 MiB at 200,000 records"),
        (replace(GOOD, waits={"first": Wait(15, 424.3, 420.0)}), "first: waited 424.3 s"),
        (replace(GOOD, waits={"further": Wait(2, 31.0, 0.0)}), "further: waited 31.0 s"),
        (replace(GOOD, starts={**GOOD.starts, "x": 0.45}), "x: 1.12 times"),
    ],
)
def test_what_is_missed_is_told(measured: Measured, words: str) -> None:
    (sentence,) = missed(measured)
    assert sentence.startswith(words)


def test_the_tables_have_the_figures() -> None:
    text = tables(GOOD)
    assert "| tap-ozonetel | 2,000 | 40,000 | ours 1 |\n" in text
    assert "| a plain SDK tap | 55 | 2,000 |\n" in text
    assert "| first | 15 | 420.4 s | 420 s |\n" in text
    assert "| `tap-ozonetel --version` | 0.43 s | 1.07 |\n" in text


def test_a_peer_that_cannot_do_the_job_is_named_with_the_reason() -> None:
    results = {**GOOD.results, PLAIN: Result("", "no such module")}
    text = tables(replace(GOOD, results=results))
    assert "| a plain SDK tap |  |  | cannot: no such module |\n" in text
    assert "| a plain SDK tap |  |  |\n" in text
    assert missed(replace(GOOD, results=results)) == ["there is no plain tap to compare with"]


def test_the_page_is_written_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- measured -->\nold\n<!-- /measured -->\nafter\n")
    write(page, "new\\1\n")
    assert page.read_text() == "before\n<!-- measured -->\nnew\\1\n<!-- /measured -->\nafter\n"
    page.write_text("no marks\n")
    with pytest.raises(ValueError, match=r"page.md has 0 places"):
        write(page, "new\n")


def test_only_a_whole_run_is_written() -> None:
    assert GOOD.is_whole
    assert not replace(GOOD, waits={}).is_whole


def test_the_page_tells_of_everyone_at_every_size() -> None:
    text = PAGE.read_text()
    for name in (OURS, *SCRIPTS):
        assert text.count(f"\n| {name} |") == 2
    for size in (*SIZES, LARGEST):
        assert text.count(f"| {size:,} records") == 2


def test_every_contestant_is_in_the_contest() -> None:
    folder = Path(__file__).parents[3] / "benchmarks" / "contestants"
    scripts = {path.stem for path in folder.glob("*.py")} - {"__init__", "account"}
    assert scripts == set(SCRIPTS.values())
