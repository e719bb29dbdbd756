"""Tap and loader are measured together: separate usage, all rows, an empty place for each run."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from benchmarks.environments import run_uv
from benchmarks.loaders import (
    DEFAULTS,
    Destination,
    Loader,
    duckdb_destination,
    jsonl_destination,
    postgres_destination,
    read_plugin,
)
from benchmarks.measure import MIB, run_pipe
from benchmarks.pipeline import measure_pipelines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Writes a row for each record, except for some.
SCRIPT = """
import json, sys
config = json.load(open(sys.argv[1]))
rows = [line for line in sys.stdin if '"RECORD"' in line][config["lost"]:]
with open(config["file"], "a") as file:
    file.writelines(rows)
"""

SPIN = "import sys, time\nwhile time.process_time() < 0.5: pass\nprint(len(sys.stdin.read()))"


@contextmanager
def text_file(folder: Path) -> Iterator[Destination]:
    path = folder / "rows"
    yield Destination({"file": str(path)}, lambda: len(path.read_text().splitlines()), lambda: 0.25)


def loader(name: str, **variants: int) -> Loader:
    settings = {name: {"lost": lost} for name, lost in variants.items()}
    return Loader(
        name, "nothing", lambda path: [sys.executable, "-c", SCRIPT, path], text_file, settings
    )


def test_all_settings_of_a_loader_run_in_each_round() -> None:
    lines: list[str] = []
    loaders = [loader("one", a=0, b=0), loader("two", a=0)]
    found = measure_pipelines(50, 2, lines.append, loaders)
    assert found.records == 50
    assert [(each.loader, each.settings) for each in found.pipes] == [
        ("one", "a"),
        ("one", "b"),
        ("two", "a"),
    ]
    order = [line.rpartition(" s: ")[2] for line in lines]
    assert order == ["tap alone", "tap | one, a", "tap | one, b", "tap | two, a"] * 2
    for each in found.pipes:
        assert 0 < each.loader_seconds < each.tap_seconds < 60
        assert each.server_seconds == 0.25


def test_lost_rows_are_an_error() -> None:
    with pytest.raises(RuntimeError, match="one has 49 rows after 50 records"):
        measure_pipelines(50, 1, lambda _: None, [loader("one", a=1)])


def test_the_usage_of_tap_and_loader_is_separate() -> None:
    tap = [sys.executable, "-S", "-c", f"data = bytearray({100 * MIB}); print('x' * 100_000)"]
    usage = run_pipe(tap, [sys.executable, "-S", "-c", SPIN])
    assert usage.tap.peak_bytes > 100 * MIB > usage.loader.peak_bytes
    assert usage.tap.cpu_seconds < 0.5 <= usage.loader.cpu_seconds <= usage.wall_seconds


@pytest.mark.parametrize(("tap_code", "loader_code"), [(0, 3), (3, 0)])
def test_a_program_that_fails_is_an_error(tap_code: int, loader_code: int) -> None:
    commands = [
        [sys.executable, "-S", "-c", f"import sys; sys.stderr.write('sorry'); sys.exit({code})"]
        for code in (tap_code, loader_code)
    ]
    with pytest.raises(RuntimeError, match=r"failed with exit code 3:\nsorry"):
        run_pipe(*commands)


def test_a_tap_whose_loader_ended_is_not_waited_for() -> None:
    endless = [sys.executable, "-S", "-c", "while True: print('x' * 1_000)"]
    with pytest.raises(RuntimeError, match="failed with exit code"):
        run_pipe(endless, [sys.executable, "-S", "-c", "pass"])


def test_the_destinations_are_empty_and_count_rows(tmp_path: Path) -> None:
    with postgres_destination(tmp_path) as destination:
        assert destination.stop is not None
        assert destination.stop() > 0
    with jsonl_destination(tmp_path) as destination:
        assert destination.count() == 0
        (tmp_path / "files" / "a.jsonl").write_text("1\n2\n")
        assert destination.count() == 2
    with duckdb_destination(tmp_path) as destination:
        assert destination.settings["filepath"] == str(tmp_path / "calls.duckdb")


def test_a_loader_is_read_from_the_project(tmp_path: Path) -> None:
    project = tmp_path / "meltano.yml"
    settings = [
        {"name": "one", "value": False},
        {"name": "two", "value": "$HOME/x"},
        {"name": "three"},
    ]
    plugin = {"name": "target-x", "pip_url": "x==1", "executable": "x", "settings": settings}
    project.write_text(json.dumps({"plugins": {"loaders": [plugin]}}))
    found = read_plugin("target-x", project)
    assert (found.requirement, found.executable) == ("x==1", "x")
    assert found.values == {"one": False}
    assert found.python == sys.executable
    project.write_text(json.dumps({"plugins": {"loaders": [{**plugin, "python": "3.11"}]}}))
    assert read_plugin("target-x", project).python == "3.11"


def test_the_loaders_of_the_project_are_pinned() -> None:
    for name in ("target-postgres", "target-snowflake", "target-duckdb", "target-jsonl"):
        assert "==" in read_plugin(name).requirement
    assert DEFAULTS == {"defaults": {}}


def test_uv_does_not_use_the_environment_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", "/nowhere")
    assert run_uv("--version").startswith("uv ")
