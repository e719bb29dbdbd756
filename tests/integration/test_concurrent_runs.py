"""Concurrent and consecutive runs of an account share the rate limit and a token."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import time
from typing import TYPE_CHECKING

from sandbox import Options, Sandbox
from tests.helpers.days import time_zone_at_noon
from tests.helpers.sync import command_line, run

if TYPE_CHECKING:
    from pathlib import Path


def start(folder: Path, box: Sandbox, cache: Path, *streams: str) -> subprocess.Popen[str]:
    folder.mkdir()
    command = command_line(folder, {**box.config, "cache_dir": str(cache)}, *streams)
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_concurrent_runs_share_a_token_and_the_rate_limit(tmp_path: Path) -> None:
    with Sandbox(Options(records=3, period=0.4)) as box:
        runs = [start(tmp_path / name, box, tmp_path / "cache") for name in ("one", "two")]
        outputs = [each.communicate(timeout=60) for each in runs]
    assert [each.returncode for each in runs] == [0, 0], outputs
    assert (len(box.requests), box.rate_limited_count, box.tokens_made) == (30, 0, 1)


def test_two_runs_at_once_without_a_shared_cache_succeed(tmp_path: Path) -> None:
    """Two machines. What is bounded here is shown exactly in tests/sync/test_two_machines.py."""
    with Sandbox(Options(records=3, period=0.5)) as box:
        runs = [start(tmp_path / name, box, tmp_path / f"cache-{name}") for name in ("one", "two")]
        outputs = [each.communicate(timeout=120) for each in runs]
        expected = len(box.calls_between(box.today() - dt.timedelta(days=14), box.today()))
    assert [each.returncode for each in runs] == [0, 0], outputs
    records = [stdout.count('"type":"RECORD"') for stdout, _ in outputs]
    assert all(0 <= expected - each <= 3 for each in records), "today may have had more calls"
    assert 2 <= box.tokens_made <= 10


def test_consecutive_runs_share_a_token(tmp_path: Path) -> None:
    with Sandbox(Options(records=3, limit=9, period=0.5)) as box:
        state = None
        for _ in range(3):
            done = run(box, tmp_path, state=state, cache_dir=str(tmp_path / "cache"))
            state = done.states[-1]
    assert (box.rate_limited_count, box.tokens_made) == (0, 1)


def test_an_unusable_cache_dir_causes_one_warning(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("not a folder")
    with Sandbox(Options(records=3, limit=99, timezone=time_zone_at_noon())) as box:
        done = run(box, tmp_path, cache_dir=str(tmp_path / "file"))
    assert (done.code, len(done.bookmarks())) == (0, 15)
    assert done.log.count("cache_dir cannot be used") == 1
    assert box.tokens_made == 1


def test_the_request_of_a_killed_run_counts(tmp_path: Path) -> None:
    options = Options(records=3, limit=1, period=3, faults="1=slow:1")
    with Sandbox(options) as box:
        killed = start(tmp_path / "one", box, tmp_path / "cache")
        assert killed.stderr is not None
        # The tap is about to send the request, to which the response takes a second.
        assert any("Requesting a token" in line for line in killed.stderr)
        time.sleep(0.5)
        killed.kill()
        killed.communicate()
        (cache_file,) = (tmp_path / "cache" / "accounts").glob("*.json")
        assert len(json.loads(cache_file.read_text())["request_times"]) == 1
        run(box, tmp_path, cache_dir=str(tmp_path / "cache"), start_date=box.today().isoformat())
    first, second, *_ = sorted(request.at for request in box.requests)
    # The period, minus the time between the recording of the request and its arrival.
    assert second - first > 2
    assert box.tokens_made == 1
