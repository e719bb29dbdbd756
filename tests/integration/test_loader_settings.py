"""The settings in meltano.yml load the same rows as the defaults of the loaders."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import duckdb
import pytest

from sandbox import Options, Sandbox
from tests.helpers.clock import FakeClock
from tests.helpers.comparison import DUCKDB, POSTGRES, SNOWFLAKE, differences
from tests.helpers.loader_settings import hard_messages, records_of, values_in_meltano_yml
from tests.helpers.meltano import (
    MELTANO,
    ROOT,
    TIMEOUT_SECONDS,
    isolated_meltano,
    run_command,
)
from tests.helpers.postgres import Postgres, postgres
from tests.helpers.snowflake_loader import load_into_snowflake
from tests.helpers.sync import sync
from tests.helpers.warehouses import fetch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.helpers.comparison import Row

    Messages = list[dict[str, Any]]

pytestmark = pytest.mark.usefixtures("meltano_lock")

#: Floats in JSON, but decimals in Postgres.
_POSTGRES = replace(POSTGRES, number=lambda number: Decimal(str(number)))


@pytest.fixture(scope="module")
def syncs() -> tuple[Messages, Messages]:
    """A first sync, and an incremental one with hard records."""
    clock = FakeClock()
    with Sandbox(Options(records=40, ids="text"), clock=clock) as box:
        first = sync(box, clock, start_date=str(box.today() - dt.timedelta(days=2)))
        clock.now += 26 * 3600
        second = sync(box, clock, state=first.states[-1])
    assert len(second.records()) > 40
    return first.messages, [*second.messages, *hard_messages(first.messages)[1:]]


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as server:
        yield server


@pytest.fixture
def variables(server: Postgres, tmp_path: Path) -> dict[str, str]:
    """The environment of `meltano invoke target-postgres`."""
    return {
        **isolated_meltano(tmp_path, "target-postgres"),
        **server.settings,
        "TARGET_POSTGRES_SSL_ENABLE": "false",
    }


def _variables(settings: Mapping[str, object], schema: str) -> dict[str, str]:
    settings = {**settings, "default_target_schema": schema}
    return {
        f"TARGET_POSTGRES_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
        for name, value in settings.items()
    }


def _expected(syncs: tuple[Messages, Messages]) -> list[Row]:
    """Return the records after both syncs."""
    records = [record for messages in syncs for record in records_of(messages)]
    latest = {(record["CallID"], record["UCID"]): record for record in records}
    assert len(latest) < len(records)
    return list(latest.values())


def test_postgres_settings_load_the_rows_of_the_defaults(
    syncs: tuple[Messages, Messages], server: Postgres, variables: dict[str, str]
) -> None:
    command = [MELTANO, "invoke", "target-postgres"]
    about = json.loads(run_command([*command, "--about", "--format=json"], variables))
    defaults = {name: each.get("default") for name, each in about["settings"]["properties"].items()}
    recommended = values_in_meltano_yml("target-postgres")
    changed = {name: value for name, value in recommended.items() if value != defaults[name]}
    assert changed == {"use_copy": True, "validate_records": False}
    runs: dict[str, dict[str, Any]] = {"defaults": {each: defaults[each] for each in changed}}
    runs["recommended"] = {}

    tables = []
    for schema, settings in runs.items():
        for messages in syncs:
            run_command(command, {**variables, **_variables(settings, schema)}, messages)
        rows = server.query(f"select * from {schema}.cdr_details")  # noqa: S608
        assert differences(rows, _expected(syncs), _POSTGRES) == []
        tables.append((_POSTGRES.rows_by_key(rows), _types(server, schema)))
    assert tables[0] == tables[1]


def _types(server: Postgres, schema: str) -> list[Row]:
    return server.query(
        "select column_name, data_type, is_nullable, numeric_precision, numeric_scale "  # noqa: S608
        f"from information_schema.columns where table_schema = '{schema}' order by 1"
    )


@pytest.mark.parametrize(("driver", "error"), [("+psycopg", ""), ("", "no attribute 'copy'")])
def test_copy_needs_the_driver_psycopg_in_the_url(
    driver: str,
    error: str,
    syncs: tuple[Messages, Messages],
    server: Postgres,
    variables: dict[str, str],
) -> None:
    password = quote(server.settings["TARGET_POSTGRES_PASSWORD"])
    address = f"{password}@127.0.0.1:{server.port}/postgres"
    url = {"TARGET_POSTGRES_SQLALCHEMY_URL": f"postgresql{driver}://postgres:{address}"}
    schema = f"driver{driver}"
    done = _invoke({**variables, **url, **_variables({}, schema)}, syncs[0])
    assert (done.returncode == 0) == (not error)
    assert error in done.stderr


def _invoke(environment: dict[str, str], messages: Messages) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [MELTANO, "invoke", "target-postgres"],
        cwd=ROOT,
        env=environment,
        input="".join(f"{json.dumps(message)}\n" for message in messages),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )


def test_postgres_itself_rejects_a_value_of_another_type(
    syncs: tuple[Messages, Messages], server: Postgres, variables: dict[str, str]
) -> None:
    schema, first = syncs[0][:2]
    wrong = [schema, {**first, "record": {**first["record"], "CallDate": "17-03-2026x"}}]
    done = _invoke({**variables, **_variables({}, "wrong")}, wrong)
    assert done.returncode != 0
    assert "invalid input syntax for type date" in done.stderr
    # A text column takes every value: the schema's type is no longer checked.
    text = [schema, {**first, "record": {**first["record"], "Comments": 5}}]
    done = _invoke({**variables, **_variables({}, "wrong")}, text)
    assert done.returncode == 0
    assert server.query('select "Comments" from wrong.cdr_details') == [{"Comments": "5"}]


def test_duckdb_batches_of_any_size_load_the_same_rows(
    syncs: tuple[Messages, Messages], tmp_path: Path
) -> None:
    variables = isolated_meltano(tmp_path, "target-duckdb")
    tables = []
    for name, settings in {"default": {}, "small": {"TARGET_DUCKDB_BATCH_SIZE_ROWS": "25"}}.items():
        file = tmp_path / f"{name}.duckdb"
        own = {"TARGET_DUCKDB_FILEPATH": str(file), "TARGET_DUCKDB_DEFAULT_TARGET_SCHEMA": "calls"}
        for messages in syncs:
            run_command(
                [MELTANO, "invoke", "target-duckdb"], {**variables, **own, **settings}, messages
            )
        with duckdb.connect(file, read_only=True) as connection:
            rows = fetch(connection, "select * from calls.cdr_details")
            types = fetch(connection, "describe calls.cdr_details")
        assert differences(rows, _expected(syncs), DUCKDB) == []
        tables.append((DUCKDB.rows_by_key(rows), types))
    assert tables[0] == tables[1]


def test_snowflake_settings_load_the_rows_of_the_defaults(
    syncs: tuple[Messages, Messages], tmp_path: Path
) -> None:
    queries = ("select * from ozonetel.cdr_details", "describe table ozonetel.cdr_details")
    recommended = values_in_meltano_yml("target-snowflake")
    assert recommended == {"load_method": "upsert", "validate_records": False}
    tables = []
    for name, settings in {"defaults": {}, "recommended": recommended}.items():
        (tmp_path / name).mkdir()
        for messages in syncs:
            _, (rows, types) = load_into_snowflake(tmp_path / name, messages, *queries, **settings)
        assert differences(rows, _expected(syncs), SNOWFLAKE) == []
        tables.append((SNOWFLAKE.rows_by_key(rows), types))
    assert tables[0] == tables[1]
