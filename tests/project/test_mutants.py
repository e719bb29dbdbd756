"""The sample of changes that the mutation tester makes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from tools.mutants import keep_sample

if TYPE_CHECKING:
    from pathlib import Path

OPERATORS = ("core/NumberReplacer", "core/ReplaceBinaryOperator_BitOr_Add")


MODULE = """\
if TYPE_CHECKING:
    import datetime

@dataclass(frozen=True)
class Day:
    number: int = 1
"""


def make_session(path: Path) -> None:
    for number in range(2):
        path.with_name(f"{number}.py").write_text(MODULE)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE work_items (job_id TEXT)")
        database.execute(
            "CREATE TABLE mutation_specs "
            "(module_path, operator_name, start_pos_row, occurrence, job_id TEXT)"
        )
        for number in range(80):
            add_change(database, f"{number % 2}.py", OPERATORS[number // 2 % 2], 6, f"job {number}")
        for number, line in enumerate((1, 4)):
            add_change(database, f"{number}.py", OPERATORS[0], line, f"unnoticed {line}")


def add_change(
    database: sqlite3.Connection, module: str, operator: str, line: int, job: str
) -> None:
    row = (module, operator, line, 0, job)
    database.execute("INSERT INTO mutation_specs VALUES (?, ?, ?, ?, ?)", row)
    database.execute("INSERT INTO work_items VALUES (?)", (job,))


def read_sample(path: Path) -> list[tuple[str, str, str]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(
            "SELECT module_path, operator_name, job_id FROM mutation_specs "
            "JOIN work_items USING (job_id) ORDER BY job_id"
        ).fetchall()


def test_some_changes_of_each_module_are_kept(tmp_path: Path) -> None:
    samples = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        make_session(tmp_path / name)
        keep_sample(tmp_path / name, 5, seed)
        samples.append(read_sample(tmp_path / name))
    assert samples[0] == samples[1] != samples[2]
    assert sorted(module for module, _, _ in samples[0]) == ["0.py"] * 5 + ["1.py"] * 5
    assert {operator for _, operator, _ in samples[0]} == {OPERATORS[0]}


def test_all_changes_are_kept_if_there_are_few(tmp_path: Path) -> None:
    make_session(tmp_path / "a")
    keep_sample(tmp_path / "a", 100, 1)
    sample = read_sample(tmp_path / "a")
    assert len(sample) == 40
    assert not any(job.startswith("unnoticed") for _, _, job in sample)
