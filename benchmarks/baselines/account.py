"""What every contestant is told: the account, its day, and the schema of its records."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import requests

API_KEY = "key-of-nobody"
USERNAME = "account-of-nobody"
PATH = "/ca_reports/fetchCDRDetails"


def arguments() -> tuple[str, str]:
    """The API's address and the day, YYYY-MM-DD, from the command line."""
    _, api_url, day = sys.argv
    return api_url, day


def question(day: str) -> dict[str, str]:
    """The JSON body with which the API is asked for a day."""
    return {
        "userName": USERNAME,
        "fromDate": f"{day} 00:00:00",
        "toDate": f"{day} 23:59:59",
    }


def token(api_url: str) -> str:
    """A new token, asked for as the contract says."""
    answer = requests.post(
        f"{api_url}/ca_apis/CAToken/generateToken",
        headers={"apiKey": API_KEY},
        json={"userName": USERNAME},
        timeout=60,
    )
    answer.raise_for_status()
    return str(answer.json()["token"])


def schema() -> dict[str, Any]:
    """The JSON schema of a record, as the catalog of this repository has it."""
    catalog = json.loads((Path(__file__).parents[2] / "catalog.json").read_text())
    found: dict[str, Any] = catalog["streams"][0]["schema"]
    return found
