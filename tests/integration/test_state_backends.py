"""The state outlives the project folder, with the commands of docs/production.md."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.postgres_server import DATABASE, PASSWORD, USER, Postgres, postgres
from sandbox import Options, Sandbox
from tests.helpers.comparison import POSTGRES, differences
from tests.helpers.days import settled_days
from tests.helpers.meltano import ROOT, install_meltano
from tests.helpers.meltano_machine import Machine, make_machine
from tests.helpers.s3_server import s3_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PAGE = (ROOT / "docs" / "production.md").read_text(encoding="utf-8")
_SECTION = _PAGE[_PAGE.index("## State backend") : _PAGE.index("## Schedule")]
_LINES: list[str] = [
    line
    for block in re.findall(r"^```bash\n(.*?)^```$", _SECTION, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]
#: The bookmark in the commands of the page.
_PAGE_BOOKMARK = "2026-11-20"
_OTHER_BOOKMARK = {"replication_key": "SummaryDate", "replication_key_value": "2026-11-19"}


def line(start: str) -> str:
    """Return the line of the page that starts with a text."""
    (found,) = [each for each in _LINES if each.startswith(start)]
    return found


def exported(name: str) -> str:
    """Return the value of a variable on the page."""
    return line(f"export {name}=").partition("=")[2]


def bookmarks(machine: Machine) -> dict[str, Any]:
    """Return the bookmarks that `meltano state get` prints."""
    state = json.loads(machine.run(line("meltano state get")))
    found: dict[str, Any] = state.get("singer_state", {}).get("bookmarks", {})
    return found


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of Meltano, installed as the page tells."""
    (extras,) = re.findall(r'^uv tool install "meltano\[(.*)\]"$', _SECTION, re.MULTILINE)
    folder = tmp_path_factory.mktemp("meltano") / "environment"
    return install_meltano(folder, extras)


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as server:
        yield server


@pytest.fixture(scope="module")
def backends(
    server: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, dict[str, str]]]:
    """The variables of each backend, with the names of the page replaced."""
    login = {"user:password": f"{USER}:{PASSWORD.replace(' ', '%20')}", "/meltano": f"/{DATABASE}"}
    database = exported("MELTANO_DATABASE_URI")
    for name, value in {**login, "your-host:5432": f"127.0.0.1:{server.port}"}.items():
        assert name in database
        database = database.replace(name, value)
    with s3_server(tmp_path_factory.mktemp("s3")) as s3:
        s3.bucket("your-bucket")
        uri = exported("MELTANO_STATE_BACKEND_URI")
        yield {
            "s3": {**s3.environment, "MELTANO_STATE_BACKEND_URI": uri},
            "postgres": {"MELTANO_DATABASE_URI": database},
        }


@pytest.fixture(params=["s3", "postgres"])
def machine(
    request: pytest.FixtureRequest,
    programs: Path,
    server: Postgres,
    backends: dict[str, dict[str, str]],
    tmp_path: Path,
) -> Iterator[Machine]:
    with Sandbox(Options(records=20, limit=1000, dial_count=True)) as box:
        variables = {
            **backends[request.param],
            "MELTANO_ENVIRONMENT": exported("MELTANO_ENVIRONMENT"),
        }
        machine = make_machine(tmp_path, programs, box, server, variables)
        yield machine
        machine.run(line("meltano state clear"))


def with_bookmark(command: str, day: str) -> str:
    assert _PAGE_BOOKMARK in command
    return command.replace(_PAGE_BOOKMARK, day)


def test_a_new_machine_reads_only_what_is_new(machine: Machine, server: Postgres) -> None:
    days = settled_days(machine.box)
    first = replace(machine, variables={**machine.variables, "TAP_OZONETEL_END_DATE": days[1]})
    first.run(line("meltano run tap-ozonetel"))
    assert machine.take_requested_days() == days[:2]
    machine.new_project()
    machine.run(line("meltano run tap-ozonetel"))
    # The day before the bookmark is read again.
    assert machine.take_requested_days() == days
    machine.new_project()
    machine.run(line("meltano run tap-ozonetel"))
    assert machine.take_requested_days() == days[-2:]
    assert "prod:tap-ozonetel-to-target-postgres" in machine.run(line("meltano state list"))
    assert bookmarks(machine)["cdr_details"]["replication_key_value"] == days[-1]
    calls = machine.box.calls_between(
        dt.date.fromisoformat(days[0]), dt.date.fromisoformat(days[-1])
    )
    assert differences(server.query("select * from ozonetel.cdr_details"), calls, POSTGRES) == []


def test_a_state_can_be_set_merged_and_cleared(machine: Machine) -> None:
    days = settled_days(machine.box)
    machine.run(with_bookmark(line("meltano state set"), days[3]))
    other = json.dumps({"singer_state": {"bookmarks": {"agent_summary": _OTHER_BOOKMARK}}})
    machine.run(f"meltano state merge prod:tap-ozonetel-to-target-postgres '{other}'")
    machine.run(with_bookmark(line("meltano state merge"), days[2]))
    bookmark = {"replication_key": "CallDate", "replication_key_value": days[2]}
    assert bookmarks(machine) == {"cdr_details": bookmark, "agent_summary": _OTHER_BOOKMARK}
    machine.run(line("meltano run tap-ozonetel"))
    assert machine.take_requested_days() == days[1:]
    machine.run(line("meltano state clear"))
    assert bookmarks(machine) == {}


def test_a_full_refresh_reads_all_days(machine: Machine) -> None:
    days = settled_days(machine.box)
    machine.run(with_bookmark(line("meltano state set"), days[-1]))
    machine.run(line("meltano run --full-refresh"))
    assert machine.take_requested_days() == days
    assert bookmarks(machine)["cdr_details"]["replication_key_value"] == days[-1]
