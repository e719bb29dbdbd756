"""The dashboard over generated calls, without a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from benchmarks.models import write_models
from tests.helpers.dashboard import Dashboard, hide_settings, url_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DuckDB file with the marts of 3,000 calls on 30 days. Tests only read it."""
    file = tmp_path_factory.mktemp("models") / "models.duckdb"
    write_models(file, calls=3000, days=30)
    return file


@pytest.fixture
def dashboard(models: Path, monkeypatch: pytest.MonkeyPatch) -> Dashboard:
    hide_settings(monkeypatch)
    monkeypatch.setenv("DASHBOARD_URL", url_of(models))
    return Dashboard(models)


@pytest.fixture
def changed_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A DuckDB file with the marts of a few calls, which a test changes before it opens a page."""
    hide_settings(monkeypatch)
    file = tmp_path / "models.duckdb"
    write_models(file, calls=60, days=4)
    monkeypatch.setenv("DASHBOARD_URL", url_of(file))
    with duckdb.connect(str(file)) as connection:
        connection.execute("use analytics")
    return file
