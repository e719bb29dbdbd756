"""The settings in meltano.yml load the same rows as the defaults of the loaders."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import duckdb
import pytest

from benchmarks.loaders import SMALL_BATCH, read_plugin
from benchmarks.postgres_server import Postgres, postgres
from sandbox import Options, Sandbox
from tests.helpers.clock import FakeClock
from tests.helpers.comparison import DUCKDB, POSTGRES, SNOWFLAKE, differences
from tests.helpers.hard_records import hard_messages, records_of
from tests.helpers.meltano import TIMEOUT_SECONDS, inherited_environment
from tests.helpers.snowflake_loader import load_into_snowflake
from tests.helpers.sync import sync
from tests.helpers.warehouses import fetch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.helpers.comparison import Row

    Messages = list[dict[str, Any]]

#: Floats in JSON, but decimals in Postgres.
_POSTGRES = replace(POSTGRES, number=lambda number: Decimal(str(number)))


@dataclass(frozen=True)
class Program:
    """A loader in an environment of its own."""

    path: Path
    folder: Path

    def run(self, config: dict[str, object], messages: Messages) -> str:
        """Load, and return the log.

        Raises:
            subprocess.CalledProcessError: The loader failed.
        """
        file = self.folder / "config.json"
        file.write_text(json.dumps(config))
        done = subprocess.run(
            [self.path, "--config", file],
            env=inherited_environment(),
            input="".join(f"{json.dumps(message)}\n" for message in messages),
            check=True,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=TIMEOUT_SECONDS,
        )
        return done.stderr


@pytest.fixture(scope="module")
def target_postgres(tmp_path_factory: pytest.TempPathFactory) -> Program:
    folder = tmp_path_factory.mktemp("target-postgres")
    return Program(read_plugin("target-postgres").install(folder / "environment"), folder)


@pytest.fixture(scope="module")
def target_duckdb(tmp_path_factory: pytest.TempPathFactory) -> Program:
    folder = tmp_path_factory.mktemp("target-duckdb")
    return Program(read_plugin("target-duckdb").install(folder / "environment"), folder)


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as server:
        yield server


@pytest.fixture(scope="module")
def syncs() -> tuple[Messages, Messages]:
    """A first sync, and an incremental one with hard records."""
    clock = FakeClock()
    with Sandbox(Options(records=40, ids="text"), clock=clock) as box:
        first = sync(box, clock, start_date=str(box.today() - dt.timedelta(days=2)))
        clock.now += 26 * 3600
        second = sync(box, clock, state=first.states[-1])
    return first.messages, [*second.messages, *hard_messages(first.messages)[1:]]


def _expected(syncs: tuple[Messages, Messages]) -> list[Row]:
    """Return the records after both syncs."""
    records = [record for messages in syncs for record in records_of(messages)]
    latest = {(record["CallID"], record["UCID"]): record for record in records}
    assert len(latest) < len(records)  # The second sync updates rows.
    return list(latest.values())


def _postgres_config(server: Postgres, schema: str) -> dict[str, object]:
    """Return the settings of the server and those in meltano.yml."""
    values = read_plugin("target-postgres").values
    return {**values, **server.config, "default_target_schema": schema}


def test_postgres_has_the_rows_of_the_defaults(
    syncs: tuple[Messages, Messages], server: Postgres, target_postgres: Program
) -> None:
    configs = [_postgres_config(server, name) for name in ("recommended", "defaults")]
    changed = {name: configs[1].pop(name) for name in ("use_copy", "validate_records")}
    assert changed == {"use_copy": True, "validate_records": False}
    tables = []
    for config in configs:
        logs = [target_postgres.run(config, messages) for messages in syncs]
        assert ["Inserting with SQL: COPY" in log for log in logs] == ["use_copy" in config] * 2
        schema = config["default_target_schema"]
        rows = server.query(f"select * from {schema}.cdr_details")  # noqa: S608
        assert differences(rows, _expected(syncs), _POSTGRES) == []
        columns = server.query(
            "select column_name, data_type, is_nullable, numeric_precision, numeric_scale "  # noqa: S608
            f"from information_schema.columns where table_schema = '{schema}' order by 1"
        )
        tables.append((_POSTGRES.rows_by_key(rows), columns))
    assert tables[0] == tables[1]


def test_postgres_is_loaded_with_copy_by_any_url(
    syncs: tuple[Messages, Messages], server: Postgres, target_postgres: Program
) -> None:
    config = _postgres_config(server, "by_url")
    account = f"{config['user']}:{quote(str(config['password']))}"
    url = f"postgresql://{account}@{config['host']}:{config['port']}/{config['database']}"
    config = {"sqlalchemy_url": url, **read_plugin("target-postgres").values} | {
        "default_target_schema": "by_url"
    }
    assert "Inserting with SQL: COPY" in target_postgres.run(config, syncs[0])
    rows = server.query("select * from by_url.cdr_details")
    assert differences(rows, records_of(syncs[0]), POSTGRES) == []


def test_a_text_column_of_postgres_takes_other_values(
    syncs: tuple[Messages, Messages], server: Postgres, target_postgres: Program
) -> None:
    schema, first = syncs[0][:2]
    text = [schema, {**first, "record": {**first["record"], "Comments": 5}}]
    config = _postgres_config(server, "others")
    target_postgres.run(config, text)
    assert server.query('select "Comments" from others.cdr_details') == [{"Comments": "5"}]
    with pytest.raises(subprocess.CalledProcessError) as failed:
        target_postgres.run({**config, "validate_records": True}, text)
    assert "5 is not of type" in failed.value.stderr


def test_a_value_that_does_not_fit_its_column_is_an_error(
    syncs: tuple[Messages, Messages], server: Postgres, target_postgres: Program
) -> None:
    schema, first = syncs[0][:2]
    wrong = [schema, {**first, "record": {**first["record"], "Rating": "good"}}]
    with pytest.raises(subprocess.CalledProcessError) as failed:
        target_postgres.run(_postgres_config(server, "wrong"), wrong)
    assert "could not convert string to float: 'good'" in failed.value.stderr
    assert server.query("select * from wrong.cdr_details") == []


def test_copy_rounds_numbers_of_many_digits(
    syncs: tuple[Messages, Messages], server: Postgres, target_postgres: Program
) -> None:
    schema, first = syncs[0][:2]
    digits = [schema, {**first, "record": {**first["record"], "Rating": 1234567890123456789}}]
    config = _postgres_config(server, "digits")
    query = 'select "Rating" from digits.cdr_details'
    target_postgres.run(config, digits)
    assert server.query(query) == [{"Rating": 1234567890123456800}]
    target_postgres.run({**config, "use_copy": False}, digits)
    assert server.query(query) == [{"Rating": 1234567890123456789}]


def test_duckdb_batches_of_any_size_load_the_same_rows(
    syncs: tuple[Messages, Messages], target_duckdb: Program
) -> None:
    tables = []
    for size in (SMALL_BATCH, 25):
        file = target_duckdb.folder / f"{size}.duckdb"
        config = {"filepath": str(file), "default_target_schema": "calls", "batch_size_rows": size}
        for messages in syncs:
            target_duckdb.run(config, messages)
        with duckdb.connect(file, read_only=True) as connection:
            rows = fetch(connection, "select * from calls.cdr_details")
            columns = fetch(connection, "describe calls.cdr_details")
        assert differences(rows, _expected(syncs), DUCKDB) == []
        tables.append((DUCKDB.rows_by_key(rows), columns))
    assert tables[0] == tables[1]


def test_duckdb_does_not_validate_by_default(
    syncs: tuple[Messages, Messages], target_duckdb: Program
) -> None:
    schema, first = syncs[0][:2]
    text = [schema, {**first, "record": {**first["record"], "Comments": 5}}]
    file = str(target_duckdb.folder / "unchecked.duckdb")
    config: dict[str, object] = {"filepath": file, "default_target_schema": "calls"}
    target_duckdb.run(config, text)
    with pytest.raises(subprocess.CalledProcessError) as failed:
        target_duckdb.run({**config, "validate_records": True}, text)
    assert "RecordValidationException" in failed.value.stderr


def test_snowflake_has_the_rows_of_the_defaults(
    syncs: tuple[Messages, Messages], tmp_path: Path
) -> None:
    recommended = read_plugin("target-snowflake").values
    assert recommended == {"load_method": "upsert", "validate_records": False}
    queries = ("select * from ozonetel.cdr_details", "describe table ozonetel.cdr_details")
    tables = []
    for name, settings in {"defaults": {}, "recommended": recommended}.items():
        (tmp_path / name).mkdir()
        for messages in syncs:
            folder = tmp_path / name
            _, (rows, columns) = load_into_snowflake(folder, messages, *queries, **settings)
        assert differences(rows, _expected(syncs), SNOWFLAKE) == []
        tables.append((SNOWFLAKE.rows_by_key(rows), columns))
    assert tables[0] == tables[1]
