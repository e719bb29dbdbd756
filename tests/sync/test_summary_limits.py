"""The rate limit of the stream agent_summary beside the one of the calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Options, Sandbox
from tests.helpers.clock import FakeClock
from tests.helpers.days import day
from tests.helpers.summary import STREAM, ranges, requested
from tests.helpers.sync import make_tap, sync

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def sync_times(requests: Sequence[Any]) -> list[float]:
    return [request.at for request in requests]


@pytest.mark.parametrize("auth_method", ["token", "api_key"])
def test_two_streams_wait_no_longer_than_the_calls_alone(
    clock: FakeClock, auth_method: str
) -> None:
    options = Options(records=3, auth_method=auth_method)
    with Sandbox(options, clock=clock) as box:
        sync(box, clock)
    alone = sum(clock.slept)
    both_clock = FakeClock()
    with Sandbox(options, clock=both_clock) as box:
        sync(box, both_clock, "cdr_details", STREAM, start_date=day(-100))
        assert box.rate_limited_count == 0
        assert len(box.requests) == 15
        # Four ranges are within the limit of five requests per minute.
        assert len(box.summary_requests) == 4
    assert sum(both_clock.slept) == alone == pytest.approx(7 * 60, abs=1)


def test_more_ranges_than_the_limit_wait_for_it_alone(clock: FakeClock) -> None:
    with Sandbox(Options(records=0), clock=clock) as box:
        sync(box, clock, STREAM, start_date=day(-359))
        assert len(box.summary_requests) == 12
        assert box.rate_limited_count == 0
        times = sync_times(box.summary_requests)
    assert sum(clock.slept) == pytest.approx(2 * 60, abs=1)
    assert all(later - earlier >= 60 for earlier, later in zip(times, times[5:], strict=False))


def test_the_setting_of_the_limit(clock: FakeClock) -> None:
    with Sandbox(Options(records=0, summary_limit=1), clock=clock) as box:
        sync(box, clock, STREAM, start_date=day(-89), summary_rate_limit_requests=1)
        assert box.rate_limited_count == 0
    assert sum(clock.slept) == pytest.approx(2 * 60, abs=1)


def test_an_exceeded_limit_blocks_only_the_summary(clock: FakeClock) -> None:
    options = Options(records=0, summary_limit=1)
    with Sandbox(options, clock=clock) as box:
        tap = make_tap(box, clock, STREAM, start_date=day(-59), summary_rate_limit_requests=5)
        tap.sync_all()
        assert box.rate_limited_count == 1
        assert tap.account.authenticator.seconds_until(tap.account.cdr_limit, 1) == 0
        assert requested(box) == ranges((-59, -30), *[(-29, 0)] * 2)


def test_runs_share_the_limit_by_the_cache(clock: FakeClock, tmp_path: Path) -> None:
    with Sandbox(Options(records=0, summary_limit=2), clock=clock) as box:
        config: dict[str, Any] = {"cache_dir": str(tmp_path), "summary_rate_limit_requests": 2}
        for _ in range(3):
            sync(box, clock, STREAM, **config)
        assert box.rate_limited_count == 0
        assert box.tokens_made == 1
    assert sum(clock.slept) == pytest.approx(60, abs=1)
