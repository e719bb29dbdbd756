"""The README says what is so: its tables are those of the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tools.readme_tables import fields_table, settings_table

from tap_ozonetel.config.schema import CONFIG_JSONSCHEMA as SETTINGS_SCHEMA
from tap_ozonetel.schema import CDR_SCHEMA as RECORD_SCHEMA

README = (Path(__file__).parents[2] / "README.md").read_text()


@pytest.mark.parametrize(
    ("name", "table"), [("settings", settings_table()), ("fields", fields_table())]
)
def test_a_table_of_the_readme_is_generated(name: str, table: str) -> None:
    # `python -m tools.readme_tables` prints them as they must stand there.
    assert f"<!-- {name} -->\n{table}<!-- /{name} -->\n" in README


def test_the_tables_have_a_row_for_everything() -> None:
    for name in [*SETTINGS_SCHEMA["properties"], *RECORD_SCHEMA["properties"]]:
        assert len(re.findall(rf"^\| `{name}` \|", README, re.MULTILINE)) == 1


def test_no_other_setting_is_named() -> None:
    settings: dict[str, Any] = SETTINGS_SCHEMA["properties"]
    # But for Meltano's extras, which have two underscores.
    named = set(re.findall(r"TAP_OZONETEL_([A-Z][A-Z_]*)", README))
    assert {name.lower() for name in named} <= {*settings, "loglevel"}
