"""The account's limit, against a server that counts strictly, whatever happens in between."""

from __future__ import annotations

import random
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_ozonetel.api.account_cache import AccountCache, CacheEntry
from tap_ozonetel.api.rate_limiter import RateLimiter
from tap_ozonetel.api.retry_after import MAX_RETRY_AFTER_SECONDS
from tests.helpers.clock import NOW, FakeClock
from tests.helpers.json_values import brief, thorough

if TYPE_CHECKING:
    from collections.abc import Sequence

PERIOD = 60.0


class ConnectionLostError(Exception):
    """What a request may end in."""


@dataclass(frozen=True)
class Request:
    """What happens to a request, in seconds."""

    run: int
    #: Before it is asked for.
    idle: float
    #: Between its permit and the moment in which the server counts it: a suspended process, TLS.
    out: float
    #: From there to its answer.
    back: float
    fails: bool


# Parts of a second that floats have exactly, so that no rounding decides a tie.
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


def make(clock: FakeClock, folder: Path | None = None, limit: int = 2) -> RateLimiter:
    return RateLimiter(limit, PERIOD, AccountCache(folder, "account", clock), clock)


def spend(window: RateLimiter, clock: FakeClock, out: float = 0.0, back: float = 0.0) -> float:
    """Take a permit, and tell when the server counted the request."""
    with window.acquire() as permit, permit.record_request():
        clock.sleep(out)
        counted = clock.time()
        clock.sleep(back)
    return counted


def counted(runs: Sequence[RateLimiter], clock: FakeClock, story: list[Request]) -> list[float]:
    """The moments in which the server counted the requests of a story."""
    moments = []
    for request in story:
        clock.sleep(request.idle)
        window = runs[request.run % len(runs)]
        with suppress(ConnectionLostError), window.acquire() as permit, permit.record_request():
            clock.sleep(request.out)
            moments.append(clock.time())
            clock.sleep(request.back)
            if request.fails:
                raise ConnectionLostError
    return moments


def never_too_many(moments: list[float], limit: int) -> bool:
    """Whether no half-open window of a period holds more requests than the limit."""
    return all(
        later - earlier >= PERIOD for earlier, later in zip(moments, moments[limit:], strict=False)
    )


@thorough
@given(requests, st.integers(1, 3))
def test_a_strict_server_never_counts_too_many(story: list[Request], limit: int) -> None:
    clock = FakeClock()
    moments = counted([make(clock, limit=limit)], clock, story)
    assert len(moments) == len(story)
    assert never_too_many(moments, limit)


@brief
@given(requests, st.integers(1, 3))
def test_runs_that_share_a_folder_share_the_limit(story: list[Request], limit: int) -> None:
    clock = FakeClock()
    with tempfile.TemporaryDirectory() as folder:
        runs = [make(clock, Path(folder), limit) for _ in range(3)]
        assert never_too_many(counted(runs, clock, story), limit)


def test_runs_that_share_no_folder_exceed_the_limit() -> None:
    """The check itself: it sees what is not shared."""
    clock = FakeClock()
    story = [Request(run, idle=0.0, out=0.0, back=0.0, fails=False) for run in range(3)]
    assert not never_too_many(counted([make(clock) for _ in range(3)], clock, story), 2)


@thorough
@given(st.integers(0, 40), st.integers(1, 3))
def test_requests_wait_for_each_other_and_for_nothing_else(number: int, limit: int) -> None:
    clock = FakeClock()
    window = make(clock, limit=limit)
    foreseen = window.seconds_until(number)
    for _ in range(number):
        spend(window, clock)
    assert sum(clock.slept) == max(0, number - 1) // limit * PERIOD == foreseen


@thorough
@given(requests, st.integers(1, 5), st.integers(1, 3))
def test_what_is_foreseen_comes_true(story: list[Request], number: int, limit: int) -> None:
    clock = FakeClock()
    window = make(clock, limit=limit)
    counted([window], clock, story)
    now, foreseen = clock.time(), window.seconds_until(number)
    moments = [spend(window, clock) for _ in range(number)]
    assert moments[-1] == now + foreseen


def test_foreseeing_spends_nothing() -> None:
    clock = FakeClock()
    window = make(clock)
    assert window.seconds_until(9) == window.seconds_until(9) == 4 * PERIOD
    assert [spend(window, clock) for _ in range(2)] == [NOW, NOW]


def test_two_requests_go_one_right_after_the_other() -> None:
    clock = FakeClock()
    window = make(clock)
    moments = [spend(window, clock) for _ in range(5)]
    assert moments == [NOW, NOW, NOW + 60, NOW + 60, NOW + 120]


def test_a_request_is_stamped_when_it_is_answered() -> None:
    clock = FakeClock()
    window = make(clock)
    spend(window, clock, out=7.0, back=3.0)
    spend(window, clock)
    assert window.seconds_until(1) == 60.0
    assert spend(window, clock) == NOW + 10 + 60


def test_an_answer_that_took_longer_than_the_period_costs_no_waiting_for_its_time() -> None:
    clock = FakeClock()
    window = make(clock)
    moments = [spend(window, clock, out=100.0) for _ in range(4)]
    assert moments == [NOW + 100, NOW + 200, NOW + 300, NOW + 400]


