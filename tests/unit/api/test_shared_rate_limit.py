"""Runs that share a rate limit by the account's cache."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import msgspec

from tap_ozonetel.api.account_cache import CacheEntry
from tests.helpers.clock import NOW, FakeClock
from tests.helpers.limited_run import PERIOD, LimitedRun

if TYPE_CHECKING:
    from pathlib import Path


def test_a_block_is_for_all_runs(tmp_path: Path) -> None:
    clock = FakeClock()
    one, other = LimitedRun(clock, tmp_path), LimitedRun(clock, tmp_path)
    with one.request() as permit:
        permit.block_for(600.0)
    assert other.seconds_until(1) == 600.0
    assert other.send() == NOW + 600


def test_the_time_is_saved_before_the_request(tmp_path: Path) -> None:
    clock = FakeClock()
    run = LimitedRun(clock, tmp_path)

    def request_times() -> list[float]:
        (file,) = tmp_path.rglob("*.json")
        return msgspec.json.decode(file.read_bytes(), type=CacheEntry).request_times

    with run.request():
        assert request_times() == [NOW]
        clock.sleep(5.0)
        assert request_times() == [NOW]
    assert request_times() == [NOW + 5]


def test_the_request_of_a_killed_run_counts(tmp_path: Path) -> None:
    clock = FakeClock()
    killed, next_run = LimitedRun(clock, tmp_path, limit=1), LimitedRun(clock, tmp_path, limit=1)
    with killed.request():
        (file,) = tmp_path.rglob("*.json")
        left_behind = file.read_bytes()
    file.write_bytes(left_behind)
    assert next_run.send() == NOW + PERIOD


def test_the_lock_is_free_during_a_wait(tmp_path: Path) -> None:
    clock = FakeClock()
    one, other = LimitedRun(clock, tmp_path, limit=1), LimitedRun(clock, tmp_path, limit=1)
    one.send()
    seen: list[float] = []
    wait = clock.sleep

    def sleep(seconds: float, /) -> None:
        seen.append(other.seconds_until(1))
        wait(seconds)

    clock.sleep = sleep  # type: ignore[method-assign]
    with one.authenticator.authorize(one.limit):
        assert seen == [PERIOD]


def test_a_run_that_was_overtaken_waits_again(tmp_path: Path) -> None:
    clock = FakeClock()
    one, other = LimitedRun(clock, tmp_path, limit=1), LimitedRun(clock, tmp_path, limit=1)
    one.send()
    wait, overtaken = clock.sleep, []

    def sleep(seconds: float, /) -> None:
        wait(seconds)
        clock.sleep = wait  # type: ignore[method-assign]
        overtaken.append(other.send())

    clock.sleep = sleep  # type: ignore[method-assign]
    assert one.send() == overtaken[0] + PERIOD


def test_only_the_necessary_times_are_saved(tmp_path: Path) -> None:
    clock = FakeClock()
    run = LimitedRun(clock, tmp_path)
    for _ in range(7):
        run.send(back=random.Random(7).random())  # noqa: S311 - no cryptography
    with run.authenticator.authorize(run.limit):
        assert len(run.cache.peek().request_times) == 2
