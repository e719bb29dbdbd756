"""Fixtures for the tests of whole pipelines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from tests.helpers.meltano import LOCK

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def meltano_lock() -> Iterator[None]:
    """Let one module at a time use the Meltano project of the checkout.

    Meltano installs the plugins in one place, and concurrent runs of a plugin write the same files.
    """
    LOCK.parent.mkdir(exist_ok=True)
    with FileLock(LOCK):
        yield
