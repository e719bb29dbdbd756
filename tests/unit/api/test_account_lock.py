"""The lock and the folder of an account's cache, as file systems and containers have them."""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
import pwd
import re
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from filelock import FileLock, Timeout

from tap_ozonetel import transport
from tap_ozonetel.api import account_cache
from tap_ozonetel.api.account_cache import CacheEntry
from tap_ozonetel.transport.time_limits import MAX_DOWNLOAD_SECONDS
from tests.helpers.account_cache import REQUEST_TIMEOUT, make_cache, mode, read_token, save_token
from tests.helpers.clock import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator


def only_warning(caplog: pytest.LogCaptureFixture) -> str:
    (warning,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert "shares neither its token nor the rate limit with other runs" in warning.message
    return warning.message


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a lock as another process does."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def lock_file(folder: Path) -> Path:
    save_token(make_cache(folder))
    (path,) = folder.rglob("*.lock")
    return path


def test_the_wait_for_a_lock_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = lock_file(tmp_path)
    monkeypatch.setattr(account_cache, "LOCK_NOTICE_SECONDS", 0.05)
    monkeypatch.setattr(transport, "max_seconds", lambda _: 0.05)
    cache = make_cache(tmp_path)
    with held(path):
        save_token(cache, "t-2")
        # It does not wait again.
        with monkeypatch.context() as patch:
            patch.setattr(account_cache, "FileLock", None)
            assert read_token(cache) == "t-2"
    assert "another run has held its lock for 0 s" in only_warning(caplog)
    assert read_token(make_cache(tmp_path)) == "t-1", "what others share is left alone"


def test_the_wait_is_longer_than_the_longest_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A run may hold the lock for a token and for records, each in up to an hour."""
    timeouts: list[float] = []

    def acquire(_: object, timeout: float) -> None:
        timeouts.append(timeout)
        raise Timeout("lock")

    caplog.set_level(logging.INFO, "tap-ozonetel")
    monkeypatch.setattr(FileLock, "acquire", acquire)
    save_token(make_cache(tmp_path))
    longest_response = REQUEST_TIMEOUT + MAX_DOWNLOAD_SECONDS
    assert sum(timeouts) > 2 * longest_response
    assert sum(timeouts) < 2 * longest_response + 700
    until = re.search(r"to finish its request, until (\S+ \S+) at", caplog.text)
    assert until
    seconds = datetime.fromisoformat(until[1]).timestamp() - NOW
    assert abs(seconds - timeouts[1]) < 60


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP])
@pytest.mark.parametrize("marker", [None, "1\nanother-host\n"])
def test_a_file_system_without_locks_has_no_marker_files(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    number: int,
    marker: str | None,
) -> None:
    path = lock_file(tmp_path)
    path.unlink()
    if marker is not None:
        path.write_text(marker)

    def unsupported(*_: object) -> NoReturn:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", unsupported)
    cache = make_cache(tmp_path)
    save_token(cache, "t-2")
    assert read_token(cache) == "t-2"
    assert os.strerror(number) in only_warning(caplog)
    assert not path.exists() or path.read_text() == (marker or "")


def test_a_user_without_a_home_directory_is_one_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    def unknown(_: int) -> NoReturn:
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    monkeypatch.chdir(tmp_path)
    cache = make_cache(Path("~/.cache/tap-ozonetel"))
    save_token(cache)
    assert read_token(cache) == "t-1"
    assert "the user has no home directory" in only_warning(caplog)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("link", ["cache", "cache/accounts"])
def test_the_target_of_a_symbolic_link_keeps_its_mode(tmp_path: Path, link: str) -> None:
    target = tmp_path / "shared"
    target.mkdir()
    target.chmod(0o755)
    (tmp_path / link).parent.mkdir(exist_ok=True)
    (tmp_path / link).symlink_to(target)
    save_token(make_cache(tmp_path / "cache"))
    assert mode(target) == 0o755
    (file,) = target.rglob("*.json")
    assert mode(file) == 0o600
    assert read_token(make_cache(tmp_path / "cache")) == "t-1"


def test_a_folder_that_others_can_read_is_closed(tmp_path: Path) -> None:
    (tmp_path / "accounts").mkdir()
    (tmp_path / "accounts").chmod(0o755)
    save_token(make_cache(tmp_path))
    assert mode(tmp_path / "accounts") == 0o700


@pytest.mark.parametrize(
    "token", ["", " ", "t 1", "t\t1", "t\r\nx: y", "té", "漢", "t\x7f", "t" * 9000]
)
def test_a_token_that_cannot_be_a_header_is_not_used(tmp_path: Path, token: str) -> None:
    save_token(make_cache(tmp_path))
    (file,) = tmp_path.rglob("*.json")
    file.write_text(json.dumps({"token": token, "token_expires_at": NOW + 3480}))
    with make_cache(tmp_path).locked() as entry:
        assert entry == CacheEntry()


def test_peeking_takes_no_lock_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = lock_file(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path.parent))
    before = {each: each.stat() for each in tmp_path.rglob("*")}
    monkeypatch.setattr(account_cache, "FileLock", None)
    with held(path):
        for directory in (tmp_path, Path("~") / tmp_path.name):
            entry = make_cache(directory).peek()
            assert (entry.token, entry.request_times) == ("t-1", [NOW - 2, NOW - 1])
    assert {each: each.stat() for each in tmp_path.rglob("*")} == before
    assert make_cache(tmp_path / "missing").peek() == CacheEntry()
    assert not (tmp_path / "missing").exists()


def test_peeking_sees_other_runs_and_changes_nothing(tmp_path: Path) -> None:
    for directory in (tmp_path, None):
        cache = make_cache(directory)
        save_token(cache)
        other = make_cache(directory) if directory else cache
        save_token(other, "t-2")
        entry = cache.peek()
        assert entry.token == "t-2"
        entry.token = "t-3"
        entry.request_times.clear()
        entry.summary.request_times.append(NOW)
        assert cache.peek().summary.request_times == []
        assert len(cache.peek().request_times) == 2
        assert read_token(cache) == "t-2"


def test_an_interrupted_save_releases_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = lock_file(tmp_path)
    cache = make_cache(tmp_path)

    def interrupt() -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(cache, "save", interrupt)
    with pytest.raises(KeyboardInterrupt) as kept, cache.locked():
        pass
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    # Its traceback keeps the frames, and so would keep the lock.
    assert kept.tb is not None
