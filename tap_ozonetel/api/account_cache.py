"""What the runs of one account share: its token, and when its last requests were answered.

Two runs that know nothing of each other exceed the account's limit and knock out each other's
token, and a schedule of five minutes makes more tokens than the 10 an hour that are allowed
(contract, "Authentication"). So they keep one small file, under a lock that is held while a request
is in flight.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from filelock import FileLock, Timeout

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_ozonetel.api.rate_limiter import Clock

logger = logging.getLogger("tap-ozonetel.ledger")

#: A ledger with a time that lies further ahead was written by a clock that has been put back since.
#: No time in it is ever more than a token's life ahead (60 minutes, contract).
FURTHEST_AHEAD_SECONDS = 3600.0

#: How long to wait for another run's request before saying so.
PATIENCE_SECONDS = 5.0


@dataclass(slots=True)
class Entry:
    """What is known of an account; times are seconds since the epoch."""

    #: When the last requests were answered or, for one in flight, sent; oldest first.
    stamps: list[float] = field(default_factory=list)
    #: No request before this: the account refused one for the rate.
    closed_until: float = 0.0
    token: str | None = field(default=None, repr=False)
    token_made_at: float = 0.0
    token_expires_at: float = 0.0


class Ledger:
    """One account's entry: in a file that runs share, or in memory when there is no folder."""

    def __init__(self, folder: Path | None, account: str, clock: Clock) -> None:
        """Name the file; nothing is touched before the first use.

        Args:
            folder: Where the file is kept; None turns sharing off.
            account: What tells this account from others. Only its hash is in the file's name.
            clock: For telling a ledger from the future.
        """
        self._clock = clock
        self._entry = Entry()
        self._path: Path | None = None
        if folder is not None:
            name = hashlib.sha256(account.encode()).hexdigest()[:32]
            self._path = folder / "accounts" / f"{name}.json"

    @contextmanager
    def held(self) -> Iterator[Entry]:
        """Hold the account's lock.

        Yields:
            The entry as it is now. What the caller changes in it is kept.
        """
        lock = self._locked()
        try:
            if lock is not None:
                self._entry = self._read()
            yield self._entry
        finally:
            self.keep()
            if lock is not None:
                lock.release()

    def keep(self) -> None:
        """Write the entry down, so that it outlives this process; the lock must be held."""
        if self._path is None:
            return
        try:
            self._write(self._path)
        except OSError as error:
            self._stop_sharing(error)

    def _locked(self) -> FileLock | None:
        if self._path is None:
            return None
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._path.parent.chmod(0o700)
            lock = FileLock(self._path.with_suffix(".lock"), mode=0o600)
            try:
                lock.acquire(timeout=PATIENCE_SECONDS)
            except Timeout:
                logger.info("Waiting for another run of this account to get its answer.")
                lock.acquire()
        # NotImplementedError is how filelock says that a file system has no locks, ValueError how a
        # path with a NUL in it is refused.
        except (OSError, NotImplementedError, ValueError) as error:
            self._stop_sharing(error)
            return None
        return lock

    def _read(self) -> Entry:
        """Read the file; what is missing, broken, foreign or from the future is a blank entry."""
        if self._path is None:
            return self._entry
        try:
            entry = msgspec.json.decode(self._path.read_bytes(), type=Entry)
        except (OSError, ValueError, RecursionError):
            return Entry()
        times = [entry.closed_until, entry.token_made_at, entry.token_expires_at, *entry.stamps]
        from_the_future = max(times) > self._clock.time() + FURTHEST_AHEAD_SECONDS
        # A token with a line break in it would be no header.
        foreign = entry.token is not None and not entry.token.isprintable()
        return Entry() if from_the_future or foreign else entry

    def _write(self, path: Path) -> None:
        # mkstemp gives mode 0600, and a rename in one folder is atomic.
        descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=".draft")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.encode(self._entry))
            Path(draft).replace(path)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise

    def _stop_sharing(self, error: Exception) -> None:
        self._path = None
        logger.warning(
            "The folder of the setting cache_dir cannot be used (%s): this run shares neither its "
            "token nor the account's limit with other runs.",
            getattr(error, "strerror", None) or type(error).__name__,
        )
