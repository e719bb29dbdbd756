"""What the tests of whole pipelines share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def meltano_lock() -> Iterator[None]:
    """The checkout's Meltano project for one module at a time.

    Meltano installs the plugins in one place, and two runs of a plugin write the same files there.
    """
    folder = Path(__file__).parents[2] / ".meltano"
    folder.mkdir(exist_ok=True)
    with FileLock(folder / "tests.lock"):
        yield
