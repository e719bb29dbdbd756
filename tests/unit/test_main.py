"""The start of the command."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from tap_ozonetel.__main__ import main
from tap_ozonetel.tap import TapOzonetel

if TYPE_CHECKING:
    import pytest


def test_garbage_collection_is_enabled_when_the_tap_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = []
    monkeypatch.setattr(TapOzonetel, "cli", lambda: seen.append(gc.isenabled()))
    try:
        main()
        assert seen == [True]
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
