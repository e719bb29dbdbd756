"""What the runs of an account share: its token and the times of its last requests.

Without sharing, two runs would exceed the account's rate limit, and each new token would invalidate
the other run's. Runs every five minutes would also request more than the 10 tokens per hour that
the API permits (docs/ozonetel-api.md, "Authentication"). So all runs share one small file per
account, under a lock that is held during a request.
"""

from __future__ import annotations

import copy
import datetime as dt
import errno
import hashlib
import logging
import os
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
from filelock import FileLock, Timeout

from tap_ozonetel import transport
from tap_ozonetel.api.responses import is_usable_token

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from filelock import BaseFileLock

    from tap_ozonetel.api.clock import Clock

logger = logging.getLogger("tap-ozonetel.cache")

#: A time further ahead than this comes from a clock that has since been set back. No time in the
#: cache is further ahead than the lifetime of a token (docs/ozonetel-api.md, "Authentication").
MAX_SECONDS_AHEAD = 3600.0

#: How long to wait for the lock before logging that another run holds it.
LOCK_NOTICE_SECONDS = 5.0

#: The requests that a run sends while it holds the lock: one for a token, and one for records.
REQUESTS_PER_LOCK = 2


@dataclass(slots=True)
class RequestHistory:
    """The last requests that a rate limit counts. Times are in seconds since the epoch."""

    #: When the last responses arrived, or the pending request was sent. Oldest first.
    request_times: list[float] = field(default_factory=list)
    #: Whether the last request has no response yet.
    is_pending: bool = False
    #: No requests before this time, because the API reported an exceeded rate limit.
    blocked_until: float = 0.0


@dataclass(slots=True)
class CacheEntry(RequestHistory):
    """The cached data of an account, with the history of its CDR requests."""

    token: str | None = field(default=None, repr=False)
    token_created_at: float = 0.0
    token_expires_at: float = 0.0
    #: When token requests were sent that failed or are pending. Oldest first.
    token_failures: list[float] = field(default_factory=list)
    #: No token requests before this time, because the API said so.
    token_blocked_until: float = 0.0
    #: The history of the summary requests, which have a limit of their own.
    summary: RequestHistory = field(default_factory=RequestHistory)


class AccountCache:
    """The cache entry of one account: in a shared file, or in memory if there is no directory.

    Args:
        directory: The directory of the file, which is not touched before the first use.
        account: A string that identifies the account. The name of the file has only its hash.
        clock: The clock to use.
        request_timeout: The read timeout of the requests in seconds. The wait for the lock is
            longer than any run may hold it with this timeout.
    """

    def __init__(
        self, directory: Path | None, account: str, clock: Clock, request_timeout: float
    ) -> None:
        self._clock = clock
        self._max_lock_seconds = REQUESTS_PER_LOCK * transport.max_seconds(request_timeout)
        self._entry = CacheEntry()
        self._path: Path | None = None
        if directory is not None:
            name = hashlib.sha256(account.encode()).hexdigest()[:32]
            self._path = directory / "accounts" / f"{name}.json"

    @contextmanager
    def locked(self) -> Iterator[CacheEntry]:
        """Hold the account's lock.

        Yields:
            The current entry. Changes to it are saved at the end.
        """
        lock = self._acquire_lock()
        with ExitStack() as at_end:
            if lock is not None:
                at_end.callback(lock.release)
                self._entry = self.peek()
            # Before the release, which also follows a save that is interrupted.
            at_end.callback(self.save)
            yield self._entry

    def save(self) -> None:
        """Write the entry to the file. The lock must be held."""
        if self._path is None:
            return
        try:
            self._write(self._path)
        except OSError as error:
            self._stop_sharing(_describe(error))

    def peek(self) -> CacheEntry:
        """Read the entry without the lock, and without writing anything.

        For log lines: another run may change the entry at any time.

        Returns:
            A copy. A file that is missing or invalid, or that has times from the future, counts as
            an empty entry.
        """
        if self._path is None:
            return copy.deepcopy(self._entry)
        try:
            content = _expand_home(self._path).read_bytes()
            entry = msgspec.json.decode(content, type=CacheEntry)
        except (OSError, ValueError, RecursionError):
            return CacheEntry()
        times = [
            entry.blocked_until,
            entry.token_created_at,
            entry.token_expires_at,
            entry.token_blocked_until,
            *entry.request_times,
            entry.summary.blocked_until,
            *entry.summary.request_times,
            *entry.token_failures,
        ]
        is_future = max(times) > self._clock.time() + MAX_SECONDS_AHEAD
        is_invalid = entry.token is not None and not is_usable_token(entry.token)
        return CacheEntry() if is_future or is_invalid else entry

    def _acquire_lock(self) -> BaseFileLock | None:
        if self._path is None:
            return None
        try:
            self._path = _expand_home(self._path)
            _make_private_directory(self._path.parent)
            # Without `flock`, filelock would fall back to marker files, and the tap would wait
            # forever for that of a process that was killed on another machine.
            lock = FileLock(self._path.with_suffix(".lock"), mode=0o600, fallback_to_soft=False)
            self._wait_for(lock)
        except Timeout:
            self._stop_sharing(f"another run has held its lock for {self._max_lock_seconds:.0f} s")
            return None
        # pathlib raises ValueError for a path with a NUL character.
        except (OSError, ValueError) as error:
            self._stop_sharing(_describe(error))
            return None
        return lock

    def _wait_for(self, lock: BaseFileLock) -> None:
        """Wait for the lock.

        Raises:
            Timeout: Its holder is stopped or hung, or the file system keeps the lock of a machine
                that is gone.
        """
        try:
            lock.acquire(timeout=LOCK_NOTICE_SECONDS)
        except Timeout:
            seconds = self._max_lock_seconds - LOCK_NOTICE_SECONDS
            then = dt.datetime.fromtimestamp(self._clock.time() + seconds, tz=dt.UTC).astimezone()
            logger.info(
                "Waiting for another run of this account to finish its request, until %s at the "
                "latest",
                then.isoformat(" ", "minutes"),
            )
            lock.acquire(timeout=seconds)

    def _write(self, path: Path) -> None:
        # One fixed name, because the lock is held: a run that is killed leaves one draft at most. A
        # rename within a directory is atomic.
        draft = path.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.encode(self._entry))
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)

    def _stop_sharing(self, reason: str) -> None:
        self._path = None
        logger.warning(
            "The directory of the setting cache_dir cannot be used (%s): this run shares neither "
            "its token nor the rate limit with other runs",
            reason,
        )


def _expand_home(path: Path) -> Path:
    """Expand `~`, which fails for a user without HOME and without an entry in the passwd file."""
    try:
        expanded = path.expanduser()
    except RuntimeError:
        expanded = path
    if path.parts[0].startswith("~") and not expanded.is_absolute():
        raise FileNotFoundError(errno.ENOENT, "the user has no home directory")
    return expanded


def _make_private_directory(directory: Path) -> None:
    """Make a directory that only its owner can use."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Not through a symbolic link, because its target serves other purposes too.
    if not directory.is_symlink() and directory.stat().st_mode & 0o077:
        directory.chmod(0o700)


def _describe(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
