"""Whole syncs: in this process with a clock that the test moves, or as a user starts them."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from singer_sdk.contrib.msgspec import MsgSpecWriter, encoder
from typing_extensions import override

from tap_ozonetel.tap import TapOzonetel

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox import Sandbox
    from tap_ozonetel.api.clock import Clock

COMMAND = [sys.executable, "-m", "tap_ozonetel"]


@dataclass
class Sync:
    """What came out of a sync."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    #: Of a process: its exit code and what it wrote to stderr.
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
        """The bookmarks of a stream in the order of their STATEs, each once."""
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


class _Collector(MsgSpecWriter):
    """Writes as the stock writer does, into a list."""

    def __init__(self, sync: Sync) -> None:
        super().__init__()
        self.sync = sync

    @override
    def write_message(self, message: Any) -> None:
        self.sync.messages.append(json.loads(encoder.encode(message.to_dict())))


def catalog(*streams: str) -> dict[str, Any]:
    """The catalog that selects these streams."""
    found = TapOzonetel(validate_config=False, setup_mapper=False).catalog_dict
    for stream in found["streams"]:
        for entry in stream["metadata"]:
            if not entry["breadcrumb"]:
                entry["metadata"]["selected"] = stream["tap_stream_id"] in streams
    return found


def state(**bookmarks: str) -> dict[str, Any]:
    """A state as an earlier run has left it."""
    return {
        "bookmarks": {
            stream: {"replication_key": "CallDate", "replication_key_value": day}
            for stream, day in bookmarks.items()
        }
    }


def sync(
    box: Sandbox,
    clock: Clock,
    *streams: str,
    since: dict[str, Any] | None = None,
    into: Sync | None = None,
    selecting: dict[str, Any] | None = None,
    **config: Any,  # noqa: ANN401 - settings are of any type
) -> Sync:
    """Sync in this process.

    Args:
        box: The account.
        clock: The tap's clock; the sandbox should have the same.
        streams: Those to select; none for the tap's own choice.
        since: The state.
        into: Takes the messages, so that they are there when the sync fails.
        selecting: A catalog in place of one that selects whole streams.
        config: Further settings.
    """
    done = into or Sync()
    tap = make_tap(box, clock, *streams, since=since, into=done, selecting=selecting, **config)
    tap.sync_all()
    return done


def make_tap(
    box: Sandbox,
    clock: Clock,
    *streams: str,
    since: dict[str, Any] | None = None,
    into: Sync | None = None,
    selecting: dict[str, Any] | None = None,
    **config: Any,  # noqa: ANN401 - settings are of any type
) -> TapOzonetel:
    """Make a tap that reaches the account and collects its messages."""

    class Tap(TapOzonetel):
        pass

    Tap.clock = clock
    return Tap(
        config={**box.config, "cache_dir": "", **config},
        catalog=selecting or (catalog(*streams) if streams else None),
        state=since,
        message_writer=_Collector(into or Sync()),
    )


def command_line(
    folder: Path, config: dict[str, Any], *streams: str, since: dict[str, Any] | None = None
) -> list[str]:
    """The command of a sync, with its files written to a folder."""
    (folder / "config.json").write_text(json.dumps(config))
    command = [*COMMAND, "--config", str(folder / "config.json")]
    if streams:
        (folder / "catalog.json").write_text(json.dumps(catalog(*streams)))
        command += ["--catalog", str(folder / "catalog.json")]
    if since is not None:
        (folder / "state.json").write_text(json.dumps(since))
        command += ["--state", str(folder / "state.json")]
    return command


def run(
    box: Sandbox,
    folder: Path,
    *streams: str,
    since: dict[str, Any] | None = None,
    **config: Any,  # noqa: ANN401 - settings are of any type
) -> Sync:
    """Sync as a user does, in a process of its own."""
    settings = {**box.config, "cache_dir": "", **config}
    command = command_line(folder, settings, *streams, since=since)
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return Sync(read_messages(done.stdout), done.returncode, done.stderr)


def read_messages(stdout: str) -> list[dict[str, Any]]:
    """The messages on stdout, which holds nothing else."""
    return [json.loads(line) for line in stdout.splitlines()]