def test_a_request_that_fails_has_spent_its_permit() -> None:
    clock = FakeClock()
    window = make(clock)
    for _ in range(2):
        with suppress(ConnectionLostError), window.acquire() as permit, permit.record_request():
            raise ConnectionLostError
    assert window.seconds_until(1) == PERIOD
    assert spend(window, clock) == NOW + PERIOD


def test_room_without_a_request_spends_nothing() -> None:
    clock = FakeClock()
    window = make(clock)
    for _ in range(5):
        with window.acquire():
            pass
    assert (clock.slept, window.seconds_until(1)) == ([], 0.0)


@pytest.mark.parametrize("back", [1.0, 59.0, 60.0, 86_400.0, 1e9])
def test_a_clock_put_back_costs_one_period_at_most(back: float) -> None:
    clock = FakeClock()
    window = make(clock)
    for _ in range(2):
        spend(window, clock)
    clock.now -= back
    assert window.seconds_until(1) == PERIOD
    assert spend(window, clock) == NOW - back + PERIOD


def test_a_clock_put_back_while_a_request_is_out() -> None:
    clock = FakeClock()
    window = make(clock, limit=1)
    with window.acquire() as permit, permit.record_request():
        clock.now -= 3600
    assert spend(window, clock) == NOW - 3600 + PERIOD


@pytest.mark.parametrize("shared", [True, False])
def test_a_clock_put_back_opens_what_was_closed(tmp_path: Path, *, shared: bool) -> None:
    clock = FakeClock()
    window = make(clock, tmp_path if shared else None)
    with window.acquire() as permit, permit.record_request():
        permit.block_for(0.0)
    clock.now -= 86_400
    assert window.seconds_until(1) <= MAX_RETRY_AFTER_SECONDS


@pytest.mark.parametrize(
    ("asked", "waited"),
    [(0.0, 60.0), (17.0, 60.0), (60.0, 60.0), (90.0, 90.0), (1e9, 3600.0), (1e400, 3600.0)],
)
def test_a_refusal_closes_for_what_was_asked_or_a_period(asked: float, waited: float) -> None:
    clock = FakeClock()
    window = make(clock)
    with window.acquire() as permit, permit.record_request():
        permit.block_for(asked)
    assert window.seconds_until(1) == waited
    assert spend(window, clock) == NOW + waited
    assert spend(window, clock) == NOW + waited, "the refused request has spent one permit only"


def test_a_refusal_closes_for_all_runs(tmp_path: Path) -> None:
    clock = FakeClock()
    one, other = make(clock, tmp_path), make(clock, tmp_path)
    with one.acquire() as permit, permit.record_request():
        permit.block_for(600.0)
    assert other.seconds_until(1) == 600.0
    assert spend(other, clock) == NOW + 600


def test_a_stamp_is_on_disk_before_the_request_goes_out(tmp_path: Path) -> None:
    clock = FakeClock()
    window = make(clock, tmp_path)

    def request_times() -> list[float]:
        (file,) = tmp_path.rglob("*.json")
        return msgspec.json.decode(file.read_bytes(), type=CacheEntry).request_times

    with window.acquire() as permit, permit.record_request():
        assert request_times() == [NOW]
        clock.sleep(5.0)
        assert request_times() == [NOW]
    assert request_times() == [NOW + 5]


def test_a_run_that_is_killed_has_spent_its_request(tmp_path: Path) -> None:
    clock = FakeClock()
    killed, next_run = make(clock, tmp_path, limit=1), make(clock, tmp_path, limit=1)
    with killed.acquire() as permit, permit.record_request():
        (file,) = tmp_path.rglob("*.json")
        left_behind = file.read_bytes()
    file.write_bytes(left_behind)
    assert spend(next_run, clock) == NOW + PERIOD


def test_the_lock_is_not_held_while_waiting(tmp_path: Path) -> None:
    clock = FakeClock()
    one, other = make(clock, tmp_path, limit=1), make(clock, tmp_path, limit=1)
    spend(one, clock)
    seen: list[float] = []
    wait = clock.sleep

    def sleep(seconds: float, /) -> None:
        seen.append(other.seconds_until(1))
        wait(seconds)

    clock.sleep = sleep  # type: ignore[method-assign]
    with one.acquire():
        assert seen == [PERIOD]


def test_a_run_that_was_overtaken_while_it_waited_waits_again(tmp_path: Path) -> None:
    clock = FakeClock()
    one, other = make(clock, tmp_path, limit=1), make(clock, tmp_path, limit=1)
    spend(one, clock)
    wait, overtaken = clock.sleep, []

    def sleep(seconds: float, /) -> None:
        wait(seconds)
        clock.sleep = wait  # type: ignore[method-assign]
        overtaken.append(spend(other, clock))

    clock.sleep = sleep  # type: ignore[method-assign]
    assert spend(one, clock) == overtaken[0] + PERIOD


def test_no_more_stamps_are_kept_than_are_needed(tmp_path: Path) -> None:
    clock = FakeClock()
    window = make(clock, tmp_path)
    for _ in range(7):
        spend(window, clock, back=random.Random(7).random())  # noqa: S311 - no cryptography
    with window.acquire() as permit:
        assert len(permit.entry.request_times) == 2


def test_stamps_of_a_higher_limit_are_counted() -> None:
    clock = FakeClock()
    ledger = AccountCache(None, "account", clock)
    for _ in range(3):
        spend(RateLimiter(3, PERIOD, ledger, clock), clock, back=10.0)
    window = RateLimiter(1, PERIOD, ledger, clock)
    assert window.seconds_until(1) == PERIOD
