"""The MySQL example writes the state only if everything is committed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.helpers.targets.expected import differences, expected_rows
from tests.helpers.targets.loaders import LOADERS
from tests.helpers.targets.messages import cases, messages_of
from tests.helpers.targets.mysql import mysql
from tests.helpers.targets.running import make_target

if TYPE_CHECKING:
    from pathlib import Path


def test_a_failed_load_writes_no_row_and_no_state(tmp_path: Path) -> None:
    loader = LOADERS["mysql-with-dlt"]
    (call,) = cases()
    with make_target(loader, mysql, tmp_path, {}) as target:
        # Within a run, the later record of a key replaces the earlier one.
        earlier, later = {**call, "Comments": "earlier"}, {**call, "Comments": "later"}
        assert target.load_completely(messages_of([earlier, later])) is not None
        assert differences(target.read().rows, expected_rows([later], [])) == []

        # MySQL's TEXT has 65,535 bytes.
        too_long = {**call, "UCID": 2, "Comments": "x" * 65_536}
        failed = target.load(messages_of([{**call, "Comments": "lost"}, too_long]))
        assert failed.returncode == 1
        assert failed.stdout == ""
        assert differences(target.read().rows, expected_rows([later], [])) == []

        # What has failed does not come back in the next run.
        latest = {**call, "Comments": "latest"}
        assert target.load_completely(messages_of([latest])) is not None
        assert differences(target.read().rows, expected_rows([latest], [])) == []
