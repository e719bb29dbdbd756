"""The start of the command."""

from __future__ import annotations

import gc

import pytest

from tap_ozonetel.__main__ import main
from tap_ozonetel.tap import TapOzonetel


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


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [([], "disabled"), (["--test"], "all"), (["--test=schema"], "schema")],
)
def test_the_option_test_needs_no_value(arguments: list[str], expected: str) -> None:
    context = TapOzonetel.get_singer_command().make_context("tap-ozonetel", arguments)
    assert context.params["test"] == expected
