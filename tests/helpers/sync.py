"""Whole syncs, either in this process with a fake clock or in a process of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_ozonetel.singer.message_writer import MessageWriter
from tap_ozonetel.tap import TapOzonetel

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox import Sandbox
    from tap_ozonetel.api.clock import Clock

COMMAND = [sys.executable, "-m", "tap_ozonetel"]


@dataclass
class Sync:
    """The output of a sync."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    #: The exit code and the stderr of a process.
    code: int | None = None
    log: str = ""

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["type"] == kind]

    def records(self, stream: str = "cdr_details") -> list[dict[str, Any]]:
        """The records of a stream as the account has them."""
        records = [each["record"] for each in self.of_type("RECORD") if each["stream"] == stream]
        return without_dial_count(records)

    @property
    def states(self) -> list[dict[str, Any]]:
        return [message["value"] for message in self.of_type("STATE")]

    def bookmarks(self, stream: str = "cdr_details") -> list[str]:
        """Return the distinct bookmarks of a stream in the order of the STATE messages."""
        values = [
            state["bookmarks"].get(stream, {}).get("replication_key_value") for state in self.states
        ]
        return list(dict.fromkeys(value for value in values if value))


def without_dial_count(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Records without `DialCount` where it is null, which is where the account does not have it."""
    return [
        {name: value for name, value in record.items() if (name, value) != ("DialCount", None)}
        for record in records
    ]


class _Collector(MessageWriter):
    """Formats messages as the tap's writer does, but collects them in a list."""

    def __init__(self, sync: Sync) -> None:
        super().__init__()
        self.sync = sync

    @override
    def write_message(self, message: Any) -> None:
        self.sync.messages.append(json.loads(self.format_message(message)))


def make_catalog(*streams: str) -> dict[str, Any]:
    """Return a catalog that selects these streams."""
    found = TapOzonetel(validate_config=False, setup_mapper=False).catalog_dict
    for stream in found["streams"]:
        for entry in stream["metadata"]:
            if not entry["breadcrumb"]:
                entry["metadata"]["selected"] = stream["tap_stream_id"] in streams
    return found


def make_state(*, settled: object = False, **bookmarks: str) -> dict[str, Any]:
    """Return the state that an earlier run left."""
    return {
        "bookmarks": {
            stream: {
                "replication_key": "CallDate",
                "replication_key_value": day,
                "settled": bool(settled),
            }
            for stream, day in bookmarks.items()
        }
    }


def sync(
    box: Sandbox,
    clock: Clock,
    *streams: str,
    state: dict[str, Any] | None = None,
    output: Sync | None = None,
    catalog: dict[str, Any] | None = None,
    **config: Any,  # noqa: ANN401 - settings are of any type
) -> Sync:
    """Sync in this process.

    Args:
        box: The account.
        clock: The clock of the tap and the sandbox.
        streams: The streams to select; without any, the tap's default.
        state: The state to start from.
        output: Collects the messages; needed where the sync is expected to fail.
        catalog: The catalog, instead of one that selects all fields of the streams.
        config: More settings.

    Returns:
        The output.
    """
    done = output or Sync()
    tap = make_tap(box, clock, *streams, state=state, output=done, catalog=catalog, **config)
    tap.sync_all()
    return done


def make_tap(
    box: Sandbox,
    clock: Clock,
    *streams: str,
    state: dict[str, Any] | None = None,
    output: Sync | None = None,
    catalog: dict[str, Any] | None = None,
    **config: Any,  # noqa: ANN401 - settings are of any type
) -> TapOzonetel:
    """Return a tap that is connected to the sandbox and collects its messages."""

    class Tap(TapOzonetel):
        pass

    Tap.clock = clock
    return Tap(
        config={**box.config, "cache_dir": "", **config},
        catalog=catalog or (make_catalog(*streams) if streams else None),
        state=state,
        message_writer=_Collector(output or Sync()),
    )


def command_line(
    folder: Path, config: dict[str, Any], *streams: str, state: dict[str, Any] | None = None
) -> list[str]:
    """Return the command of a sync, and write its files to a folder."""
    (folder / "config.json").write_text(json.dumps(config))
    command = [*COMMAND, "--config", str(folder / "config.json")]
    if streams:
        (folder / "catalog.json").write_text(json.dumps(make_catalog(*streams)))
        command += ["--catalog", str(folder / "catalog.json")]
    if state is not None:
        (folder / "state.json").write_text(json.dumps(state))
        command += ["--state", str(folder / "state.json")]
    return command


def run(
    box: Sandbox,
    folder: Path,
    *streams: str,
    state: dict[str, Any] | None = None,
    **config: Any,  # noqa: ANN401 - settings are of any type
) -> Sync:
    """Sync in a process of its own."""
    settings = {**box.config, "cache_dir": "", **config}
    command = command_line(folder, settings, *streams, state=state)
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return Sync(read_messages(done.stdout), done.returncode, done.stderr)


def read_messages(stdout: str) -> list[dict[str, Any]]:
    """Parse the messages of a stdout that contains nothing else."""
    return [json.loads(line) for line in stdout.splitlines()]
