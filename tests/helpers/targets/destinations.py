"""All destinations by the names that `loaders.toml` uses."""

from __future__ import annotations

from tests.helpers.targets.files import FILES

DESTINATIONS = {**FILES}
