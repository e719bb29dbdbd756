"""A DuckDB table of the first versions, whose ids had no bounds, is written again as documented."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING

from benchmarks.environments import run_uv
from tests.helpers.environments import uv_command
from tests.helpers.meltano import ROOT
from tests.helpers.targets.destinations import DESTINATIONS
from tests.helpers.targets.expected import differences, expected_rows
from tests.helpers.targets.loaders import LOADERS
from tests.helpers.targets.messages import account
from tests.helpers.targets.running import Target, make_target

if TYPE_CHECKING:
    from pathlib import Path

LOADER = LOADERS["target-duckdb 0.7.0"]
_PAGE = (ROOT / "docs" / "loaders.md").read_text(encoding="utf-8")


def load_old_table(target: Target) -> None:
    """Load a sync with the schema of the first versions."""
    messages = copy.deepcopy(account().first.messages)
    for message in messages:
        if message["type"] == "SCHEMA":
            for name in ("CallID", "UCID"):
                del message["schema"]["properties"][name]["minimum"]
                del message["schema"]["properties"][name]["maximum"]
    target.load_completely(messages)
    assert target.read().types["CallID"] == "HUGEINT"


def test_a_table_of_the_first_versions_is_written_again(tmp_path: Path) -> None:
    (sql,) = re.findall(r"```sql\n(create table ozonetel.upgraded.*?)```", _PAGE, re.DOTALL)
    with make_target(LOADER, DESTINATIONS[LOADER.destination], tmp_path, {}) as target:
        load_old_table(target)
        script = f"import duckdb; duckdb.connect({target.destination.config['filepath']!r})"
        # The DuckDB of the loader, as the page tells.
        assert "(0.10.2)" in _PAGE
        command = uv_command("run", "--no-project", "--with=duckdb==0.10.2")[1:]
        run_uv(*command, "python", "-c", f"{script}.execute({sql!r})")
        target.load_completely(account().second.messages)
        stored = target.read()
    assert stored.types["CallID"] == stored.types["UCID"] == "BIGINT"
    assert differences(stored.rows, expected_rows(account().calls, LOADER.changes)) == []


def test_without_it_the_loader_fails(tmp_path: Path) -> None:
    with make_target(LOADER, DESTINATIONS[LOADER.destination], tmp_path, {}) as target:
        load_old_table(target)
        done = target.load(account().second.messages)
    assert done.returncode != 0
    assert "NOT NULL constraint failed" in done.stderr
