"""`meltano.yml` matches the tap, and pins the loaders."""

from __future__ import annotations

import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from tools import plugin_definition

_ROOT = Path(__file__).parents[2]
_SCHEMA = plugin_definition.config_schema()
_SECRET = re.compile(r"password|passphrase|token|private_key$|secret|api_key|sqlalchemy_url")


def _project() -> dict[str, Any]:
    with (_ROOT / "meltano.yml").open(encoding="utf-8") as file:
        project: dict[str, Any] = YAML(typ="safe").load(file)
    return project


def _tap() -> dict[str, Any]:
    (tap,) = _project()["plugins"]["extractors"]
    assert isinstance(tap, dict)
    return tap


def _loaders() -> dict[str, dict[str, Any]]:
    return {loader["name"]: loader for loader in _project()["plugins"]["loaders"]}


def _plugins() -> list[dict[str, Any]]:
    return [_tap(), *_loaders().values()]


def test_the_project_conforms_to_meltanos_schema() -> None:
    schema = json.loads((resources.files("meltano") / "schemas/meltano.schema.json").read_text())
    jsonschema.validators.validator_for(schema)(schema).validate(_project())


def test_the_project_has_exactly_the_taps_settings() -> None:
    names = [setting["name"] for setting in _tap()["settings"]]
    assert names == list(_SCHEMA["properties"])


@pytest.mark.parametrize("name", _SCHEMA["properties"])
def test_a_setting_is_defined_as_in_the_tap(name: str) -> None:
    settings = {setting["name"]: setting for setting in _tap()["settings"]}
    # Field by field: name, label, description, kind, sensitive, options, value.
    assert settings[name] == plugin_definition.definition(name, _SCHEMA["properties"][name])


def test_the_capabilities_are_those_of_the_tap() -> None:
    assert _tap()["capabilities"] == plugin_definition.capabilities()
    assert _tap()["settings_group_validation"] == [["api_key", "username"]]


def test_only_cdr_details_is_selected() -> None:
    assert _tap()["select"] == ["cdr_details.*"]


def test_the_generated_block_is_in_the_project() -> None:
    printed = YAML(typ="safe").load(plugin_definition.plugin_block())
    assert printed == {name: _tap()[name] for name in printed}


def test_every_kind_of_setting_is_translated() -> None:
    found = {each["name"]: each for each in plugin_definition.definitions(_SCHEMA)}
    assert found["api_key"] == {
        "name": "api_key",
        "label": "API key",
        "description": _SCHEMA["properties"]["api_key"]["description"],
        "kind": "password",
        "sensitive": True,
    }
    assert found["on_retention_gap"]["kind"] == "options"
    assert found["on_retention_gap"]["options"] == [
        {"label": "Warn", "value": "warn"},
        {"label": "Fail", "value": "fail"},
    ]
    assert found["on_retention_gap"]["value"] == "warn"
    kinds = {name: each["kind"] for name, each in found.items()}
    assert kinds["username"] == "string"
    assert kinds["start_date"] == kinds["end_date"] == "date_iso8601"
    assert kinds["lookback_days"] == "integer"
    assert kinds["rate_limit_period"] == kinds["request_timeout"] == "integer"
    assert kinds["calls"] == "array"
    assert kinds["stream_maps"] == "object"
    assert kinds["flattening_enabled"] == "boolean"
    assert [name for name, each in found.items() if "sensitive" in each] == ["api_key"]


def test_every_setting_has_a_supported_kind() -> None:
    # Meltano cannot write a decimal to the config file of a plugin.
    for plugin in _plugins():
        assert {setting["kind"] for setting in plugin["settings"]} <= {
            *("array", "boolean", "date_iso8601", "integer", "object", "options"),
            *("password", "string"),
        }


def test_loaders_are_pinned() -> None:
    assert {name: loader["pip_url"] for name, loader in _loaders().items()} == {
        "target-duckdb": "target-duckdb==0.7.0",
        "target-postgres": "meltanolabs-target-postgres==0.8.1",
        "target-snowflake": "meltanolabs-target-snowflake==0.19.2",
        "target-jsonl": "target-jsonl==0.1.4",
    }


def test_plugins_run_on_the_python_of_the_project() -> None:
    # With only .python-version, Meltano 4.4 installs the plugins again in every run.
    assert _project()["python"] == (_ROOT / ".python-version").read_text().strip()
    assert _loaders()["target-duckdb"]["python"] == "3.11"
    assert [plugin["name"] for plugin in _plugins() if "python" in plugin] == ["target-duckdb"]


def test_plugins_need_no_hub() -> None:
    for plugin in _plugins():
        assert plugin["namespace"]
        assert "variant" not in plugin
    assert "version" not in _project()


def test_usage_statistics_are_disabled() -> None:
    assert _project()["send_anonymous_usage_stats"] is False
    assert _project()["project_id"]


def test_secrets_are_marked_as_sensitive() -> None:
    for plugin in _plugins():
        for setting in plugin["settings"]:
            secret = _SECRET.search(setting["name"]) is not None
            assert setting.get("sensitive", False) is secret, setting["name"]
            assert (setting["kind"] == "password") is secret, setting["name"]


@pytest.mark.parametrize("name", ["target-duckdb", "target-postgres", "target-snowflake"])
def test_tables_are_in_the_schema_of_the_environment(name: str) -> None:
    settings = {setting["name"]: setting for setting in _loaders()[name]["settings"]}
    assert settings["default_target_schema"]["value"] == "$MELTANO_EXTRACT__LOAD_SCHEMA"


def test_environments_do_not_share_a_schema() -> None:
    schemas = {
        environment["name"]: environment["env"]["OZONETEL_SCHEMA"]
        for environment in _project()["environments"]
    }
    assert _tap()["load_schema"] == "$OZONETEL_SCHEMA"
    assert list(schemas) == ["sandbox", "dev", "prod"]
    assert len(set(schemas.values())) == len(schemas)


def test_the_output_folder_is_in_the_repository() -> None:
    # DuckDB creates a file, but not its folder.
    assert (_ROOT / "output" / ".gitignore").is_file()


def test_each_loader_has_a_job_and_the_schedule_runs_one() -> None:
    jobs = {job["name"]: job["tasks"] for job in _project()["jobs"]}
    assert sorted(jobs.values()) == sorted([f"tap-ozonetel {name}"] for name in _loaders())
    (schedule,) = _project()["schedules"]
    assert schedule["job"] in jobs
    assert schedule["interval"] in {"@hourly", "@daily"}
