"""The dashboard, run by Streamlit's test framework, and its models."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from streamlit.testing.v1 import AppTest

if TYPE_CHECKING:
    import datetime as dt

    import pytest

APP = Path(__file__).parents[2] / "dashboard" / "app.py"
PAGES = ("overview", "missed_calls", "agents")
_TIMEOUT_SECONDS = 60


def hide_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("DASHBOARD_")]:
        monkeypatch.delenv(name)


def url_of(file: Path) -> str:
    return f"duckdb:///{file}"


def open_page(
    name: str = "overview",
    days: tuple[dt.date, dt.date] | None = None,
    direction: str | None = None,
    campaign: str | None = None,
) -> AppTest:
    """Open a page, and choose in the filter what is given."""
    app = AppTest.from_file(APP, default_timeout=_TIMEOUT_SECONDS).run()
    if days:
        app.date_input(key="days").set_value(days)
    if direction:
        app.radio(key="direction").set_value(direction)
    if campaign:
        app.selectbox(key="campaign").set_value(campaign)
    if days or direction or campaign:
        app.run()
    if name != "overview":
        app.switch_page(f"page_scripts/{name}.py").run()
    assert not app.exception
    return app


def tiles(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def message(app: AppTest) -> str:
    """Return the only message of a page without content."""
    assert not app.exception
    assert not app.metric
    assert not app.dataframe
    (found,) = [str(element.value) for element in app.error] + [
        str(element.value) for element in app.info
    ]
    return found


@dataclass(frozen=True)
class Dashboard:
    """The models that the dashboard shows."""

    models: Path

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.models), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def value(self, sql: str) -> Any:  # noqa: ANN401
        ((value,),) = self.query(sql)
        return value
