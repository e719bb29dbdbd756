"""The contest is fair: all records, one request, by turns; and the tap does what it is held to."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.contest import OURS, PLAIN, SCRIPTS, Contestant, absent, contest, ours, peer, pinned
from benchmarks.startup import SDK_ALONE, starts
from benchmarks.waiting import waits

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Asks for the day and writes what it is told to.
ASKING = """
import json, sys, urllib.request
_, url, day, requests, records = sys.argv
body = json.dumps({"userName": "x", "fromDate": day, "toDate": day}).encode()
for _ in range(int(requests)):
    request = urllib.request.Request(url + "/ca_reports/fetchCDRDetails", body, method="GET")
    urllib.request.urlopen(request).read()
print('{"type":"SCHEMA","schema":{"CallID":1}}')
print('{"type":"RECORD","record":{"CallID":1}}\\n' * int(records), end="")
"""


def asking(name: str, requests: int, records: int) -> Contestant:
    def command(url: str, day: str, _: Path) -> Sequence[str]:
        return [sys.executable, "-c", ASKING, url, day, str(requests), str(records)]

    return Contestant(name, "nothing", command)


def test_the_tap_and_what_runs_in_this_environment_take_part() -> None:
    said: list[str] = []
    others = [
        peer(name, SCRIPTS[name], sys.executable) for name in (PLAIN, "floor: parse and write")
    ]
    results = contest([ours("1.2.3"), *others], {30: 2, 60: 1}, said.append, only_ours=[90])
    assert list(results) == [OURS, PLAIN, "floor: parse and write"]
    assert results[OURS].made_of == "1.2.3"
    assert list(results[OURS].cpu_seconds) == list(results[OURS].peak_bytes) == [30, 60, 90]
    assert list(results[PLAIN].cpu_seconds) == [30, 60]
    by_turns = [line.rpartition("MiB ")[2] for line in said]
    assert by_turns == [*results, *results, *results, OURS]


def test_the_least_of_all_rounds_counts() -> None:
    said: list[str] = []
    results = contest([asking("one", 1, 5)], {5: 3}, said.append)
    least = min(float(line.split("round")[1].split()[1]) for line in said)
    assert results["one"].cpu_seconds[5] == pytest.approx(least, abs=0.006)


@pytest.mark.parametrize(
    ("requests", "records", "reason"),
    [
        (1, 4, "has written 4 records of 5"),
        (1, 6, "has written 6 records of 5"),
        (2, 5, "asked 2 times for one day"),
        (-1, 5, "asked 0 times for one day"),
    ],
)
def test_who_does_not_do_the_job_is_out_with_the_reason(
    requests: int, records: int, reason: str
) -> None:
    said: list[str] = []
    results = contest([asking("one", requests, records), asking("two", 1, 5)], {5: 2}, said.append)
    assert results["one"].cannot == reason
    assert results["one"].cpu_seconds == {}
    assert len(said) == 3
    assert not results["two"].cannot


def test_who_ends_in_an_error_is_out_with_its_last_line() -> None:
    def command(_url: str, _day: str, _: Path) -> Sequence[str]:
        return [sys.executable, "-c", "import no_such_module"]

    results = contest([Contestant("one", "", command)], {5: 1}, lambda _: None)
    assert results["one"].cannot == "ModuleNotFoundError: No module named 'no_such_module'"


def test_who_cannot_be_installed_is_out() -> None:
    results = contest([absent("one", "no wheel"), asking("two", 1, 5)], {5: 2}, lambda _: None)
    assert results["one"].cannot == "no wheel"
    assert results["two"].cpu_seconds


def test_the_head_of_a_script_says_what_it_is_made_of() -> None:
    folder = Path(__file__).parents[3] / "benchmarks" / "contestants"
    assert pinned(folder / "rest_api_msdk.py") == ["tap-rest-api-msdk"]
    assert pinned(folder / "floor.py") == ["ijson", "msgspec", "requests"]
    assert all(pinned(folder / f"{script}.py") for script in SCRIPTS.values())


def test_the_tap_itself_may_not_fail() -> None:
    with pytest.raises(RuntimeError, match="asked 2 times"):
        contest([asking(OURS, 2, 5)], {5: 1}, lambda _: None)


def test_waiting_is_what_the_limit_asks_for_and_no_more_requests() -> None:
    first, further = waits(lambda _: None, period=0.4).values()
    assert first.requests == 15
    assert first.least == pytest.approx(7 * 0.4)
    assert first.seconds >= first.least
    assert (further.requests, further.least) == (2, 0)


def test_start_up_is_measured_beside_the_sdk() -> None:
    said: list[str] = []
    seconds = starts(said.append, rounds=1)
    assert list(seconds) == [SDK_ALONE, "tap-ozonetel --version", "tap-ozonetel --discover"]
    assert all(0 < each < 60 for each in seconds.values())
    assert len(said) == 1
