"""target-s3tables with an Iceberg catalog in SQLite."""

from __future__ import annotations

import json
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from tests.helpers.environments import script_command
from tests.helpers.meltano import inherited_environment, run_command
from tests.helpers.targets.files import TYPED_FIELDS, json_rows
from tests.helpers.targets.messages import STREAM
from tests.helpers.targets.running import Destination, Stored

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.helpers.targets.loaders import Loader

_SCRIPT = Path(__file__).with_name("s3tables_on_sqlite.py")
_NAMESPACE = "calls"


@contextmanager
def iceberg(folder: Path) -> Iterator[Destination]:
    script = script_command(_SCRIPT, str(folder))

    def command(_loader: Loader, config: Path) -> list[str]:
        return [*script, "--config", str(config)]

    def read() -> Stored:
        table = run_command([*script, "--rows", f"{_NAMESPACE}.{STREAM}"], inherited_environment())
        found = json.loads(table, parse_float=Decimal)
        rows = json_rows(found["rows"]).rows
        return Stored(rows, {name: found["types"][name] for name in TYPED_FIELDS})

    config = {
        "catalog_mode": "s3tables_rest",
        "region": "us-east-1",
        "table_bucket_arn": "arn:aws:s3tables:us-east-1:000000000000:bucket/nobody",
        "namespace": _NAMESPACE,
        "sanitize_names": False,
    }
    yield Destination(config, read, command=command)
