"""Accounts in a Meltano project, one plugin each, with their state in S3."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

from benchmarks.postgres_server import Postgres, postgres
from sandbox import Options, Sandbox
from tests.helpers.comparison import POSTGRES, differences
from tests.helpers.days import requested_days, settled_days
from tests.helpers.meltano import (
    ROOT,
    inherited_environment,
    install_meltano,
    link_plugins,
    run_command,
)
from tests.helpers.processes import processes_with, wait_until
from tests.helpers.s3_server import S3Server, s3_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CITIES = ("agra", "bhopal", "chennai", "delhi", "indore", "jaipur", "kochi", "mumbai")
#: The tap of the first run of this account is killed while it waits for the last of four days.
KILLED = "agra"
#: The bookmark of this account is past the retention.
GAP = "bhopal"
#: The first run of this account is still in progress when the second one is triggered.
SLOW = "chennai"
_FAULTS = {KILLED: "4=slow:600", SLOW: "1-4=slow:2"}
_BUCKET = "ozonetel"


@dataclass(frozen=True)
class Accounts:
    """Running accounts, and the project that reads them."""

    folder: Path
    boxes: dict[str, Sandbox]
    days: tuple[dt.date, ...]
    database: Postgres
    s3: S3Server
    meltano: str
    environment: dict[str, str] = field(default_factory=dict)

    def requested_days(self, city: str) -> list[dt.date]:
        """Return the day of each request of an account."""
        return [dt.date.fromisoformat(day) for day in requested_days(self.boxes[city])]

    def differences(self, city: str) -> list[str]:
        """Compare the table of an account with the account."""
        rows = self.database.query(f"select * from {city}.cdr_details")  # noqa: S608 - a constant
        calls = self.boxes[city].calls_between(self.days[0], self.days[-1])
        return differences(rows, calls, POSTGRES)

    def bookmark(self, city: str) -> str:
        """Return the bookmark of an account in S3."""
        state = json.loads(self.s3.read(_BUCKET, f"state/{_state_id(city)}/state.json"))
        bookmark = state["completed"]["singer_state"]["bookmarks"]["cdr_details"]
        return str(bookmark["replication_key_value"])

    def set_bookmark(self, city: str, day: dt.date) -> None:
        bookmark = {"replication_key": "CallDate", "replication_key_value": day.isoformat()}
        state = {"singer_state": {"bookmarks": {"cdr_details": bookmark}}}
        self.run_meltano("state", "set", "--force", _state_id(city), json.dumps(state))

    def run_meltano(self, *arguments: str) -> None:
        run_command([self.meltano, *arguments], self.environment, cwd=self.folder)

    def kill_tap(self, city: str) -> None:
        """Kill the tap of an account that has read three of four days."""
        # A request is logged before its slow response.
        wait_until(lambda: len(self.boxes[city].requests) == 4, "the days are not read")
        config = f"{self.folder}/.meltano/run/tap-ozonetel-{city}/"
        taps = processes_with(config)
        assert taps
        for tap in taps:
            os.kill(tap, signal.SIGKILL)


def _state_id(city: str) -> str:
    return f"prod:tap-ozonetel-{city}-to-target-postgres"


@contextmanager
def accounts(folder: Path) -> Iterator[Accounts]:
    """Run eight accounts, a database and S3, and write the project."""
    programs = install_meltano(folder / "meltano", "s3")
    with ExitStack() as stack:
        database = stack.enter_context(postgres())
        s3 = stack.enter_context(s3_server(folder))
        boxes = {
            city: stack.enter_context(Sandbox(_options(number, city)))
            for number, city in enumerate(CITIES)
        }
        today = boxes[GAP].today()
        days = tuple(map(dt.date.fromisoformat, settled_days(boxes[GAP])))
        project = folder / "project"
        project.mkdir()
        found = Accounts(project, boxes, days, database, s3, str(programs / "meltano"))
        _write_project(found)
        found.environment.update(_environment(found, programs))
        found.set_bookmark(GAP, today - dt.timedelta(days=40))
        try:
            yield found
        finally:
            _end_runs(found)


def _end_runs(project: Accounts) -> None:
    """End what a run that failed has left: tasks have sessions of their own."""
    for part in (f"{project.folder}/.meltano/", project.meltano):
        for process in processes_with(part):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


def _options(number: int, city: str) -> Options:
    return Options(
        seed=number,
        records=20,
        dial_count=True,
        limit=99,
        username=city,
        api_key=f"a key of {city}",
        faults=_FAULTS.get(city, ""),
    )


def _write_project(project: Accounts) -> None:
    """Write the project of the checkout with one more plugin for each account."""
    link_plugins(project.folder)
    yaml = YAML()
    content = yaml.load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
    content["plugins"]["extractors"] += [_plugin(project, city) for city in CITIES]
    with (project.folder / "meltano.yml").open("w", encoding="utf-8") as file:
        yaml.dump(content, file)


def _plugin(project: Accounts, city: str) -> dict[str, Any]:
    bounds = {"start_date": str(project.days[0]), "end_date": str(project.days[-1])}
    fail = {"on_retention_gap": "fail"}
    box = project.boxes[city].config
    names = ("api_url", "username", "rate_limit_requests")
    return {
        "name": f"tap-ozonetel-{city}",
        "inherit_from": "tap-ozonetel",
        "load_schema": city,
        "config": {**{name: box[name] for name in names}, **(fail if city == GAP else bounds)},
    }


def _environment(project: Accounts, programs: Path) -> dict[str, str]:
    keys = {
        f"TAP_OZONETEL_{city.upper()}_API_KEY": str(box.config["api_key"])
        for city, box in project.boxes.items()
    }
    inherited = inherited_environment()
    return {
        **inherited,
        **keys,
        **project.database.settings,
        **project.s3.environment,
        "TARGET_POSTGRES_SSL_ENABLE": "false",
        "TAP_OZONETEL_CACHE_DIR": str(project.folder / "cache"),
        "MELTANO_ENVIRONMENT": "prod",
        "MELTANO_PROJECT_ROOT": str(project.folder),
        "MELTANO_STATE_BACKEND_URI": f"s3://{project.s3.bucket(_BUCKET)}/state",
        "OZONETEL_SCHEDULE": "",
        "OZONETEL_RETRY_SECONDS": "1",
        "OZONETEL_ACCOUNTS": " ".join(CITIES),
        "PATH": f"{programs}:{inherited['PATH']}",
    }
