"""The benchmarks measure with realistic days, a valid server, and the usage of one process."""

from __future__ import annotations

import datetime as dt
import json
import sys
from typing import TYPE_CHECKING

import pytest
import requests

from benchmarks.baselines.account import CDR_PATH, TOKEN_PATH, request_body
from benchmarks.days import RECORD_BYTES, write_day
from benchmarks.measure import MIB, run_measured
from benchmarks.server import serve_day
from tap_ozonetel.records.schema import CDR_SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

DAY = dt.date(2026, 3, 16)


def test_a_written_day_is_a_response_of_the_api(tmp_path: Path) -> None:
    path = tmp_path / "day.json"
    write_day(path, DAY, 3_000)
    response = json.loads(path.read_bytes())
    assert response["status"] == "success"
    records = response["details"]
    assert len(records) == 3_000
    assert len({(record["CallID"], record["UCID"]) for record in records}) == 3_000
    assert all(record.keys() == CDR_SCHEMA["properties"].keys() for record in records)
    assert {record["CallDate"] for record in records} == {DAY.isoformat()}
    assert path.stat().st_size == pytest.approx(3_000 * (RECORD_BYTES + 1), rel=0.001)


def test_the_server_counts_valid_requests_only(tmp_path: Path) -> None:
    path = tmp_path / "day.json"
    path.write_bytes(b'{"details": []}')
    with serve_day(path) as server, requests.Session() as session:
        token = session.post(f"{server.url}{TOKEN_PATH}", json={}, timeout=5)
        assert token.json().keys() == {"token"}
        url, body = f"{server.url}{CDR_PATH}", request_body("2026-03-16")
        for _ in range(2):
            assert session.get(url, json=body, timeout=5).content == path.read_bytes()
        assert server.requests == 2
        assert session.get(url, params=body, timeout=5).json()["status"] == "false"
        assert session.post(url, json={}, timeout=5).status_code == 404
        assert server.requests == 2


def test_the_memory_of_the_parent_is_not_measured() -> None:
    large_parent = bytearray(200 * MIB)
    small = run_measured([sys.executable, "-S", "-c", "pass"])
    large = run_measured([sys.executable, "-S", "-c", f"data = bytearray({100 * MIB})"])
    assert small.peak_bytes < 50 * MIB < len(large_parent)
    assert 95 * MIB < large.peak_bytes - small.peak_bytes < 105 * MIB


def test_the_cpu_time_of_a_process_is_measured() -> None:
    code = "import time\nwhile time.process_time() < 0.5: pass"
    assert 0.5 <= run_measured([sys.executable, "-S", "-c", code]).cpu_seconds < 5


def test_stdout_goes_to_a_file_and_stderr_is_returned(tmp_path: Path) -> None:
    output = tmp_path / "output"
    code = "import sys; print(1); print(2, file=sys.stderr)"
    usage = run_measured([sys.executable, "-c", code], output)
    assert output.read_text() == "1\n"
    assert usage.log == "2\n"


def test_a_process_that_fails_raises_an_error() -> None:
    code = "import sys; sys.stderr.write('sorry'); sys.exit(3)"
    with pytest.raises(RuntimeError, match=r"failed with exit code 3:\nsorry"):
        run_measured([sys.executable, "-c", code])


def test_settings_of_a_developer_are_not_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTHONDONTWRITEBYTECODE", "TAP_OZONETEL_API_KEY", "COVERAGE_PROCESS_START"):
        monkeypatch.setenv(name, "1")
    prefixes = ("PYTHON", "TAP_", "COV")
    code = f"import os, sys; sys.exit(sum(name.startswith({prefixes}) for name in os.environ))"
    run_measured([sys.executable, "-c", code])
