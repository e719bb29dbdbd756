"""The messages of syncs whose days never change, byte by byte apart from times.

`python -m tests.helpers.golden` writes them to `tests/sync/snapshots/messages.jsonl`.
"""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from typing_extensions import override

from sandbox import Options, Sandbox
from tap_ozonetel.singer.message_writer import MessageWriter
from tap_ozonetel.tap import TapOzonetel
from tests.helpers.clock import FakeClock
from tests.helpers.days import LAST_DAY as YESTERDAY
from tests.helpers.days import day
from tests.helpers.sync import make_catalog, make_state

if TYPE_CHECKING:
    from singer_sdk.singerlib import Message

SNAPSHOT = Path(__file__).parents[1] / "sync" / "snapshots" / "messages.jsonl"

_TIME_EXTRACTED = re.compile(rb'"time_extracted":"[^"]*"')


class _Collector(MessageWriter):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[bytes] = []

    @override
    def write_message(self, message: Message) -> None:
        self.lines.append(_TIME_EXTRACTED.sub(b'"time_extracted":""', self.format_message(message)))


def _sync(box: Sandbox, clock: FakeClock, *streams: str, **options: Any) -> list[bytes]:  # noqa: ANN401
    class Tap(TapOzonetel):
        pass

    Tap.clock = clock
    state, collector = options.pop("state", None), _Collector()
    Tap(
        config={**box.config, "cache_dir": "", **options},
        catalog=make_catalog(*streams),
        state=state,
        message_writer=collector,
    ).sync_all()
    return collector.lines


def golden_messages() -> bytes:
    """Sync every stream from the sandbox: past days, today, pages, repairs and a state."""
    lines = []
    clock = FakeClock()
    with (
        patch.object(time, "sleep", clock.sleep),
        Sandbox(
            Options(records=6, faults="2=malformed:surrogate 3=malformed:nul"), clock=clock
        ) as box,
    ):
        lines += _sync(box, clock, "cdr_details", start_date=day(-3))
        lines += _sync(box, clock, "cdr_details", state=make_state(cdr_details=day(-2)))
        lines += _sync(box, clock, "cdr_paginated", start_date=day(-1), page_size=4)
        lines += _sync(box, clock, "agent_summary", start_date=day(-4))
        calls = [{"ucid": str(box.calls(YESTERDAY)[0]["UCID"]), "call_date": str(YESTERDAY)}]
        lines += _sync(box, clock, "cdr_by_ucid", calls=calls)
    return b"".join(lines)


if __name__ == "__main__":
    SNAPSHOT.write_bytes(golden_messages())
