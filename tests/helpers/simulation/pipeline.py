"""What is around the tap in a pipeline: a target that upserts, and where the state is kept."""

from __future__ import annotations

import copy
import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from singer_sdk.contrib.msgspec import MsgSpecWriter, encoder
from typing_extensions import override

if TYPE_CHECKING:
    from singer_sdk.singerlib import Message

    from tests.helpers.simulation.process import Process

Record = dict[str, Any]
Key = tuple[Any, ...]
State = dict[str, Any]


@dataclass
class Pipeline:
    """The rows and the state that are left between two runs."""

    #: The rows of each stream by their keys.
    rows: dict[str, dict[Key, Record]] = field(default_factory=lambda: defaultdict(dict))
    state: State | None = None

    def store_state(self, state: State, *, merge: bool) -> None:
        """Store the state of a run.

        Args:
            state: The state that the target has emitted last.
            merge: Whether to merge it over the last state, instead of replacing that one.
        """
        self.state = _merge(self.state or {}, state) if merge else copy.deepcopy(state)


def _merge(old: State, new: State) -> State:
    both = {
        name: _merge(old[name], value)
        for name, value in new.items()
        if isinstance(value, dict) and isinstance(old.get(name), dict)
    }
    return {**copy.deepcopy(old), **copy.deepcopy(new), **both}


@dataclass
class Load:
    """The target's part in a run: it stores records in batches, and emits a state after each."""

    pipeline: Pipeline
    batch_size: int
    #: The last state that the target has emitted.
    state: State | None = None
    records: int = 0
    _keys: dict[str, list[str]] = field(default_factory=dict)
    _batch: list[tuple[str, Key, Record]] = field(default_factory=list)
    _state: State | None = None

    def write(self, message: dict[str, Any]) -> None:
        """Take a message."""
        match message["type"]:
            case "SCHEMA":
                self._keys[message["stream"]] = message["key_properties"]
            case "RECORD":
                stream, record = message["stream"], message["record"]
                key = tuple(record[name] for name in self._keys[stream])
                self._batch.append((stream, key, record))
                if len(self._batch) >= self.batch_size:
                    self.store()
            case "STATE":
                self._state = message["value"]

    def store(self) -> None:
        """Store the batch, and emit the state that came before its end."""
        for stream, key, record in self._batch:
            self.pipeline.rows[stream][key] = record
        self.records += len(self._batch)
        self._batch.clear()
        self.state = self._state or self.state


class Pipe(MsgSpecWriter):
    """Passes the messages of a run to the target."""

    def __init__(self, process: Process, load: Load) -> None:
        super().__init__()
        self._process = process
        self._load = load

    @override
    def write_message(self, message: Message) -> None:
        # Serializes as the tap's own writer does.
        line = encoder.encode(message.to_dict())
        kind = message.type.value.lower()
        self._process.reach(kind)
        self._load.write(json.loads(line))
        self._process.reach(f"{kind} written")
