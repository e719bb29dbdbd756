"""The file `.env.example`, made of the settings: `python -m tools.env_example` prints it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from tools import meltano_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEAD = """\
# Copy this file to .env, which Meltano reads and git ignores, and fill in the first lines.
# What has a `#` before it need not be set: it stands there with its default.
"""


def text(schema: Mapping[str, Any]) -> str:
    """The file.

    Args:
        schema: The JSON schema of the settings.
    """
    required = [name for name in schema["properties"] if name in schema["required"]]
    others = [name for name in schema["properties"] if name not in required]
    entries = [_entry(name, schema["properties"][name], "") for name in required]
    # Empty text is not always what is not set: as `cache_dir` it turns sharing off.
    entries += [_entry(name, schema["properties"][name], "#") for name in others]
    return "\n".join([_HEAD, *entries])


def _entry(name: str, setting: Mapping[str, Any], mark: str) -> str:
    # Never more than its name of a secret, whatever default it has.
    value = "" if setting.get("secret") else setting.get("default", "")
    shown = value if isinstance(value, str) else json.dumps(value)
    return f"# {setting['description']}\n{mark}TAP_OZONETEL_{name.upper()}={shown}\n"


if __name__ == "__main__":
    sys.stdout.write(text(meltano_settings.config_schema()))
