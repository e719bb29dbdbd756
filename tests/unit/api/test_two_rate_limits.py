"""The rate limits of the calls and of the agent summary, in one account cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_ozonetel.api.account_cache import AccountCache, CacheEntry
from tests.helpers.clock import NOW, FakeClock
from tests.helpers.examples import examples
from tests.helpers.limited_run import PERIOD, LimitedRun

if TYPE_CHECKING:
    from pathlib import Path

LIMITS = {"calls": 2, "summary": 5}


def make_runs(clock: FakeClock, folder: Path | None = None) -> dict[str, LimitedRun]:
    cache = AccountCache(folder, "account", clock, 300.0)
    return {
        "calls": LimitedRun(clock, limit=LIMITS["calls"], cache=cache),
        "summary": LimitedRun(
            clock, limit=LIMITS["summary"], find_history=lambda entry: entry.summary, cache=cache
        ),
    }


@examples(200)
@given(st.lists(st.tuples(st.sampled_from(sorted(LIMITS)), st.sampled_from([0.0, 0.5, 20.0]))))
def test_both_limits_hold_and_each_request_counts_once(plan: list[tuple[str, float]]) -> None:
    clock = FakeClock()
    runs = make_runs(clock)
    counted: dict[str, list[float]] = {name: [] for name in LIMITS}
    for name, seconds in plan:
        counted[name].append(runs[name].send(back=seconds))
    for name, times in counted.items():
        limit = LIMITS[name]
        pairs = zip(times, times[limit:], strict=False)
        assert all(later - earlier >= PERIOD for earlier, later in pairs)
    entry = runs["calls"].cache.peek()
    assert len(entry.request_times) == min(len(counted["calls"]), LIMITS["calls"])
    assert len(entry.summary.request_times) == min(len(counted["summary"]), LIMITS["summary"])


@pytest.mark.parametrize(("busy", "free"), [("calls", "summary"), ("summary", "calls")])
def test_a_used_up_limit_does_not_hold_up_the_other(busy: str, free: str) -> None:
    clock = FakeClock()
    runs = make_runs(clock)
    for _ in range(LIMITS[busy]):
        runs[busy].send()
    assert runs[busy].seconds_until(1) == PERIOD
    assert runs[free].seconds_until(LIMITS[free]) == 0.0
    with runs[busy].request() as permit:
        permit.block_for(600.0)
    assert runs[busy].seconds_until(1) == 600.0
    assert runs[free].seconds_until(1) == 0.0


def test_a_cache_file_without_the_summary_is_read(tmp_path: Path) -> None:
    clock = FakeClock()
    make_runs(clock, tmp_path)["calls"].send()
    (file,) = (tmp_path / "accounts").glob("*.json")
    content = msgspec.json.decode(file.read_bytes())
    del content["summary"]
    file.write_bytes(msgspec.json.encode(content))
    runs = make_runs(clock, tmp_path)
    assert runs["calls"].cache.peek().request_times == [NOW]
    assert runs["summary"].seconds_until(LIMITS["summary"]) == 0.0
    assert CacheEntry().summary.request_times == []
