"""A low-code source of the airbyte-cdk: a manifest, and the command that runs it.

https://docs.airbyte.com/platform/connector-development/config-based/low-code-cdk-overview
"""

# /// script
# requires-python = ">=3.11,<3.15"
# dependencies = ["airbyte-cdk==7.39.1"]
# ///

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from airbyte_cdk.cli.source_declarative_manifest import run

from benchmarks.baselines import account

STREAM = "cdr_details"


def manifest(url: str, token: str, day: str) -> dict[str, Any]:
    """The manifest of the source."""
    return {
        "version": "7.0.0",
        "type": "DeclarativeSource",
        "check": {"type": "CheckStream", "stream_names": [STREAM]},
        "spec": {
            "type": "Spec",
            "connection_specification": {"type": "object", "additionalProperties": True},
        },
        "streams": [
            {
                "type": "DeclarativeStream",
                "name": STREAM,
                "primary_key": ["CallID", "UCID"],
                "schema_loader": {"type": "InlineSchemaLoader", "schema": account.record_schema()},
                "retriever": {
                    "type": "SimpleRetriever",
                    "requester": {
                        "type": "HttpRequester",
                        "url_base": url,
                        "path": account.CDR_PATH,
                        "http_method": "GET",
                        "authenticator": {"type": "BearerAuthenticator", "api_token": token},
                        "request_body": {
                            "type": "RequestBodyJsonObject",
                            "value": account.request_body(day),
                        },
                    },
                    "record_selector": {
                        "type": "RecordSelector",
                        "extractor": {"type": "DpathExtractor", "field_path": ["details"]},
                    },
                    "paginator": {"type": "NoPagination"},
                },
            }
        ],
    }


CATALOG = {
    "streams": [
        {
            "stream": {
                "name": STREAM,
                "json_schema": {"type": "object"},
                "supported_sync_modes": ["full_refresh"],
            },
            "sync_mode": "full_refresh",
            "destination_sync_mode": "append",
        }
    ]
}


if __name__ == "__main__":
    the_url, the_day = account.parse_arguments()
    with tempfile.TemporaryDirectory() as folder:
        config, catalog = Path(folder, "config.json"), Path(folder, "catalog.json")
        injected = manifest(the_url, account.fetch_token(the_url), the_day)
        config.write_text(json.dumps({"__injected_declarative_manifest": injected}))
        catalog.write_text(json.dumps(CATALOG))
        # `run` reads its arguments from `sys.argv`.
        sys.argv = [sys.argv[0], "read", "--config", str(config), "--catalog", str(catalog)]
        run()
