"""target-bigquery with bqemulator, a local BigQuery on DuckDB."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING

import requests
import trustme
from werkzeug import Request, Response
from werkzeug.serving import make_server

from benchmarks.local_server import free_port
from tests.helpers.environments import install
from tests.helpers.processes import running, wait_for_http
from tests.helpers.targets.files import TYPED_FIELDS, json_rows
from tests.helpers.targets.messages import STREAM
from tests.helpers.targets.running import Destination, Stored

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_REQUIREMENTS = (
    "bqemulator==1.4.0",
    # The emulator does not start without this extension, which PyPI has up to this version.
    *("duckdb==1.5.5", "duckdb-extensions==1.5.5", "duckdb-extension-spatial==1.5.5"),
    *("numpy==2.4.6", "pyarrow==26.0.1", "pytz==2026.6"),
)
_EXTENSION = "from duckdb_extensions import import_extension; import_extension('spatial')"
_PROJECT, _DATASET = "nobody", "calls"


@contextmanager
def bigquery(folder: Path) -> Iterator[Destination]:
    with _emulator(folder) as url, _token_server() as token_uri:
        config = {
            "credentials_json": json.dumps(_service_account(token_uri)),
            "project": _PROJECT,
            "dataset": _DATASET,
            "location": "US",
            "denormalized": True,
            # The emulator stores no row of the other methods.
            "method": "streaming_insert",
        }
        yield Destination(config, lambda: _read(url), {"BIGQUERY_EMULATOR_HOST": url})


@contextmanager
def _emulator(folder: Path) -> Iterator[str]:
    programs = install(folder / "emulator", *_REQUIREMENTS)
    # DuckDB looks for its extensions in the home folder.
    home = {**os.environ, "HOME": str(folder)}
    subprocess.run([programs / "python", "-c", _EXTENSION], env=home, check=True)
    port = free_port()
    options = [f"--rest-port={port}", "--grpc-port=0", f"--project={_PROJECT}"]
    url, log = f"http://127.0.0.1:{port}", folder / "log"
    with running([str(programs / "bqemulator"), "start", *options], home, log) as process:
        wait_for_http(f"{url}/bigquery/v2/projects", process, log)
        yield url


@contextmanager
def _token_server() -> Iterator[str]:
    """Give a token to everyone, as Google does to a service account."""

    @Request.application
    def application(_request: Request) -> Response:
        token = {"access_token": "of-nobody", "expires_in": 3600, "token_type": "Bearer"}
        return Response(json.dumps(token), mimetype="application/json")

    server = make_server("127.0.0.1", 0, application)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/token"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _service_account(token_uri: str) -> dict[str, str]:
    key = trustme.CA(key_type=trustme.KeyType.RSA).private_key_pem.bytes().decode()
    return {
        "type": "service_account",
        "project_id": _PROJECT,
        "private_key_id": "1",
        "private_key": key,
        "client_email": "nobody@example.com",
        "client_id": "1",
        "token_uri": token_uri,
    }


def _read(url: str) -> Stored:
    """Read the table with a query, whose result has every value as text."""
    response = requests.post(
        f"{url}/bigquery/v2/projects/{_PROJECT}/queries",
        json={
            "query": f"select * from {_DATASET}.{STREAM}",  # noqa: S608
            "useLegacySql": False,
            "maxResults": 100_000,
        },
        timeout=60,
    )
    response.raise_for_status()
    found = response.json()
    names = [column["name"] for column in found["schema"]["fields"]]
    rows = [
        dict(zip(names, (cell["v"] for cell in row["f"]), strict=True)) for row in found["rows"]
    ]
    assert len(rows) == int(found["totalRows"])
    for row in rows:
        row.update({name: _number(row[name]) for name in ("CallID", "UCID", "Rating")})
    types = {column["name"]: column["type"] for column in found["schema"]["fields"]}
    return Stored(json_rows(rows).rows, {name: types[name] for name in TYPED_FIELDS})


def _number(text: str | None) -> object:
    return None if text is None else json.loads(text, parse_float=Decimal)
