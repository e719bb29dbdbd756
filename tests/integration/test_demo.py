"""`poe demo` as a newcomer runs it."""

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
from sandbox.calls.legs import settled_at
from tests.helpers.clock import FakeClock
from tests.helpers.dashboard import PAGES, hide_settings, open_page, url_of

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("meltano_lock")

_ROOT = Path(__file__).parents[2]
_TIMEOUT_SECONDS = 300  # The first run of a clone installs the plugins.


def _start(directory: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "demo", "--directory", str(directory)],
        cwd=_ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def test_the_demo_loads_every_record_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The settings of a real account must not reach the demo.
    monkeypatch.setenv("TAP_OZONETEL_CAMPAIGN_NAME", "Nobody's")
    monkeypatch.setenv("TARGET_DUCKDB_ADD_METADATA_COLUMNS", "true")
    monkeypatch.setenv("MELTANO_ENVIRONMENT", "prod")
    monkeypatch.setenv("MELTANO_STATE_BACKEND_URI", f"file://{tmp_path}/another-state")
    process = _start(tmp_path / "demo")
    out, err = process.communicate(timeout=_TIMEOUT_SECONDS)
    assert (process.returncode, err) == (0, "")
    assert not (tmp_path / "another-state").exists()
    assert "Reading 15 days" in out
    assert "Day 15 of 15" in out
    assert re.search(r"^ +15 requests, 0 rate limited, \d+ s$", out, re.MULTILINE)
    # At night, when yesterday is not settled yet, the second run reads three days.
    assert "Day 2 of 2" in out or "Day 3 of 3" in out
    assert re.search(r"^ +[23] requests, 0 rate limited, \d+ s$", out, re.MULTILINE)
    days = re.findall(
        r"^(\d{4}-\d\d-\d\d) +([\d,]+) +([\d,]+) +\d+\.\d% +\d+ min \d\d$", out, re.MULTILINE
    )
    # Today has no row before its first call.
    assert len(days) in {demo.DAYS - 1, demo.DAYS}
    (total,) = re.findall(r"^all +([\d,]+) +([\d,]+) +\d+\.\d% +\d+ min \d\d$", out, re.MULTILINE)
    legs = [int(legs.replace(",", "")) for _, _, legs in days]
    assert sum(legs) == int(total[1].replace(",", ""))
    assert f"All {total[1]} records of the account are in the table" in out
    assert len(re.findall(r"^[A-Z][A-Za-z ]+(?: :120)? +\d+$", out, re.MULTILINE)) == 5
    assert re.search(r"^[A-Z][a-z]+ [A-Z][a-z]+ +\d+ +\d+ h \d\d min", out, re.MULTILINE)
    _assert_answers(out, tmp_path / "demo" / "models.duckdb")
    with Sandbox(demo.OPTIONS) as box:
        yesterday = dt.date.fromisoformat(days[-1][0]) - dt.timedelta(days=2)
        expected = {call["UCID"] for call in box.calls(yesterday)}
    found = demo_report.query(
        tmp_path / "demo" / "calls.duckdb",
        f"select ucid from {demo_report.TABLE} where calldate = '{yesterday}'",  # noqa: S608
    )
    assert {ucid for (ucid,) in found} == expected
    hide_settings(monkeypatch)
    monkeypatch.setenv("DASHBOARD_URL", url_of(tmp_path / "demo" / "models.duckdb"))
    for page in PAGES:
        app = open_page(page, days=(dt.date.fromisoformat(days[0][0]), yesterday))
        assert not app.error
        assert app.dataframe or app.metric
        assert app.get("vega_lite_chart") or page == "missed_calls"  # Nobody was reached.


