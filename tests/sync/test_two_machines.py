"""Two runs of one account that share no cache, as on two machines, against a strict server."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel import transport
from tap_ozonetel.errors import OzonetelError
from tests.helpers.sync import Sync, make_state, sync
from tests.helpers.turns import TurnClock

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600.0


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> TurnClock:
    """A clock for several runs, with requests that take between 0.4 and 16 seconds."""
    clock = TurnClock()
    send, delays = transport.send, random.Random("two machines")  # noqa: S311

    def send_slowly(*arguments: Any, **options: Any) -> transport.RawResponse:  # noqa: ANN401
        clock.sleep(delays.uniform(0.2, 8))
        response = send(*arguments, **options)
        clock.sleep(delays.uniform(0.2, 8))
        return response

    monkeypatch.setattr(time, "sleep", clock.sleep)
    monkeypatch.setattr(transport, "send", send_slowly)
    return clock


@dataclass
class Machine:
    """A machine that syncs the account, and keeps its state but no cache."""

    box: Sandbox
    clock: TurnClock
    #: The machine's own cache folder, if it keeps one.
    cache_dir: str = ""
    output: Sync = field(default_factory=Sync)
    state: dict[str, Any] | None = None
    errors: list[str] = field(default_factory=list)

    def run(self) -> None:
        output = Sync()
        try:
            sync(self.box, self.clock, state=self.state, output=output, cache_dir=self.cache_dir)
        except OzonetelError as error:
            self.errors.append(str(error))
        self.output.messages += output.messages
        self.state = output.states[-1] if output.states else self.state

    def keys(self) -> set[tuple[int, int]]:
        """The keys of the records so far."""
        return {(record["CallID"], record["UCID"]) for record in self.output.records()}

    def run_every(self, seconds: float, hours: float) -> None:
        """Run by a schedule, which does not start a run while the last one runs."""
        start = self.clock.now
        while (then := self.clock.now) < start + hours * HOUR:
            self.run()
            late = (self.clock.now - then) % seconds
            self.clock.sleep(seconds - late)


def outcomes(box: Sandbox) -> Counter[str]:
    return Counter(request.outcome for request in box.requests)


def most_tokens_in_an_hour(box: Sandbox) -> int:
    times = [request.at for request in box.token_requests if request.outcome == "token"]
    return max(sum(then <= each < then + HOUR for each in times) for then in times)


def served_keys(box: Sandbox) -> set[tuple[object, object]]:
    """The keys of all records that the account serves now."""
    records = box.calls_between(box.today() - dt.timedelta(days=14), box.today())
    return {(record["CallID"], record["UCID"]) for record in records}


@pytest.mark.parametrize("offset", [0, 10, 20, 30, 40, 50, 300])
def test_first_runs_at_once_lose_nothing(turns: TurnClock, offset: int) -> None:
    with Sandbox(Options(records=2), turns) as box:
        machines = [Machine(box, turns), Machine(box, turns)]
        before = served_keys(box)
        turns.run([each.run for each in machines], [0, offset])
    counts = outcomes(box)
    assert [each.errors for each in machines] == [[], []]
    assert [before - each.keys() for each in machines] == [set(), set()]
    assert counts["records"] + counts["empty"] == 30
    assert counts["rate limited"] <= 15
    assert counts["token expired"] <= 7
    assert most_tokens_in_an_hour(box) <= 9


def run_schedules(
    clock: TurnClock, minutes: int, offset: float, caches: list[str]
) -> tuple[Sandbox, list[Machine]]:
    """Run a schedule of three hours on machines with these cache folders, after their first runs.

    Args:
        clock: The clock.
        minutes: The interval of the schedule.
        offset: By how many minutes each machine is behind the one before it.
        caches: The cache folder of each machine; empty in a container that keeps none.
    """
    with Sandbox(Options(records=2), clock) as box:
        state = make_state(cdr_details=str(box.today()))
        machines = [Machine(box, clock, cache, state=state) for cache in caches]
        clock.run(
            [partial(each.run_every, minutes * 60.0, 3) for each in machines],
            [number * offset * 60 for number in range(len(caches))],
        )
    return box, machines


# An hour that begins within a run has the tokens of one run more.
@pytest.mark.parametrize(
    ("caches", "minutes", "offset", "tokens"),
    [
        (["", ""], 60, 30, 3),
        (["one", "two"], 60, 30, 3),
        (["", ""], 30, 15, 5),
        (["", ""], 15, 7.5, 9),
        ([""], 10, 0, 7),
        (["one"], 10, 0, 2),
        (["one", "one"], 10, 5, 2),
    ],
)
def test_runs_in_turns_waste_no_request(
    turns: TurnClock, tmp_path: Path, caches: list[str], minutes: int, offset: float, tokens: int
) -> None:
    folders = [name and str(tmp_path / name) for name in caches]
    box, machines = run_schedules(turns, minutes, offset, folders)
    assert [each.errors for each in machines] == [[] for _ in caches]
    assert outcomes(box)["rate limited"] == 0
    assert most_tokens_in_an_hour(box) <= tokens
    # With caches of their own, each machine first tries the token that the other one invalidated.
    assert outcomes(box)["token expired"] <= (5 if caches == ["one", "two"] else 0)


@pytest.mark.parametrize("caches", [["", ""], ["one", "two"]], ids=["no cache", "own caches"])
def test_hourly_runs_at_once_stay_within_the_limits(
    turns: TurnClock, tmp_path: Path, caches: list[str]
) -> None:
    folders = [name and str(tmp_path / name) for name in caches]
    box, machines = run_schedules(turns, 60, 0, folders)
    assert [each.errors for each in machines] == [[], []]
    assert outcomes(box)["rate limited"] <= 4 * 3
    assert outcomes(box)["token expired"] <= 3 * 3
    assert most_tokens_in_an_hour(box) <= 7


@pytest.mark.parametrize(
    ("caches", "minutes", "offset"),
    [(["one", "two"], 10, 5), (["", ""], 10, 5), ([""], 5, 0)],
    ids=["two caches", "two containers", "one container"],
)
def test_too_many_runs_end_with_the_time_to_run_again(
    turns: TurnClock, tmp_path: Path, caches: list[str], minutes: int, offset: float
) -> None:
    folders = [name and str(tmp_path / name) for name in caches]
    box, machines = run_schedules(turns, minutes, offset, folders)
    errors = [error for machine in machines for error in machine.errors]
    assert errors
    for error in errors:
        assert "Token rate limit exceeded (HTTP 429: Token generation limit exceeded)" in error
        assert "The account may request 10 tokens per hour. Run again after " in error
        assert "Runs with the same cache_dir share one token" in error
    assert most_tokens_in_an_hour(box) == 10
