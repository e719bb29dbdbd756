"""The cache that runs share: private, atomic, and never the cause of a failure."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tap_ozonetel.api import account_cache
from tap_ozonetel.api.account_cache import MAX_SECONDS_AHEAD, AccountCache, CacheEntry
from tests.helpers.account_cache import ACCOUNT, make_cache, mode, read_token, save_token
from tests.helpers.clock import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Makes the account's cache in another process.
SCRIPT = f"""
import os, pathlib, sys, time
from tap_ozonetel.api.account_cache import AccountCache
cache = AccountCache(pathlib.Path(sys.argv[1]), {ACCOUNT!r}, time, 300.0)
"""


@pytest.fixture
def loose_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A saved cache file."""
    save_token(make_cache(tmp_path))
    (file,) = tmp_path.rglob("*.json")
    return file


@pytest.mark.usefixtures("loose_umask")
def test_only_the_owner_can_read_the_file(tmp_path: Path) -> None:
    (tmp_path / "accounts").mkdir(mode=0o777)
    save_token(make_cache(tmp_path))
    kept = [path for path in (tmp_path / "accounts").iterdir() if path.is_file()]
    assert {path.suffix for path in kept} >= {".json"}
    assert {mode(path) for path in kept} == {0o600}
    assert mode(tmp_path / "accounts") == 0o700


def test_no_file_name_has_the_account(file: Path) -> None:
    names = " ".join(str(path) for path in file.parent.iterdir())
    for part in ("acme", "support", "ozonetel", "in1"):
        assert part not in names
    assert len(file.stem) == 32
    assert int(file.stem, 16)


def test_each_account_has_its_own_entry(tmp_path: Path) -> None:
    save_token(make_cache(tmp_path), "mine")
    assert read_token(make_cache(tmp_path, f"{ACCOUNT}2")) is None
    assert read_token(make_cache(tmp_path)) == "mine"


def test_an_entry_outlives_its_cache(tmp_path: Path) -> None:
    save_token(make_cache(tmp_path))
    with make_cache(tmp_path).locked() as entry:
        assert entry == CacheEntry(
            request_times=[NOW - 2, NOW - 1],
            token="t-1",
            token_created_at=NOW,
            token_expires_at=NOW + 3480,
        )


def test_changes_of_another_run_are_visible(tmp_path: Path) -> None:
    one, other = make_cache(tmp_path), make_cache(tmp_path)
    save_token(one, "first")
    assert read_token(other) == "first"
    save_token(other, "second")
    assert read_token(one) == "second"


def test_changes_are_saved_if_the_with_block_fails(tmp_path: Path) -> None:
    def fail() -> None:
        with make_cache(tmp_path).locked() as entry:
            entry.token = "t-1"
            raise ConnectionError

    with pytest.raises(ConnectionError):
        fail()
    assert read_token(make_cache(tmp_path)) == "t-1"


def test_the_repr_has_no_token() -> None:
    assert "secret" not in repr(CacheEntry(token="secret"))


