"""The commands of the README, run as they are written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.helpers.comparison import POSTGRES, differences
from tests.helpers.documentation.places import Reader, reader
from tests.helpers.documentation.plan import CLONE, DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST_RUN = list(range(14, -1, -1))
LATER_RUN = [1, 0]


@pytest.fixture(scope="module")
def readme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    with reader(tmp_path_factory.mktemp("readme")) as found:
        yield found


def test_a_clone_runs_the_demo_and_reads_an_account(readme: Reader) -> None:
    printed = readme.run("README.md", "Try it in a clone")
    assert "15 requests, 0 rate limited" in printed
    assert readme.take_requested_days() == readme.days_ago(*FIRST_RUN)
    (file,) = (readme.shell(CLONE).directory / "output" / "dev").iterdir()
    assert len(file.read_text(encoding="utf-8").splitlines()) > 14 * readme.box.options.records


def test_an_own_meltano_project_loads_all_days_once(readme: Reader) -> None:
    printed = readme.run("README.md", "Use it in your own Meltano project")
    assert "Connection test passed" in printed
    expected = readme.days_ago(0, *FIRST_RUN, *LATER_RUN)
    assert readme.take_requested_days() == expected
    today = readme.box.today()
    first = today.fromisoformat(expected[1])
    rows = readme.server.query("select * from ozonetel.cdr_details")
    # Today's calls change while the test runs.
    past = [row for row in rows if row["CallDate"] < today]
    assert len(past) < len(rows) or not readme.box.calls(today)
    assert differences(past, readme.box.calls_between(first, today)[: len(past)], POSTGRES) == []


def test_without_meltano_the_second_run_reads_two_days(readme: Reader) -> None:
    readme.run("README.md", "Use it without Meltano")
    assert readme.take_requested_days() == readme.days_ago(*FIRST_RUN, *LATER_RUN)
    directory = readme.shell(DIRECTORY).directory
    bookmarks = json.loads((directory / "state.json").read_text(encoding="utf-8"))["bookmarks"]
    assert bookmarks["cdr_details"]["replication_key_value"] == str(readme.box.today())
    assert len(list(directory.glob("cdr_details-*.jsonl"))) in {1, 2}
