"""By Meltano into a real PostgreSQL: what is in the table is what the account has."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from sandbox import Options, Sandbox
from sandbox.command import environment
from tests.helpers.clock import FakeClock
from tests.helpers.comparison import (
    MELTANO,
    POSTGRES,
    ROOT,
    TIMEOUT_SECONDS,
    days_with_late_wrap_ups,
    differences,
    own_meltano,
    unseen,
)
from tests.helpers.postgres import Postgres, packaged_programs, postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("meltano_alone")

_ACCOUNT_ZONE = ZoneInfo("Asia/Kolkata")
_SUFFIX = "test"
_TABLE = "ozonetel_sandbox.cdr_details"


def _days(count: int) -> list[dt.date]:
    """Days that are in the past and kept by the API for the tap, whatever the hour is."""
    last = dt.datetime.now(_ACCOUNT_ZONE).date() - dt.timedelta(days=2)
    return [last - dt.timedelta(days=n) for n in reversed(range(count))]


def _at(day: dt.date, hour: int) -> float:
    return dt.datetime.combine(day, dt.time(hour), tzinfo=_ACCOUNT_ZONE).timestamp()


#: While the clock of an account stands, nothing changes and no room is made in its limit.
_UNLIMITED = Options(limit=1000, period=1, token_life=1e9, dial_count=True)


@dataclass(frozen=True)
class Project:
    """The project of the checkout, with a state of its own."""

    box: Sandbox
    server: Postgres
    folder: Path
    days: list[dt.date]

    def meltano(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Start Meltano; what it logs goes to a file."""
        with self.log.open("w", encoding="utf-8") as log:
            return subprocess.Popen(
                [MELTANO, *arguments],
                cwd=ROOT,
                env={**self._environment(), **variables},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
            )

    def start(self, **variables: str) -> subprocess.Popen[str]:
        """Start a run."""
        suffix = f"--state-id-suffix={_SUFFIX}"
        return self.meltano("run", suffix, "tap-ozonetel", "target-postgres", **variables)

    def run(self) -> None:
        """Run to the end."""
        self.finish(self.start())

    def finish(self, process: subprocess.Popen[str]) -> str:
        """Wait for the end, which is a good one, and return what was written to stdout."""
        code, out = _ended(process)
        assert code == 0, self.log.read_text(encoding="utf-8")
        return out

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def truth(self) -> list[dict[str, object]]:
        """What the account has in the days that are read."""
        return self.box.calls_between(self.days[0], self.days[-1])

    def rows(self) -> list[dict[str, Any]]:
        return self.server.query(f"select * from {_TABLE}")  # noqa: S608

    def days_asked(self) -> list[str]:
        """The days of the requests since it was last asked for."""
        asked = [str((seen.body or {})["fromDate"])[:10] for seen in self.box.requests]
        self.box.requests.clear()
        return asked

    def _environment(self) -> dict[str, str]:
        return {
            **own_meltano(self.folder, "tap-ozonetel", "target-postgres"),
            **environment(self.box),
            **self.server.settings,
            "TAP_OZONETEL_START_DATE": str(self.days[0]),
            "TAP_OZONETEL_END_DATE": str(self.days[-1]),
            "TAP_OZONETEL_LOOKBACK_DAYS": "1",
            "TAP_OZONETEL_CAMPAIGN_NAME": "",
            "TAP_OZONETEL_CALL_TYPE": "",
            "TAP_OZONETEL_CALL_STATUS": "",
            "TAP_OZONETEL_CACHE_DIR": str(self.folder / "cache"),
            "TARGET_POSTGRES_SQLALCHEMY_URL": "",
            "TARGET_POSTGRES_SSL_ENABLE": "false",
            "TARGET_POSTGRES_DEFAULT_TARGET_SCHEMA": _TABLE.partition(".")[0],
        }


