"""Generates `catalog.json`, the output of `tap-ozonetel --discover`."""

from __future__ import annotations

from tap_ozonetel.tap import TapOzonetel


def generate() -> str:
    """The text of the file."""
    tap = TapOzonetel(config={"api_key": "unused", "username": "unused"}, validate_config=False)
    return f"{tap.catalog_json_text}\n"
