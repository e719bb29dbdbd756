"""What docs/loaders.md tells of loaders that append or replace rows."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

import duckdb

from benchmarks.postgres_server import postgres
from sandbox import Sandbox
from tests.helpers.comparison import Loader, differences
from tests.helpers.meltano import ROOT
from tests.helpers.sync import sync
from tests.helpers.targets.loaders import LOADERS
from tests.helpers.targets.messages import OPTIONS, account, records
from tests.helpers.targets.running import make_target
from tests.helpers.targets.s3 import s3_parquet
from tests.helpers.warehouses import fetch

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.clock import FakeClock

PARQUET = Loader(str, day=dt.date.fromisoformat, number=float)
_PAGE = (ROOT / "docs" / "loaders.md").read_text(encoding="utf-8")


def test_the_view_has_the_latest_row_of_each_key(tmp_path: Path) -> None:
    (view,) = re.findall(r"```sql\n(create view .*?)```", _PAGE, re.DOTALL)
    loader = LOADERS["plinxore-target-s3"]
    with make_target(loader, s3_parquet, tmp_path, {"add_record_metadata": True}) as target:
        target.load_completely(account().first.messages)
        target.load_completely(account().second.messages)
        assert len(target.read().rows) > len(account().calls)
    with duckdb.connect() as connection:
        connection.execute("create schema ozonetel")
        files = f"read_parquet('{tmp_path}/data/objects/*')"
        connection.execute(f"create table ozonetel.cdr_details as from {files}")
        connection.execute(view)
        rows = fetch(connection, "from ozonetel.cdr_details_latest")
    latest = [{name: value for name, value in row.items() if name != "version"} for row in rows]
    assert differences(latest, account().calls, PARQUET) == []


def test_the_view_runs_on_postgres() -> None:
    (view,) = re.findall(r"```sql\n(create view .*?)```", _PAGE, re.DOTALL)
    with postgres() as server:
        with server.connect() as connection:
            connection.execute("create schema ozonetel")
            connection.execute(
                "create table ozonetel.cdr_details as select * from (values"
                " (1, 1, 1, 1, 'older'), (1, 1, 2, 1, 'old'),"
                " (1, 1, 2, 2, 'new'), (1, 2, 1, 1, 'x')"
                ') as t ("CallID", "UCID", _sdc_extracted_at, _sdc_sequence, "Comments")'
            )
            connection.execute(view.encode())
        latest = server.query(
            'select "UCID", "Comments" from ozonetel.cdr_details_latest order by 1'
        )
    assert latest == [{"UCID": 1, "Comments": "new"}, {"UCID": 2, "Comments": "x"}]


def test_replacing_leaves_the_rows_of_the_last_run() -> None:
    assert "replaced" in {loader.existing_rows for loader in LOADERS.values()}
    left, calls = records(account().second), account().calls
    assert f"that is {len(left)} of {len(calls)} rows" in _PAGE


def test_each_day_of_the_lookback_appends_its_rows(clock: FakeClock) -> None:
    with Sandbox(OPTIONS, clock=clock) as box:
        first = sync(box, clock, start_date=str(box.today() - dt.timedelta(days=5)))
        clock.advance(24 * 3600)
        appended = [
            len(sync(box, clock, state=first.states[-1], lookback_days=days).records())
            for days in (0, 1, 3)
        ]
    assert appended == sorted(set(appended))
    assert "appends {}, {} and {} rows".format(*appended) in _PAGE
