"""No competitor but the floor: what parsing as a stream, and writing, take by themselves.

No tap: no limits, no judging, no state, no catalog, and whatever fails ends in a traceback.
"""

# /// script
# requires-python = ">=3.11"
# dependencies = ["ijson==3.6.0", "msgspec==0.22.0", "requests==2.34.2"]
# ///

from __future__ import annotations

import shutil
import sys
import tempfile

import msgspec
import requests
from ijson.backends import yajl2_c as ijson

from benchmarks.contestants import account

if __name__ == "__main__":
    url, day = account.arguments()
    encoder = msgspec.json.Encoder(decimal_format="number")
    with tempfile.TemporaryFile() as body:
        with requests.get(
            f"{url}{account.PATH}",
            headers={"Authorization": f"Bearer {account.token(url)}"},
            json=account.question(day),
            stream=True,
            timeout=60,
        ) as answer:
            answer.raise_for_status()
            shutil.copyfileobj(answer.raw, body)
        body.seek(0)
        for record in ijson.items(body, "details.item"):
            record["CallID"], record["UCID"] = int(record["CallID"]), int(record["UCID"])
            record["CallDate"] = record["CallDate"] or day
            message = {"type": "RECORD", "stream": "cdr_details", "record": record}
            sys.stdout.buffer.write(encoder.encode(message) + b"\n")
