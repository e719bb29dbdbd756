"""The settings, from environment variables."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from dashboard.errors import DashboardError

if TYPE_CHECKING:
    from collections.abc import Mapping

_ROOT = Path(__file__).parents[1]
#: The file of the models that `poe demo` writes.
DEMO_FILE = _ROOT / "output" / "demo" / "models.duckdb"
_POSTGRES_SCHEMES = ("postgres", "postgresql")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False, "": False}


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the models are, and how they are shown.

    Attributes:
        database: A DuckDB file, or the URL of a Postgres database.
        schema: The schema of the models.
        show_numbers: Whether phone numbers are shown unmasked.
    """

    database: Path | str
    schema: str
    show_numbers: bool


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings.

    Args:
        environment: The environment variables.

    Raises:
        DashboardError: A value is invalid.
    """
    shown = environment.get("DASHBOARD_SHOW_NUMBERS", "").lower()
    if shown not in _BOOLEANS:
        raise DashboardError("DASHBOARD_SHOW_NUMBERS must be true or false.")
    return Settings(
        database=_parse_url(environment.get("DASHBOARD_URL", "")),
        schema=environment.get("DASHBOARD_SCHEMA", "") or "analytics",
        show_numbers=_BOOLEANS[shown],
    )


def _parse_url(url: str) -> Path | str:
    """Return the DuckDB file or the Postgres URL. A message never has a part of the URL."""
    if not url:
        return DEMO_FILE
    scheme, _, rest = url.partition("://")
    if scheme in _POSTGRES_SCHEMES:
        return url
    if scheme == "duckdb" and rest.startswith("/"):
        return Path(unquote(urlsplit(url).path[1:]))
    raise DashboardError(
        "DASHBOARD_URL must be postgresql://user:password@host:5432/database, or duckdb:/// and "
        "the path of a DuckDB file, such as duckdb:////data/models.duckdb."
    )
