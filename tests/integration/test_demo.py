"""`poe demo`, as somebody who sees the project for the first time runs it."""

from __future__ import annotations

import datetime as dt
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from demo import __main__ as demo
from demo import report as demo_report
from sandbox import Options, Sandbox
from sandbox.calls.days import settled
from tests.helpers.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("meltano_alone")

_ROOT = Path(__file__).parents[2]
_TIMEOUT_SECONDS = 300  # The first run of a clone installs the plugins.


def _start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "demo", "--folder", str(folder)],
        cwd=_ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def test_the_demo_reads_every_record_once_and_shows_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What a user has set for an account of their own is not the demo's.
    monkeypatch.setenv("TAP_OZONETEL_CAMPAIGN_NAME", "Nobody's")
    monkeypatch.setenv("TARGET_DUCKDB_ADD_METADATA_COLUMNS", "true")
    monkeypatch.setenv("MELTANO_ENVIRONMENT", "prod")
    monkeypatch.setenv("MELTANO_STATE_BACKEND_URI", f"file://{tmp_path}/another-state")
    process = _start(tmp_path / "demo")
    out, err = process.communicate(timeout=_TIMEOUT_SECONDS)
    assert (process.returncode, err) == (0, "")
    assert not (tmp_path / "another-state").exists()
    assert "15 days to read" in out
    assert "Day 15 of 15" in out
    assert re.search(r"^ +15 requests, 0 refused, \d+ s$", out, re.MULTILINE)
    assert "Day 2 of 2" in out
    assert re.search(r"^ +2 requests, 0 refused, \d+ s$", out, re.MULTILINE)
    days = re.findall(
        r"^(\d{4}-\d\d-\d\d) +([\d,]+) +([\d,]+) +\d+\.\d% +\d+ min \d\d$", out, re.MULTILINE
    )
    # Before its first call has ended, today has no row.
    assert len(days) in {demo.DAYS - 1, demo.DAYS}
    (total,) = re.findall(r"^all +([\d,]+) +([\d,]+) +\d+\.\d% +\d+ min \d\d$", out, re.MULTILINE)
    legs = [int(legs.replace(",", "")) for _, _, legs in days]
    assert sum(legs) == int(total[1].replace(",", ""))
    assert f"Each of the account's {total[1]} records is there" in out
    assert len(re.findall(r"^[A-Z][A-Za-z ]+ \d+$", out, re.MULTILINE)) == 5
    with Sandbox(demo.OPTIONS) as box:
        yesterday = dt.date.fromisoformat(days[-1][0]) - dt.timedelta(days=2)
        expected = {call["UCID"] for call in box.calls(yesterday)}
    found = demo_report.query(
        tmp_path / "demo" / "calls.duckdb",
        f"select ucid from {demo_report.TABLE} where calldate = '{yesterday}'",  # noqa: S608
    )
    assert {ucid for (ucid,) in found} == expected


def test_a_missing_record_fails_the_demo(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    removed: list[tuple[int, int]] = []

    def lose_a_record(file: Path) -> None:
        with duckdb.connect(str(file)) as connection:
            first = f"(select min(callid) from {demo_report.TABLE})"  # noqa: S608
            removed.extend(
                connection.execute(
                    f"delete from {demo_report.TABLE} where callid = {first} "  # noqa: S608
                    "returning callid, ucid"
                ).fetchall()
            )

    # The same limit with more room: nothing of this is about waiting.
    options = Options(records=10, limit=50, period=1)
    code = demo.main(["--folder", str(tmp_path / "demo")], options, lose_a_record)
    out, err = capfd.readouterr()
    assert code == 1
    assert removed
    call, leg = removed[0]
    assert f"{len(removed)} records are missing: " in err
    assert f"CallID {call} UCID {leg}" in err
    assert "records is there" not in out


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    process = _start(tmp_path)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "is not empty" in err
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def _processes_of(folder: Path) -> Iterator[int]:
    """The processes that have the folder in their environment."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in environment:
            yield int(process.name)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_the_demo_started_ends_with_it(tmp_path: Path, number: signal.Signals) -> None:
    folder = tmp_path / "demo"
    process = _start(folder)
    assert process.stdout
    for line in process.stdout:
        if "Day 2 of 15" in line:  # The limit is used up, so the tap waits.
            break
    assert set(_processes_of(folder)) - {os.getpid()}
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert "Traceback" not in err
    assert not set(_processes_of(folder))


def _records() -> list[dict[str, Any]]:
    box = Sandbox(Options(records=5), clock=FakeClock())
    box.stop()
    return box.calls(dt.date(2026, 3, 10))


def _rows() -> list[dict[str, Any]]:
    return [demo_report.as_loaded(record) for record in _records()]


def test_a_table_that_has_it_all_has_no_faults() -> None:
    assert demo_report.differences(_rows(), _records(), _records()) == []


def test_records_that_are_not_there_are_found() -> None:
    (fault,) = demo_report.differences(_rows()[1:], _records(), _records())
    assert fault.startswith("1 records are missing: ")


def test_records_that_are_there_twice_are_found() -> None:
    (fault,) = demo_report.differences([*_rows(), _rows()[2]], _records(), _records())
    assert fault.startswith("1 records are there more than once: ")


def test_records_of_nobody_are_found() -> None:
    stranger = {**_rows()[0], "ucid": 1}
    (fault,) = demo_report.differences([*_rows(), stranger], _records(), _records())
    assert fault.startswith("1 records are not the account's: ")
    assert fault.endswith(" UCID 1")


def test_values_that_changed_on_the_way_are_found() -> None:
    rows = _rows()
    rows[3]["agentname"] = "Somebody else"
    (fault,) = demo_report.differences(rows, _records(), _records())
    assert fault.startswith("1 records are not as the account has them: ")


def test_the_account_may_change_while_it_is_read() -> None:
    before, after = _records()[:-1], _records()
    after[0]["Disposition"] = "Filled in a moment ago"
    # The new call may be there or not, and the disposition be the old or the new one.
    assert demo_report.differences(_rows(), before, after) == []
    assert demo_report.differences(_rows()[:-1], before, after) == []
    rows = [demo_report.as_loaded(record) for record in after]
    assert demo_report.differences(rows, before, after) == []


def test_records_of_the_days_that_are_read_once_do_not_change() -> None:
    # The first run reads each day, the second only today and yesterday.
    assert settled(dt.date(2026, 3, 15)) <= dt.datetime(2026, 3, 17)  # noqa: DTZ001
