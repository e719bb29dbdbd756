"""An account's cache, and what is in it."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from tap_ozonetel.api.account_cache import AccountCache
from tests.helpers.clock import NOW, FakeClock

if TYPE_CHECKING:
    from pathlib import Path

    from tap_ozonetel.api.clock import Clock

ACCOUNT = "https://in1-ccaas-api.ozonetel.com\nacme_support"
TOKEN = "t-1"
REQUEST_TIMEOUT = 300.0


def make_cache(
    directory: Path | None, account: str = ACCOUNT, clock: Clock | None = None
) -> AccountCache:
    return AccountCache(directory, account, clock or FakeClock(), REQUEST_TIMEOUT)


def save_token(cache: AccountCache, token: str = TOKEN) -> None:
    with cache.locked() as entry:
        entry.token, entry.token_created_at, entry.token_expires_at = token, NOW, NOW + 3480
        entry.request_times = [NOW - 2, NOW - 1]


def read_token(cache: AccountCache) -> str | None:
    with cache.locked() as entry:
        return entry.token


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
