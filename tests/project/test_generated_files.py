"""The generated files are what their generators write."""

from __future__ import annotations

import pytest

from tools import env_example, plugin_definition
from tools.generate import GENERATED, read


@pytest.mark.parametrize("name", GENERATED)
def test_file_is_up_to_date(name: str) -> None:
    current = read(name)
    assert GENERATED[name](current) == current, f"{name} is stale: run `poe generate`"


def test_stale_lines_are_replaced() -> None:
    text = read("meltano.yml").replace("\n          label: API key\n", "\n          label: Old\n")
    assert text != read("meltano.yml")
    assert plugin_definition.update(text) == read("meltano.yml")


@pytest.mark.parametrize("text", ["", 2 * read("plugin.yaml")], ids=["none", "two"])
def test_generated_lines_must_be_marked_once(text: str) -> None:
    with pytest.raises(ValueError, match="one block of generated lines"):
        plugin_definition.update(text)


def test_secret_with_default_is_still_empty() -> None:
    secret = {"description": "A secret.", "secret": True, "default": "hush"}
    text = env_example.generate({"properties": {"token": secret}, "required": []})
    assert text.endswith("# A secret.\n#TAP_OZONETEL_TOKEN=\n")
