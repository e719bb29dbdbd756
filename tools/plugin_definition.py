"""The settings of the tap as Meltano and its Hub define settings: a translation of their schema.

`python -m tools.meltano_settings` prints them as they stand in `meltano.yml`.
"""

from __future__ import annotations

import sys
from copy import deepcopy
from io import StringIO
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq

from tap_ozonetel.tap import TapOzonetel

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Of JSON's types, Meltano's kinds. A `decimal` that has a value breaks `meltano run` (Decimal is
#: not JSON serializable), so what is measured in seconds is declared in whole ones.
_KINDS = {
    "boolean": "boolean",
    "integer": "integer",
    "number": "integer",
    "array": "array",
    "object": "object",
    "string": "string",
}


def config_schema() -> dict[str, Any]:
    """The schema of all settings: the tap's own, then those that the SDK gives every tap."""
    # A copy, for the SDK adds its own to the schema in place whenever a tap is made.
    schema = deepcopy(TapOzonetel.config_jsonschema)
    TapOzonetel.append_builtin_config(schema)
    return schema


def definitions(schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The `settings` of a plugin definition.

    Args:
        schema: The JSON schema of the settings.
    """
    return [definition(name, each) for name, each in schema["properties"].items()]


def definition(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """One entry of `settings`.

    Args:
        name: The setting.
        schema: Its JSON schema.
    """
    found = {"name": name, "label": schema["title"], "description": schema["description"]}
    found["kind"] = _kind(schema)
    if schema.get("secret"):
        found["sensitive"] = True
    if "enum" in schema:
        found["options"] = [{"label": _label(each), "value": each} for each in schema["enum"]]
    if "default" in schema:
        found["value"] = schema["default"]
    return found


def group_validation(schema: Mapping[str, Any]) -> list[list[str]]:
    """The `settings_group_validation`: the settings without which the tap does not run.

    Args:
        schema: The JSON schema of the settings.
    """
    return [list(schema["required"])]


def capabilities() -> list[str]:
    """The `capabilities` of the tap."""
    return [each.value for each in TapOzonetel.capabilities]


def _kind(schema: Mapping[str, Any]) -> str:
    if schema.get("secret"):
        return "password"
    if "enum" in schema:
        return "options"
    if schema.get("format") == "date":
        return "date_iso8601"
    return next(kind for name, kind in _KINDS.items() if name in schema["type"])


def _label(value: str) -> str:
    return value.replace("_", " ").capitalize()


def plugin_block() -> str:
    """What of the tap's definition follows from the tap, as YAML."""
    schema = config_schema()
    groups = [CommentedSeq(group) for group in group_validation(schema)]
    for group in groups:
        group.fa.set_flow_style()
    block = {
        "capabilities": capabilities(),
        "settings_group_validation": groups,
        "settings": definitions(schema),
    }
    yaml = YAML()
    yaml.width = 80  # The block is indented further where it stands.
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = StringIO()
    yaml.dump(block, text)
    return "".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines())


if __name__ == "__main__":
    sys.stdout.write(plugin_block())
