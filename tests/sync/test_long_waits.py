"""The wait for one request is bounded, and said before it begins."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel.errors import OzonetelError
from tests.helpers.days import FIRST_DAY, THREE_DAYS
from tests.helpers.sync import Sync, make_tap, sync

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.clock import FakeClock

HOUR = 3600


def test_one_wait_of_an_hour_is_said_and_made(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with Sandbox(Options(records=2, faults=f"2=rate+retry-after:{HOUR}"), clock=clock) as box:
        done = sync(box, clock, **THREE_DAYS)
    assert len(done.bookmarks()) == 3
    assert sum(clock.slept) == HOUR
    assert "rate limit exceeded; retrying in 3.6e+03 s, at 11:00 (Asia/Kolkata)" in caplog.text


def test_waits_of_more_than_an_hour_end_the_run(clock: FakeClock) -> None:
    done = Sync()
    options = Options(records=2, faults=f"2-99=rate+retry-after:{HOUR // 2}")
    with Sandbox(options, clock=clock) as box, pytest.raises(OzonetelError) as failed:
        sync(box, clock, **THREE_DAYS, output=done)
    assert sum(clock.slept) == HOUR
    assert len(box.requests) == 1 + 3
    assert done.bookmarks() == [str(FIRST_DAY)]
    if "Not read completely" not in str(failed.value):
        assert re.search(r"permits no request before 11:30 \(Asia/Kolkata\)", str(failed.value))


def test_a_progress_line_takes_no_lock_and_writes_nothing(clock: FakeClock, tmp_path: Path) -> None:
    with Sandbox(Options(records=2), clock=clock) as box:
        sync(box, clock, **THREE_DAYS, cache_dir=str(tmp_path))
        account = make_tap(box, clock, cache_dir=str(tmp_path)).account
        (file,) = tmp_path.rglob("*.json")
        before = (file.read_bytes(), file.stat().st_mtime_ns, sorted(tmp_path.rglob("*")))
        # Another run holds the lock. Waiting for it would take minutes.
        with account.authenticator.cache.locked():
            watcher = make_tap(box, clock, cache_dir=str(tmp_path)).account
            seconds = watcher.authenticator.seconds_until(watcher.cdr_limit, 3)
            assert (file.read_bytes(), file.stat().st_mtime_ns, sorted(tmp_path.rglob("*"))) == (
                before
            )
    assert seconds > 0
