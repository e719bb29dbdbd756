"""The comparison is fair: all records, one request, one candidate after the other."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks import candidates
from benchmarks.candidates import (
    BASELINES,
    PLAIN_SDK_TAP,
    TAP_NAME,
    Candidate,
    baseline,
    pinned_packages,
    tap,
    unavailable,
)
from benchmarks.comparison import compare

if TYPE_CHECKING:
    from collections.abc import Sequence

BASELINE_FOLDER = Path(candidates.__file__).parent / "baselines"

#: Sends a number of requests for a day and writes a number of records.
SCRIPT = """
import json, sys, urllib.request
_, url, day, requests, records = sys.argv
body = json.dumps({"userName": "x", "fromDate": day, "toDate": day}).encode()
for _ in range(int(requests)):
    request = urllib.request.Request(url + "/ca_reports/fetchCDRDetails", body, method="GET")
    urllib.request.urlopen(request).read()
print('{"type":"SCHEMA","schema":{"CallID":1}}')
print('{"type":"RECORD","record":{"CallID":1}}\\n' * int(records), end="")
"""


def candidate(name: str, requests: int, records: int) -> Candidate:
    def command(url: str, day: str, _: Path) -> Sequence[str]:
        return [sys.executable, "-c", SCRIPT, url, day, str(requests), str(records)]

    return Candidate(name, "nothing", command)


def test_candidates_run_one_after_the_other() -> None:
    lines: list[str] = []
    names = (PLAIN_SDK_TAP, "minimal script")
    baselines = [baseline(name, BASELINES[name], sys.executable) for name in names]
    results = compare([tap("1.2.3"), *baselines], {30: 2, 60: 1}, lines.append, tap_only=[90])
    assert list(results) == [TAP_NAME, *names]
    assert results[TAP_NAME].packages == "1.2.3"
    assert list(results[TAP_NAME].cpu_seconds) == [30, 60, 90]
    assert list(results[TAP_NAME].peak_bytes) == [30, 60, 90]
    assert list(results[PLAIN_SDK_TAP].cpu_seconds) == [30, 60]
    order = [line.rpartition("MiB ")[2] for line in lines]
    assert order == [*results, *results, *results, TAP_NAME]


def test_the_minimum_of_all_rounds_counts() -> None:
    lines: list[str] = []
    results = compare([candidate("one", 1, 5)], {5: 3}, lines.append)
    minimum = min(float(line.split("round")[1].split()[1]) for line in lines)
    assert results["one"].cpu_seconds[5] == pytest.approx(minimum, abs=0.006)


@pytest.mark.parametrize(
    ("requests", "records", "reason"),
    [
        (1, 4, "wrote 4 of 5 records"),
        (1, 6, "wrote 6 of 5 records"),
        (2, 5, "sent 2 requests for one day"),
        (0, 5, "sent 0 requests for one day"),
    ],
)
def test_wrong_requests_or_records_exclude_a_candidate(
    requests: int, records: int, reason: str
) -> None:
    lines: list[str] = []
    results = compare(
        [candidate("one", requests, records), candidate("two", 1, 5)], {5: 2}, lines.append
    )
    assert results["one"].failure == reason
    assert results["one"].cpu_seconds == {}
    assert len(lines) == 3
    assert not results["two"].failure


def test_an_error_excludes_a_candidate_with_its_last_line() -> None:
    def command(_url: str, _day: str, _folder: Path) -> Sequence[str]:
        return [sys.executable, "-c", "import no_such_module"]

    results = compare([Candidate("one", "", command)], {5: 1}, lambda _: None)
    assert results["one"].failure == "ModuleNotFoundError: No module named 'no_such_module'"


def test_a_baseline_that_cannot_be_installed_is_excluded() -> None:
    results = compare(
        [unavailable("one", "no wheel"), candidate("two", 1, 5)], {5: 2}, lambda _: None
    )
    assert results["one"].failure == "no wheel"
    assert results["two"].cpu_seconds


def test_the_tap_must_not_fail() -> None:
    with pytest.raises(RuntimeError, match="sent 2 requests for one day"):
        compare([candidate(TAP_NAME, 2, 5)], {5: 1}, lambda _: None)


def test_packages_are_read_from_the_script_metadata() -> None:
    assert pinned_packages(BASELINE_FOLDER / "rest_api_msdk.py") == ["tap-rest-api-msdk"]
    expected = ["ijson", "msgspec", "requests"]
    assert pinned_packages(BASELINE_FOLDER / "minimal_script.py") == expected
    assert all(pinned_packages(BASELINE_FOLDER / f"{name}.py") for name in BASELINES.values())


def test_every_baseline_is_compared() -> None:
    modules = {path.stem for path in BASELINE_FOLDER.glob("*.py")} - {"__init__", "account"}
    assert modules == set(BASELINES.values())
