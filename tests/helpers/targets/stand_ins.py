"""Destinations that need a server or a stand-in for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.helpers.targets.bigquery import bigquery
from tests.helpers.targets.iceberg import iceberg
from tests.helpers.targets.kafka_broker import kafka
from tests.helpers.targets.mysql import mysql
from tests.helpers.targets.s3 import s3_jsonl, s3_parquet
from tests.helpers.targets.stitch import stitch

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.helpers.targets.running import Destination

STAND_INS: dict[str, Callable[[Path], AbstractContextManager[Destination]]] = {
    "bigquery": bigquery,
    "iceberg": iceberg,
    "kafka": kafka,
    "mysql": mysql,
    "s3_jsonl": s3_jsonl,
    "s3_parquet": s3_parquet,
    "stitch": stitch,
}
