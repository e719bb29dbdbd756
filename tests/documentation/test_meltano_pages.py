"""The pages for users with a Meltano project, their commands run as they are written."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.documentation.places import Reader, reader
from tests.helpers.documentation.plan import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

RUN = "meltano run tap-ozonetel target-postgres"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """A project of one's own, with the tap."""
    with reader(tmp_path_factory.mktemp("project")) as found:
        found.add_plugins()
        found.set_account(PROJECT)
        yield found


def state(project: Reader, state_id: str) -> dict[str, Any]:
    """Return the bookmarks of a state."""
    script = f"meltano --log-level=error state get {state_id}"
    document = json.loads(project.shell(PROJECT).run(script).splitlines()[-1])
    found: dict[str, Any] = document["singer_state"]["bookmarks"]
    return found


def test_selected_streams_and_fields_are_loaded(project: Reader) -> None:
    page = "docs/meltano.md"
    project.run(page, "Where the tables are")
    project.run(page, "Select streams and fields")
    project.run(page, "Add a field")
    project.run("docs/performance.md", "Fast and safe settings")
    project.shell(PROJECT).run(RUN)
    assert len(project.take_requested_days()) == 15
    (row,) = project.server.query("select * from ozonetel.cdr_details limit 1")
    assert "CallFlow" not in row
    assert "SentimentScore" in row
    assert project.server.query("select * from ozonetel.agent_summary")


def test_the_connection_is_tested_with_one_request(project: Reader) -> None:
    printed = project.run("docs/meltano.md", "Test the connection")
    assert "Connection test passed" in printed
    assert "Plugin configuration is valid" in printed
    assert project.take_requested_days() == project.days_ago(0, 0)


def test_a_back_fill_does_not_move_the_bookmark(project: Reader) -> None:
    project.shell(PROJECT).run(RUN)
    with project.server.connect() as connection:
        connection.execute("delete from ozonetel.cdr_details")
    before = state(project, "dev:tap-ozonetel-to-target-postgres")
    project.take_requested_days()
    printed = project.run("docs/backfill.md", "With Meltano")
    assert "dev:tap-ozonetel-to-target-postgres:backfill" in printed
    assert project.take_requested_days() == project.days_ago(6, 5, 4)
    assert state(project, "dev:tap-ozonetel-to-target-postgres") == before
    rows = project.server.query('select distinct "CallDate" as day from ozonetel.cdr_details')
    assert sorted(str(row["day"]) for row in rows) == project.days_ago(6, 5, 4)
    project.shell(PROJECT).run(RUN)
    assert project.take_requested_days() == project.days_ago(1, 0)


def test_a_customer_has_one_hash_whatever_the_prefix(project: Reader) -> None:
    page = "docs/personal-data.md"
    project.run(page, "Leave out fields")
    with project.server.connect() as connection:
        connection.execute("drop table if exists ozonetel.cdr_details")
    refresh = "export TAP_OZONETEL_START_DATE=$(date +%F)\nmeltano state clear --force "
    project.shell(PROJECT).run(f"{refresh} dev:tap-ozonetel-to-target-postgres")
    project.run(page, "Hash phone numbers")
    rows = project.server.query('select "UCID", "CallerID" as digest from ozonetel.cdr_details')
    assert rows
    digests = {row["UCID"]: row["digest"] for row in rows}
    # Days are read again while the test runs, but a customer keeps their number.
    calls = {call["UCID"]: str(call["CallerID"]) for call in project.box.calls(project.box.today())}
    salt = project.shell(PROJECT).variables["OZONETEL_SALT"]
    for ucid, digest in digests.items():
        assert digest == hashlib.sha256(f"{salt}{calls[ucid][-10:]}".encode()).hexdigest()
    (columns,) = project.server.query(
        "select array_agg(column_name::text) as names from information_schema.columns"
        " where table_schema = 'ozonetel' and table_name = 'cdr_details'"
    )
    removed = {"AgentName", "Comments", "DialedNumber", "DID", "E164"}
    assert removed & set(columns["names"]) == set()


def test_an_empty_salt_ends_the_run_before_its_first_request(project: Reader) -> None:
    project.take_requested_days()
    done = project.shell(PROJECT).run_process(f"OZONETEL_SALT= {RUN}")
    assert done.returncode == 1
    assert "The setting stream_map_config.salt is empty" in done.stdout
    assert project.take_requested_days() == []