def test_a_write_is_atomic(file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = file.read_bytes()
    cache = make_cache(tmp_path)

    def torn(path: Path, target: Path) -> None:
        assert (path, target) == (file.with_suffix(".draft"), file)
        assert mode(path) == 0o600
        assert json.loads(path.read_bytes())["token"] == "t-2"
        raise KeyboardInterrupt

    def write() -> None:
        with cache.locked() as entry:
            monkeypatch.setattr(Path, "replace", torn)
            entry.token = "t-2"

    with pytest.raises(KeyboardInterrupt):
        write()
    assert file.read_bytes() == before
    assert list(file.parent.glob("*.draft")) == []


@pytest.mark.usefixtures("loose_umask")
def test_the_drafts_of_killed_runs_do_not_add_up(tmp_path: Path, file: Path) -> None:
    script = SCRIPT + "pathlib.Path.replace = lambda *_: os._exit(9)\nwith cache.locked(): pass\n"
    for _ in range(3):
        run = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
        assert run.returncode == 9
    (draft,) = file.parent.glob("*.draft*")
    assert mode(draft) == 0o600
    draft.chmod(0o644)  # Another program's, which may keep it open.
    save_token(make_cache(tmp_path), "t-2")
    assert list(file.parent.glob("*.draft*")) == []
    assert (mode(file), read_token(make_cache(tmp_path))) == (0o600, "t-2")


BROKEN = {
    "empty": b"",
    "cut": b'{"request_times":[17737218',
    "binary": b"\x00\xff\xfe",
    "not an object": b"[1, 2]",
    "another's": b'{"request_times": "yesterday"}',
    "null request_times": b'{"request_times": null}',
    "a token that is none": b'{"token": 7}',
    "a token that is no header": b'{"token": "t\\r\\nx: y"}',
    "too large": b'{"blocked_until": 1e999}',
    "nested": b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "not utf-8": b'{"token": "\xff"}',
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_an_invalid_cache_file_is_replaced(
    file: Path, tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    file.write_bytes(content)
    cache = make_cache(tmp_path)
    with cache.locked() as entry:
        assert entry == CacheEntry()
    save_token(cache, "t-2")
    assert read_token(make_cache(tmp_path)) == "t-2"
    assert caplog.messages == []


@pytest.mark.parametrize(
    "name", ["blocked_until", "token_created_at", "token_expires_at", "request_times"]
)
def test_a_cache_file_from_the_future_is_replaced(file: Path, tmp_path: Path, name: str) -> None:
    ahead = NOW + MAX_SECONDS_AHEAD
    for value, token in ((ahead, "t-1"), (ahead + 1, None)):
        told = {"token": "t-1", name: [value] if name == "request_times" else value}
        file.write_text(json.dumps(told))
        assert read_token(make_cache(tmp_path)) == token


def test_fields_of_a_later_version_are_ignored(file: Path, tmp_path: Path) -> None:
    file.write_text(json.dumps({"token": "t-1", "pages": [1]}))
    assert read_token(make_cache(tmp_path)) == "t-1"


def continues_in_memory(cache: AccountCache, caplog: pytest.LogCaptureFixture) -> None:
    save_token(cache)
    assert read_token(cache) == "t-1"
    save_token(cache, "t-2")
    assert read_token(cache) == "t-2"
    (warning,) = caplog.records
    assert warning.levelno == logging.WARNING
    assert "cache_dir cannot be used" in warning.message


@pytest.mark.parametrize("folder", ["file", "file/below", "nul\0nul", "x" * 300])
def test_an_unusable_folder_is_one_warning(
    tmp_path: Path, folder: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    continues_in_memory(make_cache(tmp_path / folder), caplog)


def test_a_folder_in_place_of_the_file_is_one_warning(
    file: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file.unlink()
    file.mkdir()
    (file / "full").touch()
    continues_in_memory(make_cache(tmp_path), caplog)


def test_a_full_disk_is_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = make_cache(tmp_path)
    save_token(cache, "t-0")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fdopen", full)
    continues_in_memory(cache, caplog)
    assert "No space left on device" in caplog.text
    assert caplog.text.count(str(tmp_path)) == 0


def test_without_a_folder_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def touched(*_: object, **__: object) -> None:
        pytest.fail("the disk was touched")

    for name in ("mkdir", "read_bytes", "chmod", "replace"):
        monkeypatch.setattr(Path, name, touched)
    monkeypatch.setattr(account_cache, "os", None)
    monkeypatch.setattr(account_cache, "FileLock", touched)
    cache = make_cache(None)
    save_token(cache)
    assert read_token(cache) == "t-1"
    assert read_token(make_cache(None)) is None


def test_creating_a_cache_writes_nothing(tmp_path: Path) -> None:
    make_cache(tmp_path / "cache")
    assert list(tmp_path.iterdir()) == []


COUNT = f"""{SCRIPT}
print("ready", flush=True)
sys.stdin.readline()
for _ in range(25):
    with cache.locked() as entry:
        count = int(entry.token or 0)
        time.sleep(0.002)
        entry.token = str(count + 1)
"""


def test_two_processes_exclude_each_other(tmp_path: Path) -> None:
    command = [sys.executable, "-c", COUNT, str(tmp_path)]
    pipe = subprocess.PIPE
    runs = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(2)]
    for run in runs:
        assert run.stdout is not None
        assert run.stdout.readline() == "ready\n"
    for run in runs:
        assert run.stdin is not None
        run.stdin.write("go\n")
        run.stdin.flush()
    for run in runs:
        run.communicate()
        assert run.returncode == 0
    assert read_token(make_cache(tmp_path)) == "50"


def test_waiting_for_another_run_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(account_cache, "LOCK_NOTICE_SECONDS", 0.05)
    caplog.set_level(logging.INFO, "tap-ozonetel")
    holder = "held = cache.locked(); held.__enter__(); print('held', flush=True); time.sleep(0.3)"
    script = SCRIPT + holder
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "held\n"
        assert read_token(make_cache(tmp_path)) is None
    (message,) = caplog.messages
    assert message.startswith(
        "Waiting for another run of this account to finish its request, until 20"
    )


def test_the_lock_of_a_process_that_was_killed_is_free(tmp_path: Path) -> None:
    script = SCRIPT + "cache.locked().__enter__(); os._exit(9)"
    assert (
        subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False).returncode == 9
    )
    save_token(make_cache(tmp_path))
    assert read_token(make_cache(tmp_path)) == "t-1"
