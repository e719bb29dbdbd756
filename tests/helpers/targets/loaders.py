"""What `loaders.toml` declares of each loader."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

FILE = Path(__file__).parents[2] / "targets" / "loaders.toml"


@dataclass(frozen=True, kw_only=True)
class Loader:
    """A table of the file. `tests/targets/loaders.toml` describes the fields."""

    name: str
    requirements: list[str]
    executable: str
    destination: str
    group: Literal["upsert", "append", "not recommended"]
    tested: str
    existing_rows: Literal["updated", "appended", "replaced"]
    ids: str
    date: str
    rating: str
    note: str
    settings: list[dict[str, Any]] = field(default_factory=lambda: [{}])
    changes: list[str] = field(default_factory=list)
    breaks_on: dict[str, Literal["fails", "wrong rows"]] = field(default_factory=dict)


def load() -> dict[str, Loader]:
    """Read the file."""
    tables = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {name: Loader(name=name, **table) for name, table in tables.items()}


LOADERS = load()
