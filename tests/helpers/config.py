"""A config from settings in a file or in the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_ozonetel.config.environment import read_environment
from tap_ozonetel.config.parsing import build_config, parse_config
from tap_ozonetel.config.schema import CONFIG_JSONSCHEMA
from tap_ozonetel.config.validation import validate_config

if TYPE_CHECKING:
    from tap_ozonetel.config.parsing import Config

#: A value that must not be in an error.
CANARY = "canary-5f1e"
NEEDED = {"api_key": CANARY, "username": "acme"}
DEFAULTS = {
    name: setting["default"]
    for name, setting in CONFIG_JSONSCHEMA["properties"].items()
    if "default" in setting
}


def make_config(**settings: object) -> Config:
    """Return the config of settings in a file."""
    config = parse_config({**NEEDED, **settings}, CONFIG_JSONSCHEMA)
    validate_config(config, CONFIG_JSONSCHEMA)
    return build_config({**DEFAULTS, **config})


def config_from_environment(**settings: str) -> Config:
    """Return the config of environment variables."""
    environment = {f"TAP_OZONETEL_{name.upper()}": value for name, value in settings.items()}
    return make_config(**read_environment(CONFIG_JSONSCHEMA, environment))


CALLS = [
    {"ucid": "31733467784618213", "call_date": "2026-03-17"},
    {"ucid": 31733467784618213, "call_date": "2026-03-16"},
]
