"""target-stitch, which writes its requests to a file instead of sending them."""

from __future__ import annotations

import itertools
import json
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.helpers.targets.files import json_rows
from tests.helpers.targets.running import Destination, Stored, uvx

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.helpers.targets.loaders import Loader


@contextmanager
def stitch(folder: Path) -> Iterator[Destination]:
    runs = itertools.count()

    def command(loader: Loader, config: Path) -> list[str]:
        *run, _option, _config = uvx(loader, config)
        return [*run, "--dry-run", f"--output-file={folder / str(next(runs))}"]

    yield Destination({}, lambda: _read(folder), command=command)


def _read(folder: Path) -> Stored:
    """Apply the requests as Stitch does: the highest sequence of a key wins."""
    latest: dict[tuple[Any, ...], dict[str, Any]] = {}
    for file in folder.iterdir():
        for line in file.read_bytes().splitlines():
            request = json.loads(line, parse_float=Decimal)
            for message in request["messages"]:
                assert message["action"] == "upsert"
                key = tuple(message["data"][name] for name in request["key_names"])
                if key not in latest or latest[key]["sequence"] <= message["sequence"]:
                    latest[key] = message
    return json_rows([message["data"] for message in latest.values()])
