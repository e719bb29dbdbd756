"""All destinations by the names that `loaders.toml` uses."""

from __future__ import annotations

from tests.helpers.targets.databases import DATABASES
from tests.helpers.targets.files import FILES
from tests.helpers.targets.stand_ins import STAND_INS

DESTINATIONS = {**FILES, **DATABASES, **STAND_INS}
