"""What the tests share."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.helpers.clock import FakeClock


@pytest.fixture(autouse=True)
def _nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting and no ledger of the person who runs the tests reaches them."""
    for name in [name for name in os.environ if name.startswith("TAP_OZONETEL_")]:
        monkeypatch.delenv(name)
    # But uv, which Meltano installs with, keeps its cache, or it would fetch everything anew.
    caches = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser()
    monkeypatch.setenv("UV_CACHE_DIR", os.environ.get("UV_CACHE_DIR", str(caches / "uv")))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """A clock for tap and sandbox; whatever sleeps in this process moves it."""
    clock = FakeClock()
    monkeypatch.setattr(time, "sleep", clock.sleep)
    return clock
