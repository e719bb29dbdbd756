"""The extract step of dlt's `rest_api` source. Normalize and load are not measured.

https://dlthub.com/docs/dlt-ecosystem/verified-sources/rest_api/basic
"""

# /// script
# requires-python = ">=3.11"
# dependencies = ["dlt==1.31.0", "requests==2.34.2"]
# ///

from __future__ import annotations

import os
import sys
import tempfile

import dlt
from dlt.sources.rest_api import rest_api_source

from benchmarks.baselines import account

if __name__ == "__main__":
    url, day = account.parse_arguments()
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    source = rest_api_source(
        {
            "client": {
                "base_url": url,
                "auth": {"type": "bearer", "token": account.fetch_token(url)},
                "paginator": "single_page",
            },
            "resources": [
                {
                    "name": "cdr_details",
                    "primary_key": ["CallID", "UCID"],
                    "endpoint": {
                        "path": account.CDR_PATH,
                        "json": account.request_body(day),
                        "data_selector": "details",
                    },
                }
            ],
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline("benchmark", pipelines_dir=folder, destination="filesystem")
        pipeline.extract(source)
        metrics = pipeline.last_trace.last_extract_info.metrics
        rows = sum(
            table.items_count
            for load in metrics.values()
            for each in load
            for name, table in each["table_metrics"].items()
            if name == "cdr_details"
        )
    # dlt writes to its working folder. The comparison counts lines on stdout, as a tap writes them.
    sys.stdout.writelines('"CallID"\n' for _ in range(rows))
