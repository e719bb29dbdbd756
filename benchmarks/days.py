"""Account days for the benchmarks, rendered beforehand so that serving them costs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from sandbox.calls.days import day_of
from sandbox.calls.legs import settled_at
from sandbox.options import Options

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

#: What a record of a busy account takes as JSON: 200,000 of them are 260 MB.
RECORD_BYTES = 1_300

_encoder = msgspec.json.Encoder()


def render(path: Path, day: dt.date, records: int) -> None:
    """Write the answer with all calls of a day.

    Args:
        path: The file to write.
        day: The account's day.
        records: How many; each has `RECORD_BYTES` bytes, ids of its own and all 47 fields.
    """
    account_day = day_of(Options(records=records, dial_count=True), day)
    with path.open("wb") as file:
        file.write(b'{"status":"success","message":"success","details":[')
        between = b""
        for snapshot in account_day.as_of(settled_at(day)):
            fields = snapshot.record()
            for copy in range(snapshot.copies):
                call, leg = account_day.ids(snapshot.leg, copy)
                record = {**fields, "CallID": call, "UCID": leg, "UUI": ""}
                # The calls of nobody are a little shorter than real ones.
                record["UUI"] = "0" * (RECORD_BYTES - len(_encoder.encode(record)))
                file.write(between + _encoder.encode(record))
                between = b","
        file.write(b"]}")
