"""Reads the JSON files of the command line: config, catalog and state."""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path, PurePath
from typing import Any

from tap_ozonetel.errors import ConfigError


def _read_json_file(path: PurePath | str, name: str) -> Any:  # noqa: ANN401 - any JSON
    """Read a JSON file, or stdin if the path is `-`. An error has none of the content."""
    try:
        content = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        # Editors on Windows write a byte order mark. The SDK reads fractions as Decimal, too.
        return json.loads(content.decode("utf-8-sig"), parse_float=Decimal)
    except OSError as error:
        raise ConfigError(f"{name} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{name} is not UTF-8 (byte {error.start})") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}" if content.strip() else "it is empty"
        raise ConfigError(f"{name} is not JSON ({where})") from None
    except RecursionError:
        raise ConfigError(f"{name} is nested too deeply") from None


def read_config_file(path: str) -> dict[str, Any]:
    """Read a config file, which must be an object."""
    name = f"The config {path}"
    config = _read_json_file(path, name)
    if not isinstance(config, dict):
        raise ConfigError(f"{name} must be an object, not {describe_type(config)}")
    return config


def read_document(document: object, name: str) -> tuple[Any, str]:
    """Read a JSON document that may be given by the path of its file.

    Args:
        document: The document or the path.
        name: What the document is, such as `The catalog`.

    Returns:
        The document, and its name with the path.
    """
    if not isinstance(document, str | PurePath):
        return document, name
    name = f"{name} {document}"
    return _read_json_file(document, name), name


def describe_type(value: object) -> str:
    """Describe the type of a JSON value, such as `a list`."""
    if value is None:
        return "null"
    types = {bool: "a boolean", str: "a string", list: "a list", dict: "an object"}
    return next((name for kind, name in types.items() if isinstance(value, kind)), "a number")


def quote(name: object) -> str:
    """Quote a name from a file for a message: in one line, and not longer than a name."""
    quoted = repr(name)
    longest = 60
    return quoted if len(quoted) <= longest else f"{quoted[:longest]}…"
