"""Changes modules in many small ways, one at a time, and lists the changes that no test notices.

`poe mutants MODULE ...` runs cosmic-ray in an environment of its own, on a copy of the last commit.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import re
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_COSMIC_RAY = ("uvx", "--quiet", "--from", "cosmic-ray==8.7.0")
_SESSION = "mutants.sqlite"
#: The operators of cosmic-ray whose changes a user could notice. The others change annotations, or
#: make the same change several times.
_OPERATORS = (
    "AddNot", "ExceptionReplacer", "NumberReplacer", "ReplaceAndWithOr", "ReplaceOrWithAnd",
    "ReplaceBreakWithContinue", "ReplaceContinueWithBreak", "ReplaceFalseWithTrue",
    "ReplaceTrueWithFalse", "ReplaceUnaryOperator_Delete_Not", "ZeroIterationForLoop",
    "ReplaceBinaryOperator_Add_Sub", "ReplaceBinaryOperator_Sub_Add",
    "ReplaceBinaryOperator_Mul_Div", "ReplaceBinaryOperator_FloorDiv_Mul",
    "ReplaceComparisonOperator_Eq_NotEq", "ReplaceComparisonOperator_NotEq_Eq",
    "ReplaceComparisonOperator_Lt_LtE", "ReplaceComparisonOperator_LtE_Lt",
    "ReplaceComparisonOperator_Gt_GtE", "ReplaceComparisonOperator_GtE_Gt",
    "ReplaceComparisonOperator_Is_IsNot", "ReplaceComparisonOperator_IsNot_Is",
)  # fmt: skip
#: Lines whose changes a run does not notice.
_UNNOTICED = re.compile(r"\s*(if TYPE_CHECKING:|@dataclass)")
_CONFIG = """\
[cosmic-ray]
module-path = {modules}
timeout = {timeout}
excluded-modules = []
test-command = "{python} -m pytest -q -x -p no:cacheprovider --hypothesis-profile=quick {tests}"
[cosmic-ray.distributor]
name = "local"
"""
_DEFAULT_TESTS = "tests/unit tests/sync --ignore=tests/sync/test_simulation.py"


def main() -> int:
    """Run the mutation tester, print the changes that no test noticed, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="+", help="such as tap_ozonetel/api/responses.py")
    parser.add_argument("--sample", type=int, default=15, help="changes per module; default: 15")
    parser.add_argument("--seed", type=int, default=1, help="seed of the sample; default: 1")
    parser.add_argument("--tests", default=_DEFAULT_TESTS, help="arguments of pytest")
    parser.add_argument("--timeout", type=float, default=300, help="seconds; default: 300")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        _copy_last_commit(copy)
        config = _CONFIG.format(
            modules=options.modules,
            timeout=options.timeout,
            python=sys.executable,
            tests=options.tests,
        )
        (copy / "mutants.toml").write_text(config, encoding="utf-8")
        _run(copy, "cosmic-ray", "init", "mutants.toml", _SESSION)
        keep_sample(copy / _SESSION, options.sample, options.seed)
        _run(copy, "cosmic-ray", "exec", "mutants.toml", _SESSION)
        _run(copy, "cr-report", "--surviving-only", "--show-diff", _SESSION)
    return 0


def _copy_last_commit(folder: Path) -> None:
    command = ["git", "archive", "HEAD"]
    archive = subprocess.run(command, cwd=_ROOT, check=True, stdout=subprocess.PIPE).stdout  # noqa: S603
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")


def _run(folder: Path, *command: str) -> None:
    # Without bytecode, because Python would use that from the change before.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([*_COSMIC_RAY, *command], cwd=folder, env=environment, check=True)  # noqa: S603


def keep_sample(session: Path, size: int, seed: int) -> None:
    """Keep a random sample of each module's changes.

    Args:
        session: The session of cosmic-ray, an SQLite database beside the modules.
        size: The number of changes.
        seed: The same seed gives the same sample.
    """
    rng = random.Random(seed)  # noqa: S311 - a sample
    with closing(sqlite3.connect(session)) as database, database:
        found: dict[str, list[str]] = {}
        lines: dict[str, list[str]] = {}
        query = (
            "SELECT module_path, operator_name, start_pos_row, job_id FROM mutation_specs "
            "ORDER BY module_path, operator_name, occurrence"
        )
        for module, operator, row, job in database.execute(query):
            if module not in lines:
                lines[module] = (session.parent / module).read_text(encoding="utf-8").splitlines()
            is_noticed = not _UNNOTICED.match(lines[module][row - 1])
            if is_noticed and operator.removeprefix("core/") in _OPERATORS:
                found.setdefault(module, []).append(job)
        database.execute("CREATE TEMPORARY TABLE kept (job_id TEXT)")
        for jobs in found.values():
            sample = rng.sample(jobs, min(size, len(jobs)))
            database.executemany("INSERT INTO kept VALUES (?)", [(job,) for job in sample])
        database.execute("DELETE FROM mutation_specs WHERE job_id NOT IN (SELECT * FROM kept)")
        database.execute("DELETE FROM work_items WHERE job_id NOT IN (SELECT * FROM kept)")


if __name__ == "__main__":
    sys.exit(main())
