"""What every baseline is given: the account, the request for a day, and the schema of a record."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import requests

API_KEY = "key-of-nobody"
USERNAME = "account-of-nobody"
CDR_PATH = "/ca_reports/fetchCDRDetails"
TOKEN_PATH = "/ca_apis/CAToken/generateToken"


def parse_arguments() -> tuple[str, str]:
    """The URL of the API and the day, YYYY-MM-DD, from the command line."""
    _, url, day = sys.argv
    return url, day


def request_body(day: str) -> dict[str, str]:
    """The JSON body of a request for all calls of a day."""
    return {
        "userName": USERNAME,
        "fromDate": f"{day} 00:00:00",
        "toDate": f"{day} 23:59:59",
    }


def fetch_token(url: str) -> str:
    """Request a token (docs/ozonetel-api.md, "Authentication")."""
    response = requests.post(
        f"{url}{TOKEN_PATH}", headers={"apiKey": API_KEY}, json={"userName": USERNAME}, timeout=60
    )
    response.raise_for_status()
    return str(response.json()["token"])


def record_schema() -> dict[str, Any]:
    """The JSON schema of a record, from the catalog of this repository."""
    catalog = json.loads((Path(__file__).parents[2] / "catalog.json").read_text())
    schemas = {stream["tap_stream_id"]: stream["schema"] for stream in catalog["streams"]}
    schema: dict[str, Any] = schemas["cdr_details"]
    return schema
