"""The README's tables, made of the code: `python -m tools.readme_tables`."""

from __future__ import annotations

import sys
from typing import Any

from tap_ozonetel.config.schema import CONFIG_JSONSCHEMA as SETTINGS_SCHEMA
from tap_ozonetel.schema import CDR_SCHEMA as RECORD_SCHEMA


def settings_table() -> str:
    """The tap's own settings: name, default, meaning."""
    rows = [("setting", "default", "meaning"), ("---", "---", "---")]
    for name, setting in SETTINGS_SCHEMA["properties"].items():
        rows.append((f"`{name}`", _default(name, setting), setting["description"]))
    return _table(rows)


def fields_table() -> str:
    """The fields of a record: name, type, meaning."""
    rows = [("field", "type", "meaning"), ("---", "---", "---")]
    for name, field in RECORD_SCHEMA["properties"].items():
        kind = field.get("format", field["type"][0])
        rows.append((f"`{name}`", kind, field["description"]))
    return _table(rows)


def _default(name: str, setting: dict[str, Any]) -> str:
    if name in SETTINGS_SCHEMA["required"]:
        return "required, secret" if setting.get("secret") else "required"
    return f"`{setting['default']}`" if "default" in setting else ""


def _table(rows: list[tuple[str, str, str]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


if __name__ == "__main__":
    sys.stdout.write(f"{settings_table()}\n{fields_table()}")
