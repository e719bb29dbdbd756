"""The pages about a clone of this repository, their commands run as they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.documentation.places import Reader, reader
from tests.helpers.documentation.plan import CLONE

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """A fresh clone."""
    with reader(tmp_path_factory.mktemp("clone")) as found:
        yield found


def test_the_sandbox_serves_any_command(clone: Reader) -> None:
    printed = clone.run("docs/sandbox.md", "The sandbox")
    # The account of the commands is their own, not that of the test.
    assert clone.take_requested_days() == []
    assert printed.count("15 requests, 0 rate limited") == 2
    assert "18 requests, 0 rate limited" in printed
    assert "export TAP_OZONETEL_API_KEY=" in printed
    assert "--rate-limit-response" in printed
    assert (clone.shell(CLONE).directory / "output" / "sandbox.duckdb").exists()


def test_the_models_are_built_in_a_clone(clone: Reader) -> None:
    clone.set_account(CLONE)
    clone.run("docs/dbt.md", "With Meltano")
    clone.run("docs/example-queries.md", "Example queries")
    for model in ("ozonetel__calls", "ozonetel__agent_days"):
        (count,) = clone.server.query(f"select count(*) as rows from analytics.{model}")  # noqa: S608
        assert count["rows"] > 0
