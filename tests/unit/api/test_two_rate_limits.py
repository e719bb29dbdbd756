"""The rate limits of the calls and of the agent summary, in one account cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_ozonetel.api.account_cache import AccountCache, CacheEntry
from tap_ozonetel.api.rate_limiter import RateLimiter
from tests.helpers.clock import NOW, FakeClock
from tests.helpers.examples import examples

if TYPE_CHECKING:
    from pathlib import Path

LIMITS = {"calls": 2, "summary": 5}
PERIOD = 60.0


def make_limiters(clock: FakeClock, folder: Path | None = None) -> dict[str, RateLimiter]:
    cache = AccountCache(folder, "account", clock, 300.0)
    return {
        "calls": RateLimiter(LIMITS["calls"], PERIOD, cache, clock),
        "summary": RateLimiter(
            LIMITS["summary"], PERIOD, cache, clock, lambda entry: entry.summary
        ),
    }


def send(limiter: RateLimiter, clock: FakeClock, seconds: float = 0.0) -> float:
    """Send a request, and return when the server counted it."""
    with limiter.acquire() as permit, permit.record_request():
        counted = clock.time()
        clock.sleep(seconds)
    return counted


@examples(200)
@given(st.lists(st.tuples(st.sampled_from(sorted(LIMITS)), st.sampled_from([0.0, 0.5, 20.0]))))
def test_both_limits_hold_and_each_request_counts_once(plan: list[tuple[str, float]]) -> None:
    clock = FakeClock()
    limiters = make_limiters(clock)
    counted: dict[str, list[float]] = {name: [] for name in LIMITS}
    for name, seconds in plan:
        counted[name].append(send(limiters[name], clock, seconds))
    for name, times in counted.items():
        limit = LIMITS[name]
        pairs = zip(times, times[limit:], strict=False)
        assert all(later - earlier >= PERIOD for earlier, later in pairs)
    with limiters["calls"].acquire() as permit:
        entry = permit.entry
        assert len(entry.request_times) == min(len(counted["calls"]), LIMITS["calls"])
        assert len(entry.summary.request_times) == min(len(counted["summary"]), LIMITS["summary"])


@pytest.mark.parametrize(("busy", "free"), [("calls", "summary"), ("summary", "calls")])
def test_a_used_up_limit_does_not_hold_up_the_other(busy: str, free: str) -> None:
    clock = FakeClock()
    limiters = make_limiters(clock)
    for _ in range(LIMITS[busy]):
        send(limiters[busy], clock)
    assert limiters[busy].seconds_until(1) == PERIOD
    assert limiters[free].seconds_until(LIMITS[free]) == 0.0
    with limiters[busy].acquire() as permit:
        permit.block_for(600.0)
    assert limiters[busy].seconds_until(1) == 600.0
    assert limiters[free].seconds_until(1) == 0.0


def test_a_cache_file_without_the_summary_is_read(tmp_path: Path) -> None:
    clock = FakeClock()
    send(make_limiters(clock, tmp_path)["calls"], clock)
    (file,) = (tmp_path / "accounts").glob("*.json")
    content = msgspec.json.decode(file.read_bytes())
    del content["summary"]
    file.write_bytes(msgspec.json.encode(content))
    limiters = make_limiters(clock, tmp_path)
    with limiters["calls"].acquire() as permit:
        assert permit.entry.request_times == [NOW]
    assert limiters["summary"].seconds_until(LIMITS["summary"]) == 0.0
    assert CacheEntry().summary.request_times == []
