"""Fixtures for all tests."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.helpers.clock import FakeClock
from tests.helpers.examples import DEFAULT_EXAMPLES

# No limits of time, because the machine may be busy. `poe check` uses the profile "quick".
for _profile, _examples in {"default": DEFAULT_EXAMPLES, "quick": DEFAULT_EXAMPLES // 5}.items():
    settings.register_profile(
        _profile,
        max_examples=_examples,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )


@pytest.fixture(autouse=True)
def _isolated_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hide the settings and the caches of the user who runs the tests."""
    for name in [name for name in os.environ if name.startswith("TAP_OZONETEL_")]:
        monkeypatch.delenv(name)
    # Keep the cache of uv. Otherwise Meltano, which uses uv, would download everything again.
    caches = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser()
    monkeypatch.setenv("UV_CACHE_DIR", os.environ.get("UV_CACHE_DIR", str(caches / "uv")))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """A clock for the tap and the sandbox, which every sleep in this process advances."""
    clock = FakeClock()
    monkeypatch.setattr(time, "sleep", clock.sleep)
    return clock