def _ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Wait for the end, and return the exit code and what was written to stdout."""
    try:
        out, _ = process.communicate(timeout=TIMEOUT_SECONDS)
    finally:
        process.kill()
    return process.returncode, out


@pytest.fixture
def server() -> Iterator[Postgres]:
    with postgres() as server:
        yield server


def test_two_runs_make_the_table_what_the_account_has(server: Postgres, tmp_path: Path) -> None:
    days = _days(4)
    clock = FakeClock(_at(days[-1], 9))
    with Sandbox(replace(_UNLIMITED, records=60, ids="text"), clock) as box:
        project = Project(box, server, tmp_path, days)
        project.run()
        assert project.days_asked() == [str(day) for day in days]
        before = project.rows()
        assert unseen(project.truth()) == []
        assert differences(before, project.truth(), POSTGRES) == []
        assert _types(server) == _expected_types(project.truth()[0])

        # A day later the last day is settled: all its calls are there and filled in.
        clock.now = _at(days[-1] + dt.timedelta(days=1), 12)
        project.run()
        assert project.days_asked() == [str(day) for day in days[-2:]]
        after = project.rows()
        assert len(after) == len(project.truth()) > len(before)
        assert differences(after, project.truth(), POSTGRES) == []
        assert days_with_late_wrap_ups(before, after, POSTGRES) == {days[-1]}

        state_id = f"sandbox:tap-ozonetel-to-target-postgres:{_SUFFIX}"
        state = json.loads(project.finish(project.meltano("state", "get", state_id)))
        assert state["singer_state"]["bookmarks"] == {
            "cdr_details": {
                "replication_key": "CallDate",
                "replication_key_value": str(days[-1]),
                "settled": True,
            }
        }


def _types(server: Postgres) -> dict[str, str]:
    columns = server.query(
        "select column_name, data_type from information_schema.columns "  # noqa: S608
        f"where table_schema || '.' || table_name = '{_TABLE}'"
    )
    types = {column["column_name"]: column["data_type"] for column in columns}
    return {name: kind for name, kind in types.items() if not name.startswith("_sdc_")}


def _expected_types(record: dict[str, object]) -> dict[str, str]:
    others = {"CallID": "bigint", "UCID": "bigint", "CallDate": "date", "Rating": "numeric"}
    return {name: others.get(name, "text") for name in record}


def test_a_run_whose_server_dies_is_repaired_by_the_next(server: Postgres, tmp_path: Path) -> None:
    days = _days(10)
    with Sandbox(replace(_UNLIMITED, records=40), FakeClock(_at(days[-1], 23))) as box:
        project = Project(box, server, tmp_path, days)
        # Day by day and in small batches, so that the table fills while the run goes on.
        slowly = {"TAP_OZONETEL_RATE_LIMIT_REQUESTS": "1", "TAP_OZONETEL_RATE_LIMIT_PERIOD": "1"}
        process = project.start(**slowly, TARGET_POSTGRES_BATCH_SIZE_ROWS="15")
        while not _count(server):
            assert process.poll() is None, project.log.read_text(encoding="utf-8")
            time.sleep(0.05)
        server.crash()
        code, _ = _ended(process)
        assert code == 1
        assert len(project.days_asked()) < len(days)
        server.start()
        assert 0 < _count(server) < len(project.truth())

        project.run()
        assert differences(project.rows(), project.truth(), POSTGRES) == []
        assert project.days_asked()[-1] == str(days[-1])


def _count(server: Postgres) -> int:
    try:
        (row,) = server.query(f"select count(*) from {_TABLE}")  # noqa: S608
    except psycopg.errors.UndefinedTable:
        return 0
    count: int = row["count"]
    return count


def test_there_is_a_server_where_the_system_has_none() -> None:
    with postgres(packaged_programs()) as server:
        assert server.query("select 'नमस्ते' as greeting") == [{"greeting": "नमस्ते"}]


_RECORD = {"CallID": 2**53 + 1, "UCID": 2, "CallDate": "2026-03-17", "Rating": 4, "Comments": ""}
_ROW = POSTGRES.row(_RECORD)


def test_a_table_that_has_it_all_has_no_differences() -> None:
    assert differences([{**_ROW, "_sdc_sequence": 1}], [_RECORD], POSTGRES) == []


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        ([], 1),
        ([_ROW, _ROW], 1),
        ([_ROW, {**_ROW, "UCID": 3}], 1),
        ([{**_ROW, "CallID": int(float(2**53 + 1))}], 2),
        ([{**_ROW, "Comments": None}], 1),
        ([{**_ROW, "Comments": " "}], 1),
        ([{**_ROW, "Rating": 4.0}], 1),
        ([{**_ROW, "CallDate": "2026-03-17"}], 1),
        ([{name: value for name, value in _ROW.items() if name != "Rating"}], 1),
        ([{**_ROW, "Another": None}], 1),
    ],
)
def test_a_difference_is_found(rows: list[dict[str, Any]], count: int) -> None:
    assert len(differences(rows, [_RECORD], POSTGRES)) == count
