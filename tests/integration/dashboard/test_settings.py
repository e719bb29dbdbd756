"""The settings of the dashboard."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.errors import DashboardError
from dashboard.settings import DEMO_FILE, Settings, read_settings


def test_defaults_are_those_of_the_demo() -> None:
    assert read_settings({}) == Settings(DEMO_FILE, "analytics", show_numbers=False)
    assert DEMO_FILE.parts[-3:] == ("output", "demo", "models.duckdb")


def test_all_settings() -> None:
    url = "postgresql://me@warehouse/calls"
    environment = {
        "DASHBOARD_URL": url,
        "DASHBOARD_SCHEMA": "marts",
        "DASHBOARD_SHOW_NUMBERS": "TRUE",
    }
    assert read_settings(environment) == Settings(url, "marts", show_numbers=True)


def test_duckdb_files() -> None:
    for url, file in (
        ("duckdb:////data/my%20models.duckdb", "/data/my models.duckdb"),
        ("duckdb:///models.duckdb", "models.duckdb"),
    ):
        assert read_settings({"DASHBOARD_URL": url}).database == Path(file)


@pytest.mark.parametrize("url", ["mysql://me:s3cret@h/d", "models.duckdb", "duckdb://models"])
def test_other_urls_are_rejected(url: str) -> None:
    with pytest.raises(DashboardError, match="DASHBOARD_URL must be postgresql://") as caught:
        read_settings({"DASHBOARD_URL": url})
    assert "s3cret" not in str(caught.value)


def test_numbers_are_only_shown_on_request() -> None:
    assert not read_settings({"DASHBOARD_SHOW_NUMBERS": "false"}).show_numbers
    with pytest.raises(DashboardError, match="DASHBOARD_SHOW_NUMBERS must be true or false"):
        read_settings({"DASHBOARD_SHOW_NUMBERS": "yes please"})
