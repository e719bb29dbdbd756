"""The rate limit, against a server that counts strictly."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_ozonetel.api.account_cache import AccountCache
from tap_ozonetel.transport.headers import MAX_RETRY_AFTER_SECONDS
from tests.helpers.clock import NOW, FakeClock
from tests.helpers.examples import examples
from tests.helpers.limited_run import PERIOD, LimitedRun

if TYPE_CHECKING:
    from collections.abc import Sequence


class ConnectionLostError(Exception):
    """A request fails."""


@dataclass(frozen=True)
class Request:
    """The times of a request, in seconds."""

    run: int
    #: Idle time before the request.
    idle: float
    #: From the permit until the server counts it, because of TLS or a suspended process.
    out: float
    #: From there to the response.
    back: float
    fails: bool


# Fractions that floats represent exactly, so that rounding never decides a tie.
seconds = st.sampled_from([0.0, 0.0, 1.0, 59.0, 60.0, 61.0]) | st.integers(0, 2**17).map(
    lambda part: part / 1024
)
requests = st.lists(
    st.builds(
        Request,
        run=st.integers(0, 2),
        idle=seconds,
        out=seconds,
        back=seconds,
        fails=st.booleans(),
    ),
    min_size=3,
    max_size=12,
)


def counted_times(runs: Sequence[LimitedRun], clock: FakeClock, plan: list[Request]) -> list[float]:
    """The times at which the server counted the requests."""
    times = []
    for request in plan:
        clock.sleep(request.idle)
        run = runs[request.run % len(runs)]
        with suppress(ConnectionLostError), run.request():
            clock.sleep(request.out)
            times.append(clock.time())
            clock.sleep(request.back)
            if request.fails:
                raise ConnectionLostError
    return times


def is_within_limit(times: list[float], limit: int) -> bool:
    """Whether no half-open run of a period holds more requests than the limit."""
    return all(
        later - earlier >= PERIOD for earlier, later in zip(times, times[limit:], strict=False)
    )


@examples(200)
@given(requests, st.integers(1, 3))
def test_a_strict_server_never_counts_too_many(plan: list[Request], limit: int) -> None:
    clock = FakeClock()
    times = counted_times([LimitedRun(clock, limit=limit)], clock, plan)
    assert len(times) == len(plan)
    assert is_within_limit(times, limit)


@examples(50)
@given(requests, st.integers(1, 3))
def test_runs_that_share_a_folder_share_the_limit(plan: list[Request], limit: int) -> None:
    clock = FakeClock()
    with tempfile.TemporaryDirectory() as folder:
        runs = [LimitedRun(clock, Path(folder), limit) for _ in range(3)]
        assert is_within_limit(counted_times(runs, clock, plan), limit)


def test_runs_without_a_shared_folder_exceed_the_limit() -> None:
    """Shows that the check can fail."""
    clock = FakeClock()
    plan = [Request(run, idle=0.0, out=0.0, back=0.0, fails=False) for run in range(3)]
    assert not is_within_limit(counted_times([LimitedRun(clock) for _ in range(3)], clock, plan), 2)


@examples(200)
@given(st.integers(0, 40), st.integers(1, 3))
def test_requests_wait_no_longer_than_necessary(number: int, limit: int) -> None:
    clock = FakeClock()
    run = LimitedRun(clock, limit=limit)
    foreseen = run.seconds_until(number)
    for _ in range(number):
        run.send()
    assert sum(clock.slept) == max(0, number - 1) // limit * PERIOD == foreseen


@examples(200)
@given(requests, st.integers(1, 5), st.integers(1, 3))
def test_predicted_waits_are_right(plan: list[Request], number: int, limit: int) -> None:
    clock = FakeClock()
    run = LimitedRun(clock, limit=limit)
    counted_times([run], clock, plan)
    now, foreseen = clock.time(), run.seconds_until(number)
    times = [run.send() for _ in range(number)]
    assert times[-1] == now + foreseen


def test_a_prediction_takes_no_permit() -> None:
    clock = FakeClock()
    run = LimitedRun(clock)
    assert run.seconds_until(9) == run.seconds_until(9) == 4 * PERIOD
    assert [run.send() for _ in range(2)] == [NOW, NOW]


def test_two_requests_do_not_wait() -> None:
    clock = FakeClock()
    run = LimitedRun(clock)
    times = [run.send() for _ in range(5)]
    assert times == [NOW, NOW, NOW + 60, NOW + 60, NOW + 120]


def test_a_request_counts_from_its_response() -> None:
    clock = FakeClock()
    run = LimitedRun(clock)
    run.send(out=7.0, back=3.0)
    run.send()
    assert run.seconds_until(1) == 60.0
    assert run.send() == NOW + 10 + 60


def test_slow_responses_do_not_overlap_their_periods() -> None:
    clock = FakeClock()
    run = LimitedRun(clock)
    times = [run.send(out=100.0) for _ in range(4)]
    assert times == [NOW + 100, NOW + 200, NOW + 300, NOW + 400]


def test_a_failed_request_counts() -> None:
    clock = FakeClock()
    run = LimitedRun(clock)
    for _ in range(2):
        with suppress(ConnectionLostError), run.request():
            raise ConnectionLostError
    assert run.seconds_until(1) == PERIOD
    assert run.send() == NOW + PERIOD


def test_a_permit_without_a_request_does_not_count() -> None:
    clock = FakeClock()
    run = LimitedRun(clock)
    for _ in range(5):
        with run.authenticator.authorize(run.limit):
            pass
    assert (clock.slept, run.seconds_until(1)) == ([], 0.0)


@pytest.mark.parametrize("back", [1.0, 59.0, 60.0, 86_400.0, 1e9])
def test_a_clock_set_back_costs_one_period_at_most(back: float) -> None:
    clock = FakeClock()
    run = LimitedRun(clock)
    for _ in range(2):
        run.send()
    clock.now -= back
    assert run.seconds_until(1) == PERIOD
    assert run.send() == NOW - back + PERIOD


def test_a_clock_set_back_during_a_request() -> None:
    clock = FakeClock()
    run = LimitedRun(clock, limit=1)
    with run.request():
        clock.now -= 3600
    assert run.send() == NOW - 3600 + PERIOD


@pytest.mark.parametrize("shared", [True, False])
def test_a_clock_set_back_ends_a_block(tmp_path: Path, *, shared: bool) -> None:
    clock = FakeClock()
    run = LimitedRun(clock, tmp_path if shared else None)
    with run.request() as permit:
        permit.block_for(0.0)
    clock.now -= 86_400
    assert run.seconds_until(1) <= MAX_RETRY_AFTER_SECONDS
    run.send()
    clock.now = NOW - 60
    assert run.seconds_until(1) == 0


@pytest.mark.parametrize(
    ("asked", "waited"),
    [(0.0, 60.0), (17.0, 60.0), (60.0, 60.0), (90.0, 90.0), (1e9, 3600.0), (1e400, 3600.0)],
)
def test_a_block_lasts_retry_after_or_a_period(asked: float, waited: float) -> None:
    clock = FakeClock()
    run = LimitedRun(clock)
    with run.request() as permit:
        permit.block_for(asked)
    assert run.seconds_until(1) == waited
    assert run.send() == NOW + waited
    assert run.send() == NOW + waited, "the refused request has spent one permit only"


def test_times_of_a_higher_limit_count() -> None:
    clock = FakeClock()
    cache = AccountCache(None, "account", clock, 300.0)
    for _ in range(3):
        LimitedRun(clock, limit=3, cache=cache).send(back=10.0)
    run = LimitedRun(clock, limit=1, cache=cache)
    assert run.seconds_until(1) == PERIOD
