"""`plugin.yaml` and `.env.example` say of the tap what the tap says of itself."""

from __future__ import annotations

import re
import tomllib
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values
from ruamel.yaml import YAML

from tap_ozonetel.config.parsing import parse_config, read_environment
from tap_ozonetel.config.validation import validate_config
from tap_ozonetel.tap import TapOzonetel
from tools import env_example, meltano_settings

_ROOT = Path(__file__).parents[2]
_SCHEMA = meltano_settings.config_schema()
_PROJECT = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
_ENV_EXAMPLE = (_ROOT / ".env.example").read_text(encoding="utf-8")


def _yaml(name: str) -> dict[str, Any]:
    with (_ROOT / name).open(encoding="utf-8") as file:
        found: dict[str, Any] = YAML(typ="safe").load(file)
    return found


def _definition() -> dict[str, Any]:
    return _yaml("plugin.yaml")


def _settings() -> dict[str, dict[str, Any]]:
    return {setting["name"]: setting for setting in _definition()["settings"]}


def _example(text: str) -> dict[str, str | None]:
    return dotenv_values(stream=StringIO(text), interpolate=False)


def test_no_setting_is_missing_and_none_is_made_up() -> None:
    names = [setting["name"] for setting in _definition()["settings"]]
    assert names == list(_SCHEMA["properties"])


@pytest.mark.parametrize("name", _SCHEMA["properties"])
def test_a_setting_is_what_the_tap_says(name: str) -> None:
    # Field by field: name, label, description, kind, sensitive, options, value.
    assert _settings()[name] == meltano_settings.definition(name, _SCHEMA["properties"][name])


def test_secrets_are_secrets_and_have_no_default() -> None:
    secrets = [name for name, each in _SCHEMA["properties"].items() if each.get("secret")]
    assert secrets == ["api_key"]
    found = [name for name, each in _settings().items() if each.get("sensitive")]
    assert found == secrets
    assert [name for name, each in _settings().items() if each["kind"] == "password"] == secrets
    assert not any("value" in _settings()[name] for name in secrets)


def test_a_default_is_the_one_that_the_tap_takes() -> None:
    tap = TapOzonetel(config={"api_key": "k", "username": "u"}, parse_env_config=False)
    defaults = {name: each["value"] for name, each in _settings().items() if "value" in each}
    assert defaults == {name: tap.config[name] for name in tap.config if name in defaults}
    assert set(tap.config) - set(defaults) == {"api_key", "username"}


def test_the_tap_can_what_it_says() -> None:
    assert _definition()["capabilities"] == [each.value for each in TapOzonetel.capabilities]
    assert _definition()["settings_group_validation"] == [_SCHEMA["required"]]


def test_it_is_the_tap_of_this_project_in_every_place() -> None:
    definition = _definition()
    (tap,) = _yaml("meltano.yml")["plugins"]["extractors"]
    same = set(tap) - {"pip_url"}  # Here it is the checkout.
    assert {name: definition[name] for name in same} == {name: tap[name] for name in same}


def test_it_is_the_package_of_this_project() -> None:
    definition = _definition()
    assert definition["name"] == definition["pip_url"] == _PROJECT["name"] == TapOzonetel.name
    assert list(_PROJECT["scripts"]) == [definition["executable"]]
    # Neither has an address as long as there is none.
    assert definition.get("repo") == _PROJECT.get("urls", {}).get("Repository")


def test_it_is_for_the_versions_of_python_that_the_package_is_for() -> None:
    prefix = "Programming Language :: Python :: "
    versions = [
        each.removeprefix(prefix)
        for each in _PROJECT["classifiers"]
        if re.fullmatch(rf"{prefix}\d+\.\d+", each)
    ]
    assert _definition()["supported_python_versions"] == versions
    assert _PROJECT["requires-python"] == f">={versions[0]}"


def test_what_the_hub_asks_for_besides_is_there() -> None:
    definition = _definition()
    assert set(definition) - set(_yaml("meltano.yml")["plugins"]["extractors"][0]) == {
        *("variant", "supported_python_versions"),
        *("keywords", "domain_url", "maintenance_status", "quality"),
    }
    assert definition["log_parser"] == "singer-sdk"
    assert "meltano_sdk" in definition["keywords"]
    assert ("Development Status :: 4 - Beta" in _PROJECT["classifiers"]) is (
        definition["maintenance_status"] == "beta"
    )


def test_the_example_of_an_environment_is_generated() -> None:
    # `python -m tools.env_example` prints it as it must stand there.
    assert env_example.text(_SCHEMA) == _ENV_EXAMPLE


def test_the_example_has_every_setting_and_only_the_required_ones_in_force() -> None:
    names = re.findall(r"^#?TAP_OZONETEL_([A-Z_]+)=", _ENV_EXAMPLE, re.MULTILINE)
    assert sorted(name.lower() for name in names) == sorted(_SCHEMA["properties"])
    # Filled in by nobody yet, secrets least of all.
    assert _example(_ENV_EXAMPLE) == {
        f"TAP_OZONETEL_{name.upper()}": "" for name in _SCHEMA["required"]
    }


def test_the_example_has_a_line_on_every_setting() -> None:
    for name, setting in _SCHEMA["properties"].items():
        lines = re.escape(f"# {setting['description']}\n")
        assert re.search(rf"^{lines}#?TAP_OZONETEL_{name.upper()}=", _ENV_EXAMPLE, re.MULTILINE)


def test_the_example_with_everything_in_force_is_what_the_tap_does_without_it() -> None:
    text = re.sub(r"^#(?=TAP_OZONETEL_)", "", _ENV_EXAMPLE, flags=re.MULTILINE)
    text = re.sub(r"(?<=_API_KEY=)$|(?<=_USERNAME=)$", "filled-in", text, flags=re.MULTILINE)
    environment = {name: value or "" for name, value in _example(text).items()}
    config = parse_config(read_environment(_SCHEMA, environment), _SCHEMA)
    validate_config(config, _SCHEMA)
    properties = _SCHEMA["properties"]
    defaults = {
        name: properties[name]["default"] for name in properties if "default" in properties[name]
    }
    filled_in = dict.fromkeys(_SCHEMA["required"], "filled-in")
    assert config == {**filled_in, **defaults, "cache_dir": ""}


def test_a_secret_with_a_default_would_still_be_empty() -> None:
    secret = {"description": "A secret.", "secret": True, "default": "hush"}
    text = env_example.text({"properties": {"token": secret}, "required": []})
    assert text.endswith("# A secret.\n#TAP_OZONETEL_TOKEN=\n")
