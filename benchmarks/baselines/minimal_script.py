"""A script that only downloads a day, parses it as a stream, and writes RECORD messages.

It has no rate limit, retries, classification of responses, state or catalog.
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

from benchmarks.baselines import account

if __name__ == "__main__":
    url, day = account.parse_arguments()
    encoder = msgspec.json.Encoder(decimal_format="number")
    with tempfile.TemporaryFile() as body:
        with requests.get(
            f"{url}{account.CDR_PATH}",
            headers={"Authorization": f"Bearer {account.fetch_token(url)}"},
            json=account.request_body(day),
            stream=True,
            timeout=60,
        ) as response:
            response.raise_for_status()
            shutil.copyfileobj(response.raw, body)
        body.seek(0)
        for record in ijson.items(body, "details.item"):
            record["CallID"], record["UCID"] = int(record["CallID"]), int(record["UCID"])
            record["CallDate"] = record["CallDate"] or day
            message = {"type": "RECORD", "stream": "cdr_details", "record": record}
            sys.stdout.buffer.write(encoder.encode(message) + b"\n")
