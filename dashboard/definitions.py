"""The columns of the marts and what they mean, from the dbt package."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

_MARTS = Path(__file__).parents[1] / "dbt" / "models" / "marts"

#: The mart that exists only if the stream `agent_summary` is loaded.
AGENT_DAYS = "ozonetel__agent_days"


@cache
def read_marts() -> dict[str, dict[str, str]]:
    """Return the description of each column by mart and column."""
    yaml = YAML(typ="safe")
    files = [yaml.load(path) for path in sorted(_MARTS.glob("*.yml"))]
    return {
        model["name"]: {
            column["name"]: " ".join(column["description"].split()) for column in model["columns"]
        }
        for file in files
        for model in file["models"]
    }


def definition(mart: str, column: str) -> str:
    """Return the description of a column of a mart, for the help text of a measure."""
    return read_marts()[mart][column]
