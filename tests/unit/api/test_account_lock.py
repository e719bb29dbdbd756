"""The lock and the folder of an account's cache, as file systems and containers have them."""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
import pwd
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from tap_ozonetel.api import account_cache
from tap_ozonetel.api.account_cache import AccountCache, CacheEntry
from tests.helpers.clock import NOW, FakeClock

if TYPE_CHECKING:
    from collections.abc import Iterator


TOKEN = "t-1"


def make(folder: Path | None) -> AccountCache:
    return AccountCache(folder, "account", FakeClock())


def read_token(cache: AccountCache) -> str | None:
    with cache.locked() as entry:
        return entry.token


def write_token(cache: AccountCache, token: str = TOKEN) -> None:
    with cache.locked() as entry:
        entry.token, entry.token_created_at, entry.token_expires_at = token, NOW, NOW + 3480


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
    write_token(make(folder))
    (path,) = folder.rglob("*.lock")
    return path


def test_the_wait_for_a_lock_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = lock_file(tmp_path)
    monkeypatch.setattr(account_cache, "LOCK_NOTICE_SECONDS", 0.05)
    monkeypatch.setattr(account_cache, "MAX_LOCK_SECONDS", 0.1)
    caplog.set_level(logging.INFO, "tap-ozonetel")
    cache = make(tmp_path)
    with held(path):
        write_token(cache, "t-2")
        # It does not wait again.
        monkeypatch.setattr(account_cache, "MAX_LOCK_SECONDS", 1e9)
        assert read_token(cache) == "t-2"
    assert "another run has held its lock for 0 s" in only_warning(caplog)
    assert "Waiting for a request of another run" in caplog.text
    assert read_token(make(tmp_path)) == "t-1", "what others share is left alone"


def test_the_bound_leaves_other_runs_their_requests() -> None:
    assert account_cache.MAX_LOCK_SECONDS == 900


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
    cache = make(tmp_path)
    write_token(cache, "t-2")
    assert read_token(cache) == "t-2"
    assert os.strerror(number) in only_warning(caplog)
    assert not path.exists() or path.read_text() == (marker or "")


def test_a_user_without_a_home_folder_is_one_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    def unknown(_: int) -> NoReturn:
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    monkeypatch.chdir(tmp_path)
    cache = make(Path("~/.cache/tap-ozonetel"))
    write_token(cache)
    assert read_token(cache) == "t-1"
    assert "the user has no home folder" in only_warning(caplog)
    assert list(tmp_path.iterdir()) == []


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("link", ["cache", "cache/accounts"])
def test_the_target_of_a_symbolic_link_keeps_its_mode(tmp_path: Path, link: str) -> None:
    target = tmp_path / "shared"
    target.mkdir()
    target.chmod(0o755)
    (tmp_path / link).parent.mkdir(exist_ok=True)
    (tmp_path / link).symlink_to(target)
    write_token(make(tmp_path / "cache"))
    assert mode(target) == 0o755
    (file,) = target.rglob("*.json")
    assert mode(file) == 0o600
    assert read_token(make(tmp_path / "cache")) == "t-1"


def test_a_folder_that_others_can_read_is_closed(tmp_path: Path) -> None:
    (tmp_path / "accounts").mkdir()
    (tmp_path / "accounts").chmod(0o755)
    write_token(make(tmp_path))
    assert mode(tmp_path / "accounts") == 0o700


@pytest.mark.parametrize(
    "token", ["", " ", "t 1", "t\t1", "t\r\nx: y", "té", "漢", "t\x7f", "t" * 9000]
)
def test_a_token_that_cannot_be_a_header_is_not_used(tmp_path: Path, token: str) -> None:
    write_token(make(tmp_path))
    (file,) = tmp_path.rglob("*.json")
    file.write_text(json.dumps({"token": token, "token_expires_at": NOW + 3480}))
    with make(tmp_path).locked() as entry:
        assert entry == CacheEntry()
