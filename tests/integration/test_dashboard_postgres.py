"""The dashboard over Postgres shows the same as over DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from benchmarks.models import write_models
from benchmarks.postgres_server import DATABASE, PASSWORD, USER, Postgres, postgres
from dashboard.definitions import read_marts
from dashboard.errors import DashboardError
from dashboard.settings import Settings
from dashboard.source import open_source
from tests.helpers.dashboard import PAGES, hide_settings, message, open_page, tiles, url_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

SCHEMA = "marts"


def url_of_postgres(server: Postgres, password: str = PASSWORD) -> str:
    quoted = password.replace(" ", "%20")
    return f"postgresql://{USER}:{quoted}@127.0.0.1:{server.port}/{DATABASE}?sslmode=disable"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("models") / "models.duckdb"
    write_models(file, calls=1500, days=20)
    return file


@pytest.fixture(scope="module")
def server(models: Path) -> Iterator[Postgres]:
    """Postgres with the models, copied from DuckDB."""
    types = {"HUGEINT": "numeric", "DOUBLE": "double precision", "UBIGINT": "numeric"}
    with postgres() as server:
        with duckdb.connect(str(models), read_only=True) as source, server.connect() as target:
            target.execute(f"create schema {SCHEMA}".encode())
            for mart in read_marts():
                rows = source.execute(f"select * from analytics.{mart}")  # noqa: S608
                columns = ", ".join(
                    f"{name} {types.get(str(kind), kind)}" for name, kind, *_ in rows.description
                )
                target.execute(f"create table {SCHEMA}.{mart} ({columns})".encode())
                with target.cursor().copy(f"copy {SCHEMA}.{mart} from stdin".encode()) as copy:
                    for row in rows.fetchall():
                        copy.write_row(row)
        yield server


def content(app: AppTest) -> dict[str, object]:
    cells = [
        round(cell, 6) if isinstance(cell, float) else cell
        for table in app.dataframe
        for row in table.value.itertuples(index=False)
        for cell in row
    ]
    return {
        "tiles": tiles(app),
        "cells": list(map(str, cells)),  # NaN is not equal to itself.
        "captions": [caption.value for caption in app.caption],
        "charts": [chart.proto.alt for chart in app.get("vega_lite_chart")],
    }


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(("direction", "campaign"), [(None, None), ("Inbound", "Support")])
def test_pages_are_equal(
    server: Postgres,
    models: Path,
    monkeypatch: pytest.MonkeyPatch,
    page: str,
    direction: str | None,
    campaign: str | None,
) -> None:
    hide_settings(monkeypatch)
    monkeypatch.setenv("DASHBOARD_URL", url_of(models))
    expected = content(open_page(page, direction=direction, campaign=campaign))
    monkeypatch.setenv("DASHBOARD_URL", url_of_postgres(server))
    monkeypatch.setenv("DASHBOARD_SCHEMA", SCHEMA)
    assert content(open_page(page, direction=direction, campaign=campaign)) == expected
    assert expected["charts"]


def test_models_that_are_missing(server: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    hide_settings(monkeypatch)
    monkeypatch.setenv("DASHBOARD_URL", url_of_postgres(server))
    assert message(open_page()).startswith("The schema analytics has no models, or none that")


def test_the_session_is_read_only(server: Postgres) -> None:
    settings = Settings(url_of_postgres(server), SCHEMA, show_numbers=False)
    with (
        open_source(settings) as source,
        pytest.raises(DashboardError, match="ReadOnlySqlTransaction"),
    ):
        source.query("create table written (a integer)")


@pytest.mark.parametrize("fault", ["password", "port", "url"])
def test_a_database_that_cannot_be_reached(
    server: Postgres, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    hide_settings(monkeypatch)
    url = {
        "password": url_of_postgres(server, "s3cret"),
        "port": "postgresql://me:s3cret@127.0.0.1:1/calls",
        "url": "postgresql://me:s3cret@t@[/calls",
    }[fault]
    monkeypatch.setenv("DASHBOARD_URL", url)
    shown = message(open_page())
    assert shown.startswith(
        "The database in DASHBOARD_URL cannot be reached. Check that it is running"
    )
    assert "s3cret" not in shown
