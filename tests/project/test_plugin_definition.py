"""`plugin.yaml`, `meltano.yml`, `.env.example` and `pyproject.toml` agree with the tap."""

from __future__ import annotations

import re
import tomllib
from io import StringIO
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from meltano.core.setting_definition import SettingDefinition
from ruamel.yaml import YAML

from tap_ozonetel.config.environment import read_environment
from tap_ozonetel.config.parsing import parse_config
from tap_ozonetel.config.validation import validate_config
from tap_ozonetel.tap import TapOzonetel
from tools.plugin_definition import config_schema

_ROOT = Path(__file__).parents[2]
_SCHEMA = config_schema()
_PROJECT = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
_ENV_EXAMPLE = (_ROOT / ".env.example").read_text(encoding="utf-8")


def _yaml(name: str) -> dict[str, Any]:
    with (_ROOT / name).open(encoding="utf-8") as file:
        content: dict[str, Any] = YAML(typ="safe").load(file)
    return content


_DEFINITION = _yaml("plugin.yaml")
_SETTINGS = {setting["name"]: setting for setting in _DEFINITION["settings"]}


def _parse_env(text: str) -> dict[str, str | None]:
    return dotenv_values(stream=StringIO(text), interpolate=False)


def test_all_settings_are_defined() -> None:
    assert list(_SETTINGS) == list(_SCHEMA["properties"])


def test_secrets_are_sensitive_and_have_no_default() -> None:
    secrets = [name for name, schema in _SCHEMA["properties"].items() if schema.get("secret")]
    assert secrets == ["api_key"]
    assert [name for name, each in _SETTINGS.items() if each.get("sensitive")] == secrets
    assert [name for name, each in _SETTINGS.items() if each["kind"] == "password"] == secrets
    assert not any("value" in _SETTINGS[name] for name in secrets)


def test_defaults_are_those_of_the_tap() -> None:
    tap = TapOzonetel(config={"api_key": "k", "username": "u"}, parse_env_config=False)
    defaults = {name: each["value"] for name, each in _SETTINGS.items() if "value" in each}
    assert defaults == {name: tap.config[name] for name in tap.config if name in defaults}
    assert set(tap.config) - set(defaults) == {"api_key", "username"}


def test_capabilities_are_those_of_the_tap() -> None:
    assert _DEFINITION["capabilities"] == [each.value for each in TapOzonetel.capabilities]
    assert _DEFINITION["settings_group_validation"] == [_SCHEMA["required"]]


def test_meltano_project_uses_the_same_definition() -> None:
    (tap,) = _yaml("meltano.yml")["plugins"]["extractors"]
    # In the project, the package is the checkout, and the schema depends on the environment.
    common = set(tap) - {"load_schema", "pip_url"}
    assert {name: _DEFINITION[name] for name in common} == {name: tap[name] for name in common}


def test_definition_names_the_package() -> None:
    assert _DEFINITION["name"] == _DEFINITION["pip_url"] == _PROJECT["name"] == TapOzonetel.name
    assert list(_PROJECT["scripts"]) == [_DEFINITION["executable"]]
    assert _DEFINITION["domain_url"] in _PROJECT["urls"].values()
    # There is no public repository yet.
    assert _DEFINITION.get("repo") == _PROJECT["urls"].get("Repository")


def test_python_versions_are_those_of_the_package() -> None:
    prefix = "Programming Language :: Python :: "
    versions = [
        classifier.removeprefix(prefix)
        for classifier in _PROJECT["classifiers"]
        if re.fullmatch(rf"{prefix}\d+\.\d+", classifier)
    ]
    assert _DEFINITION["supported_python_versions"] == versions
    assert _PROJECT["requires-python"] == f">={versions[0]}"


def test_workflow_tests_all_python_versions() -> None:
    matrix = _yaml(".github/workflows/test.yml")["jobs"]["test"]["strategy"]["matrix"]
    assert matrix["python"] == _DEFINITION["supported_python_versions"]


def test_definition_has_what_the_hub_requires() -> None:
    assert set(_DEFINITION) - set(_yaml("meltano.yml")["plugins"]["extractors"][0]) == {
        *("variant", "supported_python_versions"),
        *("keywords", "domain_url", "maintenance_status", "quality"),
    }
    assert _DEFINITION["log_parser"] == "singer-sdk"
    assert "meltano_sdk" in _DEFINITION["keywords"]
    assert ("Development Status :: 4 - Beta" in _PROJECT["classifiers"]) is (
        _DEFINITION["maintenance_status"] == "beta"
    )


def test_env_example_sets_only_the_required_settings() -> None:
    names = re.findall(r"^#?TAP_OZONETEL_([A-Z_]+)=", _ENV_EXAMPLE, re.MULTILINE)
    assert sorted(name.lower() for name in names) == sorted(_SCHEMA["properties"])
    assert _parse_env(_ENV_EXAMPLE) == {
        f"TAP_OZONETEL_{name.upper()}": "" for name in _SCHEMA["required"]
    }


def test_env_example_describes_every_setting() -> None:
    for name, setting in _SCHEMA["properties"].items():
        lines = re.escape(f"# {setting['description']}\n")
        assert re.search(rf"^{lines}#?TAP_OZONETEL_{name.upper()}=", _ENV_EXAMPLE, re.MULTILINE)


def _uncommented_env() -> dict[str, str]:
    """The variables of `.env.example` with every line uncommented and the required ones set."""
    text = re.sub(r"^#(?=TAP_OZONETEL_)", "", _ENV_EXAMPLE, flags=re.MULTILINE)
    text = re.sub(r"(?<=_API_KEY=)$|(?<=_USERNAME=)$", "filled-in", text, flags=re.MULTILINE)
    return {name: value or "" for name, value in _parse_env(text).items()}


def test_env_example_can_be_uncommented_for_the_tap() -> None:
    config = parse_config(read_environment(_SCHEMA, _uncommented_env()), _SCHEMA)
    validate_config(config, _SCHEMA)
    properties = _SCHEMA["properties"]
    defaults = {
        name: properties[name]["default"] for name in properties if "default" in properties[name]
    }
    filled_in = dict.fromkeys(_SCHEMA["required"], "filled-in")
    assert config == {
        **filled_in,
        **defaults,
        "cache_dir": "~/.cache/tap-ozonetel",
        # No maps and no flattening, as without these settings.
        **{name: {} for name in ("stream_maps", "stream_map_config", "faker_config")},
        "flattening_enabled": False,
        **dict.fromkeys(("flattening_max_depth", "flattening_max_key_length"), 0),
    }


def test_env_example_can_be_uncommented_for_meltano() -> None:
    environment = _uncommented_env()
    for entry in _DEFINITION["settings"]:
        setting = SettingDefinition.parse(entry)
        value = environment[f"TAP_OZONETEL_{setting.name.upper()}"]
        setting.cast_value(value)  # An error ends `meltano run`.
