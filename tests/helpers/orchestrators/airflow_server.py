"""Airflow with its scheduler, DAG processor, API server and LocalExecutor."""

from __future__ import annotations

import json
import subprocess
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import requests

from benchmarks.local_server import free_port
from benchmarks.postgres_server import DATABASE, PASSWORD, USER, Postgres
from tests.helpers.environments import install
from tests.helpers.processes import running, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

REQUIREMENT = "apache-airflow[postgres]==3.3.2"
_SERVICES = ("api-server", "dag-processor", "scheduler")


@dataclass(frozen=True)
class Airflow:
    """A running Airflow."""

    folder: Path
    url: str
    session: requests.Session

    def call(self, method: str, path: str, **body: object) -> dict[str, Any]:
        """Call the API."""
        url = f"{self.url}/api/v2{path}"
        response = self.session.request(method, url, json=body or None, timeout=30)
        response.raise_for_status()
        found: dict[str, Any] = response.json()
        return found

    def unpause(self, dag: str) -> None:
        """Wait until the DAG has been parsed, and unpause it."""

        def is_unpaused() -> bool:
            try:
                self.call("PATCH", f"/dags/{dag}", is_paused=False)
            except requests.HTTPError as error:
                if error.response.status_code != HTTPStatus.NOT_FOUND:
                    raise
                return False
            return True

        wait_until(is_unpaused, "the DAG is not parsed", pause=1)

    def trigger(self, dag: str, run: str) -> None:
        self.call("POST", f"/dags/{dag}/dagRuns", dag_run_id=run, logical_date=None)

    def wait(self, dag: str, run: str) -> str:
        """Wait for the end of a run, and return its state."""

        def final_state() -> str | None:
            state = str(self.call("GET", f"/dags/{dag}/dagRuns/{run}")["state"])
            return state if state in {"success", "failed"} else None

        return wait_until(final_state, f"the run {run} does not end", pause=1)

    def task(self, dag: str, run: str, task: str) -> dict[str, Any]:
        """Return a task instance."""
        return self.call("GET", f"/dags/{dag}/dagRuns/{run}/taskInstances/{task}")

    def log(self, dag: str, run: str, task: str) -> str:
        """Return the log of the first try of a task."""
        path = f"logs/dag_id={dag}/run_id={run}/task_id={task}/attempt=1.log"
        return (self.folder / path).read_text(encoding="utf-8")


@contextmanager
def airflow(
    folder: Path, dags: Path, database: Postgres, environment: Mapping[str, str]
) -> Iterator[Airflow]:
    """Run Airflow.

    Args:
        folder: Where its environment, settings and logs are.
        dags: The folder of the DAGs.
        database: The server of its metadata.
        environment: The environment variables of the tasks.

    Yields:
        The running Airflow.
    """
    folder.mkdir()
    programs = install(folder / "environment", REQUIREMENT)
    port = free_port()
    variables = {**environment, **_settings(folder, dags, database, port)}
    command = str(programs / "airflow")
    migration = subprocess.run(
        [command, "db", "migrate"], env=variables, capture_output=True, text=True, check=False
    )
    assert migration.returncode == 0, migration.stderr
    with ExitStack() as stack:
        for service in _SERVICES:
            stack.enter_context(running([command, service], variables, folder / f"{service}.log"))
        session = stack.enter_context(requests.Session())
        session.trust_env = False  # No proxy.
        server = Airflow(folder, f"http://127.0.0.1:{port}", session)
        wait_until(lambda: _log_in(server), "Airflow does not start")
        yield server


def _settings(folder: Path, dags: Path, database: Postgres, port: int) -> dict[str, str]:
    address = f"{USER}:{quote(PASSWORD)}@127.0.0.1:{database.port}/{DATABASE}"
    settings: dict[str, dict[str, object]] = {
        "core": {
            "dags_folder": dags,
            "executor": "LocalExecutor",
            "execution_api_server_url": f"http://127.0.0.1:{port}/execution/",
            "parallelism": 8,
            "load_examples": False,
            "default_task_retry_delay": 1,
            "simple_auth_manager_all_admins": True,
        },
        "database": {"sql_alchemy_conn": f"postgresql+psycopg2://{address}"},
        "api": {
            "host": "127.0.0.1",
            "port": port,
            "base_url": f"http://127.0.0.1:{port}",
            "workers": 1,
        },
        "api_auth": {"jwt_secret": "a secret of nobody".ljust(64)},
        "scheduler": {"scheduler_idle_sleep_time": 0.5},
    }
    variables = {
        f"AIRFLOW__{section}__{name}".upper(): str(value)
        for section, values in settings.items()
        for name, value in values.items()
    }
    return {**variables, "AIRFLOW_HOME": str(folder)}


def _log_in(server: Airflow) -> bool:
    try:
        response = server.session.get(f"{server.url}/auth/token", timeout=10)
    except requests.ConnectionError:
        return False
    token = json.loads(response.text)["access_token"]
    server.session.headers["Authorization"] = f"Bearer {token}"
    return True
