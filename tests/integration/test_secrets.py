"""A process logs no key, token or id, even at the level of debugging."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox import Options, Sandbox
from tests.helpers.sync import run

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_no_secret_is_logged_at_debug_level(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAP_OZONETEL_LOGLEVEL", "DEBUG")
    with Sandbox(Options(records=6, limit=100, period=1, faults="2=token-expired 5=400")) as box:
        done = run(box, tmp_path)
        calls = box.calls_between(box.today(), box.today())
    assert done.code == 1
    assert "DEBUG" in done.log
    for secret in {box.options.api_key, *box.tokens, *(str(call["CallID"]) for call in calls)}:
        assert secret not in done.log
