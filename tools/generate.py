"""Writes every generated file: `poe generate`."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tools import (
    catalog,
    dbt_reference,
    env_example,
    loader_tables,
    package_graph,
    plugin_definition,
    reference_pages,
)

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]

#: The generated files. Each function gets the current text of its file, which matters if only a
#: part is generated, and returns the new text.
GENERATED: dict[str, Callable[[str], str]] = {
    ".env.example": lambda _: env_example.generate(plugin_definition.config_schema()),
    "catalog.json": lambda _: catalog.generate(),
    "docs/architecture.md": package_graph.update,
    "docs/dbt.md": dbt_reference.update,
    "docs/fields.md": lambda _: reference_pages.generate_fields(),
    "docs/loaders.md": loader_tables.update,
    "docs/settings.md": lambda _: reference_pages.generate_settings(),
    "meltano.yml": plugin_definition.update,
    "plugin.yaml": plugin_definition.update,
}


def read(name: str) -> str:
    """Read the current text of a generated file. Empty if there is none.

    Args:
        name: The path below the root of the repository.
    """
    path = ROOT / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


def main() -> None:
    """Write the files that have changed, and print their names."""
    logging.disable()  # The tap logs that it has no state.
    for name, generate in GENERATED.items():
        current = read(name)
        text = generate(current)
        if text != current:
            (ROOT / name).write_text(text, encoding="utf-8")
            sys.stdout.write(f"{name}\n")


if __name__ == "__main__":
    main()
