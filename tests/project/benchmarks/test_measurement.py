"""What the benchmarks measure with is right: days, server, and the accounting of processes."""

from __future__ import annotations

import datetime as dt
import json
import sys
from typing import TYPE_CHECKING

import pytest
import requests

from benchmarks.contestants.account import PATH, question
from benchmarks.days import RECORD_BYTES, render
from benchmarks.measure import MIB, measured
from benchmarks.server import serving
from tap_ozonetel.schema import CDR_SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

DAY = dt.date(2026, 3, 16)


def test_a_rendered_day_is_an_answer_of_the_api(tmp_path: Path) -> None:
    body = tmp_path / "day.json"
    render(body, DAY, 3_000)
    answer = json.loads(body.read_bytes())
    assert answer["status"] == "success"
    records = answer["details"]
    assert len(records) == 3_000
    assert len({(record["CallID"], record["UCID"]) for record in records}) == 3_000
    assert all(record.keys() == CDR_SCHEMA["properties"].keys() for record in records)
    assert {record["CallDate"] for record in records} == {DAY.isoformat()}
    assert body.stat().st_size == pytest.approx(3_000 * (RECORD_BYTES + 1), rel=0.001)


def test_the_server_answers_who_asks_as_the_contract_says(tmp_path: Path) -> None:
    body = tmp_path / "day.json"
    body.write_bytes(b'{"details": []}')
    with serving(body) as served, requests.Session() as session:
        token = session.post(f"{served.url}/ca_apis/CAToken/generateToken", json={}, timeout=5)
        assert token.json().keys() == {"token"}
        for _ in range(2):
            asked = session.get(f"{served.url}{PATH}", json=question("2026-03-16"), timeout=5)
            assert asked.content == body.read_bytes()
        assert served.requests == 2
        refused = session.get(f"{served.url}{PATH}", params=question("2026-03-16"), timeout=5)
        assert refused.json()["status"] == "false"
        assert session.post(f"{served.url}{PATH}", json={}, timeout=5).status_code == 404
        assert served.requests == 2


def test_a_process_is_measured_and_not_who_starts_it() -> None:
    held = bytearray(200 * MIB)
    small = measured([sys.executable, "-S", "-c", "pass"])
    large = measured([sys.executable, "-S", "-c", f"held = bytearray({100 * MIB})"])
    assert small.peak_bytes < 50 * MIB < len(held)
    assert 95 * MIB < large.peak_bytes - small.peak_bytes < 105 * MIB


def test_the_work_of_a_process_is_in_its_seconds() -> None:
    work = "import time\nwhile time.process_time() < 0.5: pass"
    assert 0.5 <= measured([sys.executable, "-S", "-c", work]).cpu_seconds < 5


def test_output_goes_where_it_is_wanted(tmp_path: Path) -> None:
    output = tmp_path / "output"
    usage = measured(
        [sys.executable, "-c", "import sys; print(1); print(2, file=sys.stderr)"], output
    )
    assert output.read_text() == "1\n"
    assert usage.log == "2\n"


def test_a_process_that_fails_is_no_measurement() -> None:
    with pytest.raises(RuntimeError, match=r"ended with 3:\nsorry"):
        measured([sys.executable, "-c", "import sys; sys.stderr.write('sorry'); sys.exit(3)"])


def test_a_process_is_measured_as_a_user_runs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTHONDONTWRITEBYTECODE", "TAP_OZONETEL_API_KEY", "COVERAGE_PROCESS_START"):
        monkeypatch.setenv(name, "1")
    code = (
        "import os, sys; sys.exit(sum(n.startswith(('PYTHON', 'TAP_', 'COV')) for n in os.environ))"
    )
    measured([sys.executable, "-c", code])
