"""The MySQL example, `examples/mysql/load.py`, with a MariaDB server."""

from __future__ import annotations

import json
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from uv import find_uv_bin

from tests.helpers.environments import script_command
from tests.helpers.mariadb import mariadb
from tests.helpers.meltano import ROOT, inherited_environment, run_command
from tests.helpers.targets.files import TYPED_FIELDS
from tests.helpers.targets.messages import field_names
from tests.helpers.targets.running import Destination, Stored

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.helpers.targets.loaders import Loader

_SCRIPT = ROOT / "examples" / "mysql" / "load.py"
_QUERY = """
import json, sys
import sqlalchemy as sa
with sa.create_engine(sys.argv[1]).connect() as connection:
    found = [connection.execute(sa.text(sql)).mappings().all() for sql in sys.argv[2:]]
json.dump([[dict(row) for row in rows] for rows in found], sys.stdout, default=str)
"""
_ROWS = "select * from ozonetel.cdr_details"
_TYPES = (
    "select column_name as name, column_type as type from information_schema.columns "
    "where table_schema = 'ozonetel' and table_name = 'cdr_details'"
)


@contextmanager
def mysql(_folder: Path) -> Iterator[Destination]:
    with mariadb() as server:
        environment = {"MYSQL_URL": server.url}
        yield Destination({}, lambda: _read(server.url), environment, _command)


def _command(_loader: Loader, _config: Path) -> list[str]:
    return script_command(_SCRIPT)


def _read(url: str) -> Stored:
    """Read the table with the driver of the script's environment."""
    environment = inherited_environment()
    find = [find_uv_bin(), "python", "find", "--script", str(_SCRIPT)]
    python = run_command(find, environment).strip()
    found = run_command([python, "-c", _QUERY, url, _ROWS, _TYPES], environment)
    rows, columns = json.loads(found)
    types = {column["name"]: column["type"] for column in columns}
    return Stored([_row(row) for row in rows], {name: types[name] for name in TYPED_FIELDS})


def _row(found: dict[str, Any]) -> dict[str, Any]:
    """Return a row without the script's own columns, and with the rating as a decimal."""
    row = {name: found[name] for name in field_names()}
    if row["Rating"] is not None:
        row["Rating"] = Decimal(row["Rating"])
    return row
