"""Loaders that write objects to S3, which moto serves."""

from __future__ import annotations

from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from tests.helpers.s3_server import S3Server, s3_server
from tests.helpers.targets.files import TYPED_FIELDS, read_json_lines
from tests.helpers.targets.messages import field_names
from tests.helpers.targets.running import Destination, Stored
from tests.helpers.warehouses import fetch

if TYPE_CHECKING:
    from collections.abc import Iterator

_BUCKET = "calls"


@contextmanager
def s3_parquet(folder: Path) -> Iterator[Destination]:
    with s3_server(folder) as server:
        aws = {
            "aws_access_key_id": server.environment["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": server.environment["AWS_SECRET_ACCESS_KEY"],
            "aws_region": server.environment["AWS_DEFAULT_REGION"],
            "aws_bucket": server.bucket(_BUCKET),
            "aws_endpoint_override": server.endpoint,
        }
        config = {
            "format": {"format_type": "parquet"},
            "cloud_provider": {"cloud_provider_type": "aws", "aws": aws},
        }
        yield Destination(config, lambda: _read_parquet(_download(server, folder / "objects")))


@contextmanager
def s3_jsonl(folder: Path) -> Iterator[Destination]:
    with s3_server(folder) as server:
        config = {
            "s3_bucket": server.bucket(_BUCKET),
            "aws_endpoint_url": server.endpoint,
            # With microseconds, because a later run of the same second would replace the object.
            "path_template": "{stream}-{date_time:%Y%m%dT%H%M%S%f}.jsonl",
        }
        environment = {**server.environment, "TMPDIR": str(folder)}
        yield Destination(
            config, lambda: read_json_lines(_download(server, folder / "objects")), environment
        )


def _download(server: S3Server, folder: Path) -> list[Path]:
    """Download all objects."""
    folder.mkdir(exist_ok=True)
    files = []
    for key in server.objects(_BUCKET):
        file = folder / Path(key).name
        file.write_bytes(server.read(_BUCKET, key))
        files.append(file)
    return files


def _read_parquet(files: list[Path]) -> Stored:
    with duckdb.connect() as connection:
        names = ", ".join(f"'{file}'" for file in files)
        table = f"read_parquet([{names}])"  # The files of the test.
        rows = fetch(connection, f"select * from {table}")  # noqa: S608
        columns = fetch(connection, f"describe select * from {table}")  # noqa: S608
    types = {column["column_name"]: column["column_type"].lower() for column in columns}
    return Stored([_row(row) for row in rows], {name: types[name] for name in TYPED_FIELDS})


def _row(found: dict[str, Any]) -> dict[str, Any]:
    row = {name: found[name] for name in field_names()}
    if row["CallDate"] is not None:
        row["CallDate"] = str(row["CallDate"])
    if row["Rating"] is not None:
        row["Rating"] = Decimal(str(row["Rating"])).normalize()
    return row
