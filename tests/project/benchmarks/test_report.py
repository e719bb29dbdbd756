"""The page on performance has the tables of one complete run, and missed targets are reported."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from benchmarks.candidates import BASELINES, PLAIN_SDK_TAP, TAP_NAME
from benchmarks.comparison import LARGEST_SIZE, SIZES, Result
from benchmarks.measure import MIB
from benchmarks.report import (
    MAX_PEAK_BYTES,
    MAX_SECONDS_WITHOUT_WAIT,
    MAX_STARTUP_RATIO,
    MAX_WAIT_RATIO,
    MIN_SPEEDUP,
    PAGE,
    Measurements,
    missed_targets,
    render_tables,
    write_tables,
)
from benchmarks.waiting import Wait

if TYPE_CHECKING:
    from pathlib import Path

GOOD = Measurements(
    results={
        TAP_NAME: Result(
            "ours 1", "", {1_000: 0.5, 200_000: 5.0}, {1_000: 50 * MIB, 200_000: 52 * MIB}
        ),
        PLAIN_SDK_TAP: Result(
            "sdk 2", "", {1_000: 0.6, 200_000: 20.0}, {1_000: 55 * MIB, 200_000: 2_000 * MIB}
        ),
    },
    waits={"first": Wait(15, 420.4, 420.0), "later": Wait(2, 0.1, 0.0)},
    startup={"import singer_sdk": 0.4, "tap-ozonetel --version": 0.43},
)


def with_tap(cpu_seconds: float, peak: int) -> Measurements:
    result = Result("", "", {200_000: cpu_seconds}, {200_000: peak})
    return replace(GOOD, results={**GOOD.results, TAP_NAME: result})


def test_no_target_is_missed() -> None:
    assert missed_targets(GOOD) == []
    assert missed_targets(Measurements()) == []


@pytest.mark.parametrize(
    ("measurements", "message"),
    [
        (with_tap(8.1, MIB), "2.47 times as fast as the plain SDK tap, minimum 2.5"),
        (with_tap(5.0, 65 * MIB), "65 MiB at 200,000 records, maximum 64 MiB"),
        (
            replace(GOOD, waits={"first": Wait(15, 424.3, 420.0)}),
            "first: 424.3 s, maximum 424.2 s",
        ),
        (replace(GOOD, waits={"later": Wait(2, 31.0, 0.0)}), "later: 31.0 s, maximum 1.0 s"),
        (
            replace(GOOD, startup={**GOOD.startup, "x": 0.45}),
            "x: 1.12 times the import of the SDK, maximum 1.10",
        ),
    ],
)
def test_a_missed_target_is_reported(measurements: Measurements, message: str) -> None:
    assert missed_targets(measurements) == [message]


def test_the_tables_have_the_figures() -> None:
    tables = render_tables(GOOD)
    assert "| tap-ozonetel | 2,000 | 40,000 | ours 1 |\n" in tables
    assert "| plain SDK tap | 55 | 2,000 |\n" in tables
    assert "| first | 15 | 420.4 s | 420 s |\n" in tables
    assert "| `tap-ozonetel --version` | 0.43 s | 1.07 |\n" in tables


def test_a_failed_baseline_is_listed_with_the_reason() -> None:
    results = {**GOOD.results, PLAIN_SDK_TAP: Result("", "no such module")}
    tables = render_tables(replace(GOOD, results=results))
    assert "| plain SDK tap |  |  | failed: no such module |\n" in tables
    assert "| plain SDK tap |  |  |\n" in tables
    (message,) = missed_targets(replace(GOOD, results=results))
    assert message == "the plain SDK tap failed, so the tap was not compared with it"


def test_tables_are_written_between_the_markers(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- measured -->\nold\n<!-- /measured -->\nafter\n")
    write_tables(page, "new\\1\n")
    assert page.read_text() == "before\n<!-- measured -->\nnew\\1\n<!-- /measured -->\nafter\n"
    page.write_text("no markers\n")
    with pytest.raises(ValueError, match=r"page.md has 0 blocks"):
        write_tables(page, "new\n")


def test_only_a_complete_run_is_written() -> None:
    assert GOOD.complete
    assert not replace(GOOD, waits={}).complete


def test_the_page_has_the_tables_of_the_generator() -> None:
    sizes = (*SIZES, LARGEST_SIZE)
    empty = Result("", "", dict.fromkeys(sizes, 1.0), dict.fromkeys(sizes, MIB))
    results = dict.fromkeys((TAP_NAME, *BASELINES), empty)
    generated = render_tables(replace(GOOD, results=results)).splitlines()
    heads = [line for line, following in pairwise(generated) if "---" in following]
    page = PAGE.read_text()
    assert len(heads) == 4
    for head in heads:
        assert f"\n{head}\n" in page
    for name in results:
        assert page.count(f"\n| {name} |") == 2


def test_the_page_names_the_targets() -> None:
    page = PAGE.read_text()
    assert f"at least {MIN_SPEEDUP} times as fast" in page
    assert f"at most {MAX_PEAK_BYTES // MIB} MiB" in page
    assert f"at most {round((MAX_WAIT_RATIO - 1) * 100)} % longer" in page
    assert f"or {MAX_SECONDS_WITHOUT_WAIT:.0f} s if that is 0" in page
    assert f"at most {round((MAX_STARTUP_RATIO - 1) * 100)} % slower" in page