def _assert_answers(out: str, models: Path) -> None:
    calls = demo_report.query(
        models,
        "select outcome, seconds_to_answer, waited_seconds from analytics.ozonetel__calls "
        "where direction = 'inbound'",
    )
    outcomes = [row[0] for row in calls]
    waits = [row[1] for row in calls if row[0] == "answered"]
    ended = sum(name != "in_progress" for name in outcomes)
    short = sum(row[0] == "abandoned" and row[2] < 5 for row in calls)
    level = sum(wait <= 20 for wait in waits) / (ended - short)
    missed = outcomes.count("abandoned") + outcomes.count("unanswered")
    (found,) = re.findall(
        r"^missed calls still open +([\d,]+) of ([\d,]+), ([\d,]+) customers$", out, re.MULTILINE
    )
    still_open, of, customers = (int(number.replace(",", "")) for number in found)
    assert of == missed >= still_open >= customers > 0
    assert f"service level                {level:.1%} answered within 20 s" in out
    assert f"average speed of answer      {sum(waits) / len(waits):.1f} s" in out


def test_a_missing_record_fails_the_demo(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    removed: list[tuple[int, int]] = []

    def delete_a_call(file: Path) -> None:
        with duckdb.connect(str(file)) as connection:
            first = f"(select min(callid) from {demo_report.TABLE})"  # noqa: S608
            removed.extend(
                connection.execute(
                    f"delete from {demo_report.TABLE} where callid = {first} "  # noqa: S608
                    "returning callid, ucid"
                ).fetchall()
            )

    # A limit that the run never reaches, so that it does not wait.
    options = Options(records=10, limit=50, period=1)
    code = demo.main(["--directory", str(tmp_path / "demo")], options, delete_a_call)
    out, err = capfd.readouterr()
    assert code == 1
    assert removed
    call, leg = removed[0]
    assert f"{len(removed)} records are missing: " in err
    assert f"CallID {call} UCID {leg}" in err
    assert "records of the account are in the table" not in out


def test_a_directory_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    process = _start(tmp_path)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "is not empty" in err
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def _processes_of(directory: Path) -> Iterator[int]:
    """Yield the processes with the directory in their environment."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
        except OSError:
            continue
        if str(directory).encode() in environment:
            yield int(process.name)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopping_the_demo_stops_its_children(tmp_path: Path, number: signal.Signals) -> None:
    directory = tmp_path / "demo"
    process = _start(directory)
    assert process.stdout
    for line in process.stdout:
        if "Day 2 of 15" in line:  # The tap waits for the rate limit now.
            break
    assert set(_processes_of(directory)) - {os.getpid()}
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert "Traceback" not in err
    assert not set(_processes_of(directory))


def _records() -> list[dict[str, Any]]:
    box = Sandbox(Options(records=5), clock=FakeClock())
    box.stop()
    return box.calls(dt.date(2026, 3, 10))


def _rows() -> list[dict[str, Any]]:
    return [demo_report.as_loaded(record) for record in _records()]


def test_a_complete_table_has_no_problems() -> None:
    assert demo_report.differences(_rows(), _records(), _records()) == []


def test_missing_records_are_found() -> None:
    (problem,) = demo_report.differences(_rows()[1:], _records(), _records())
    assert problem.startswith("1 records are missing: ")


def test_duplicated_records_are_found() -> None:
    (problem,) = demo_report.differences([*_rows(), _rows()[2]], _records(), _records())
    assert problem.startswith("1 records are duplicated: ")


def test_unknown_records_are_found() -> None:
    stranger = {**_rows()[0], "ucid": 1}
    (problem,) = demo_report.differences([*_rows(), stranger], _records(), _records())
    assert problem.startswith("1 records are not in the account: ")
    assert problem.endswith(" UCID 1")


def test_changed_values_are_found() -> None:
    rows = _rows()
    rows[3]["agentname"] = "Somebody else"
    (problem,) = demo_report.differences(rows, _records(), _records())
    assert problem.startswith("1 records are different from the account: ")


def test_the_account_may_change_during_the_run() -> None:
    before, after = _records()[:-1], _records()
    after[0]["Disposition"] = "Filled in a moment ago"
    # The new call may be missing, and the disposition may be the old one or the new one.
    assert demo_report.differences(_rows(), before, after) == []
    assert demo_report.differences(_rows()[:-1], before, after) == []
    rows = [demo_report.as_loaded(record) for record in after]
    assert demo_report.differences(rows, before, after) == []


def test_days_that_are_read_once_are_settled() -> None:
    # The second run reads only today and yesterday again.
    assert settled_at(dt.date(2026, 3, 15)) <= dt.datetime(2026, 3, 17)  # noqa: DTZ001
