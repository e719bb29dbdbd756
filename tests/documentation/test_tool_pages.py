"""The pages about the tap without Meltano, their commands run as they are written."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest

from tests.helpers.documentation.places import Reader, reader
from tests.helpers.documentation.plan import DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIRST_RUN = list(range(14, -1, -1))
LATER_RUN = [1, 0]


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """A directory, and the tap and a loader as tools of uv."""
    with reader(tmp_path_factory.mktemp("tools")) as found:
        yield found


def bookmark(directory: Path) -> str:
    state = json.loads((directory / "state.json").read_text(encoding="utf-8"))
    day: str = state["bookmarks"]["cdr_details"]["replication_key_value"]
    return day


def test_without_meltano_a_run_continues_at_the_state(tools: Reader) -> None:
    page = "docs/without-meltano.md"
    assert "tap-ozonetel v" in tools.run(page, "Two environments")
    assert "Connection test passed" in tools.run(page, "The config")
    assert tools.take_requested_days() == tools.days_ago(0)
    tools.run(page, "The state")
    assert tools.take_requested_days() == tools.days_ago(*FIRST_RUN, *LATER_RUN)
    assert bookmark(tools.shell(DIRECTORY).directory) == str(tools.box.today())
    tools.run(page, "The catalog")
    catalog = json.loads((tools.shell(DIRECTORY).directory / "catalog.json").read_text())
    assert len(catalog["streams"]) == 4


def test_the_environment_has_precedence_over_files(tools: Reader) -> None:
    shell = tools.shell(DIRECTORY)
    (shell.directory / "bad.json").write_text('{"start_date": "bad"}', encoding="utf-8")
    (shell.directory / ".env").write_text("TAP_OZONETEL_END_DATE=bad", encoding="utf-8")
    test = "tap-ozonetel --config bad.json --config config.json --config=ENV --test"
    both = shell.run_process(test)
    assert "The setting start_date" in both.stdout
    assert "The setting end_date" in both.stdout  # Of the `.env` file.
    today = str(tools.box.today())
    shell.run(f"TAP_OZONETEL_START_DATE={today} TAP_OZONETEL_END_DATE={today} {test}")
    alone = shell.run_process("tap-ozonetel --config config.json --config bad.json --test")
    assert "The setting start_date" in alone.stdout
    assert "The setting end_date" not in alone.stdout
    (shell.directory / ".env").unlink()


def test_a_run_that_fails_keeps_the_state(tools: Reader) -> None:
    shell = tools.shell(DIRECTORY)
    before = bookmark(shell.directory)
    done = shell.run_process("TAP_OZONETEL_API_KEY=wrong TAP_OZONETEL_CACHE_DIR= bash load.sh")
    assert done.returncode == 1
    assert "ERROR" in done.stdout
    assert bookmark(shell.directory) == before


def test_a_back_fill_leaves_the_state_file_alone(tools: Reader) -> None:
    tools.take_requested_days()
    before = bookmark(tools.shell(DIRECTORY).directory)
    tools.run("docs/backfill.md", "Without Meltano")
    assert tools.take_requested_days() == tools.days_ago(6, 5, 4)
    assert bookmark(tools.shell(DIRECTORY).directory) == before


def test_a_report_has_the_shape_of_a_day_and_no_value(tools: Reader) -> None:
    tools.set_account(DIRECTORY)
    tools.take_requested_days()
    state = bookmark(tools.shell(DIRECTORY).directory)
    printed = tools.run("docs/errors.md", "Report a problem")
    (day,) = tools.take_requested_days()
    assert [day] == tools.days_ago(6)
    assert f"Shape of /ca_reports/fetchCDRDetails, {day}: HTTP 200" in printed
    assert f"Shape of cdr_details, {day}: CallID | 0 | 0 | 0 | string 20 | " in printed
    assert "SDK Version" in printed
    records = tools.box.calls(dt.date.fromisoformat(day))
    fields = ("AgentName", "CallerID", "CallAudio", "CampaignName", "CallID", "Comments")
    values = {str(record[field]) for record in records for field in fields} - {"", "None"}
    assert len(values) > 40
    assert {value for value in values if value in printed} == set()
    assert bookmark(tools.shell(DIRECTORY).directory) == state


def test_the_state_of_the_pipeline_is_no_use_for_a_back_fill(tools: Reader) -> None:
    shell = tools.shell(DIRECTORY)
    run = "tap-ozonetel --config config.json --config=ENV"
    first, last = tools.days_ago(6, 4)
    tools.take_requested_days()
    shell.run(f"TAP_OZONETEL_START_DATE={first} {run} --state state.json > /dev/null")
    assert tools.take_requested_days() == tools.days_ago(*LATER_RUN)
    shell.run(f"TAP_OZONETEL_END_DATE={last} {run} --state state.json > /dev/null")
    assert tools.take_requested_days() == []
    # What `--full-refresh` does: a run without the state.
    states = f"TAP_OZONETEL_END_DATE={last} {run} 2> /dev/null | grep STATE | tail -n 1"
    assert f'"replication_key_value":"{last}"' in shell.run(states)
