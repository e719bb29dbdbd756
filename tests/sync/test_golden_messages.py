"""Syncs write the same messages as before, byte by byte apart from times."""

from __future__ import annotations

from tests.helpers.golden import SNAPSHOT, golden_messages


def test_messages_equal_the_snapshot() -> None:
    # If a change is intended: python -m tests.helpers.golden
    assert golden_messages().splitlines() == SNAPSHOT.read_bytes().splitlines()
