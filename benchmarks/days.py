"""Responses with all calls of a day, written to a file in advance so that serving them is cheap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from sandbox.calls.days import day_of
from sandbox.calls.legs import settled_at
from sandbox.options import Options

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

#: The size of a record of a busy account as JSON. 200,000 of them are 260 MB.
RECORD_BYTES = 1_300

_encoder = msgspec.json.Encoder()


def write_day(path: Path, day: dt.date, records: int) -> None:
    """Write the response with all calls of a day.

    Args:
        path: The file to write.
        day: The account's day.
        records: The number of records. Each has `RECORD_BYTES` bytes, unique IDs and all 47 fields.
    """
    call_day = day_of(Options(records=records, dial_count=True), day)
    with path.open("wb") as file:
        file.write(b'{"status":"success","message":"success","details":[')
        separator = b""
        for snapshot in call_day.as_of(settled_at(day)):
            fields = snapshot.record()
            for copy in range(snapshot.copies):
                call_id, ucid = call_day.ids(snapshot.leg, copy)
                record = {**fields, "CallID": call_id, "UCID": ucid, "UUI": ""}
                # Generated calls are a little shorter than real ones.
                record["UUI"] = "0" * (RECORD_BYTES - len(_encoder.encode(record)))
                file.write(separator + _encoder.encode(record))
                separator = b","
        file.write(b"]}")
