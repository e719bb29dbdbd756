"""Faults of summary requests; the script numbers them separately."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import requests

from sandbox import Options, Sandbox
from sandbox.faults.names import PAGE_FAULTS, SUMMARY_MALFORMED_KINDS
from sandbox.faults.script import Fault
from tests.helpers.sandbox_client import DAY, Client, serving

_SHAPES = ("details", "message-list", "message-object")


def _rows(client: Client) -> list[Any]:
    rows = client.summary().json()["details"]
    assert isinstance(rows, list)
    return rows


def test_summary_requests_are_numbered_separately() -> None:
    with serving(faults="1=503 summary1=502 token1=500 summary3-4=html") as client:
        assert client.token().status_code == 500
        assert client.summary().status_code == 502
        assert client.get().status_code == 503
        assert client.get().status_code == 200
        assert client.summary().status_code == 200
        assert all("<html>" in client.summary().text for _ in range(2))
        assert client.summary().status_code == 200
        faults = [entry.fault for entry in client.box.summary_requests]
        assert faults == ["502", None, "html", "html", None]


def test_rate_limited_requests_are_not_counted() -> None:
    with serving(summary_limit=1, faults="summary2=html") as client:
        assert client.summary().status_code == 200
        assert client.summary().status_code == 429
        client.clock.advance(60)
        assert "<html>" in client.summary().text


def test_other_conditions_do_not_match_summary_requests() -> None:
    with serving(faults=f"*=503 token*=500 longer-than:1=504 day:{DAY}=502") as client:
        client.bearer_token = "any"
        assert client.summary().status_code == 401
        assert client.summary().json()["message"] == "Token Expired"
    with serving(faults="summary*=503") as client:
        assert client.records()
        assert [client.summary().status_code for _ in range(3)] == [503] * 3


def test_long_ranges_only() -> None:
    with serving(faults="summary-longer-than:2=504") as client:
        assert client.summary(DAY - timedelta(days=2), DAY).status_code == 504
        assert client.summary(DAY - timedelta(days=1), DAY).status_code == 200
        assert client.summary(DAY, DAY).status_code == 200
        assert client.summary(toDate="rubbish").status_code == 200
        assert client.records(), "CDR requests do not match"


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        ("503", 503, '"status":"error"'),
        ("504:empty", 504, None),
        ("html", 200, "<html>"),
        ("html502", 502, "<html>"),
        ("empty-body", 200, None),
        ("unknown", 200, '"perhaps"'),
        ("redirect", 302, None),
        ("token-expired", 200, '"Token Expired","data":null'),
        ("token-expired-401", 401, '"Token Expired","data":null'),
        ("missing-credentials", 401, "Missing userName or apiKey"),
        ("rate", 429, "rate limit"),
        ("rate+retry-after:7", 429, "rate limit"),
        ("null-details", 200, '"details":null'),
        ("details-object", 200, '"details":{"0":{"AgentIncrID"'),
        ("details-text", 200, '"details":"see attachment"'),
    ],
)
def test_replaced_responses(fault: str, status: int, body: str | None) -> None:
    with serving(faults=f"summary1={fault}") as client:
        response = client.summary()
        assert response.status_code == status
        assert (body in response.text) if body else not response.content
        assert client.box.summary_requests[0].fault == str(Fault.parse(fault))
        assert _rows(client) == client.box.agent_summary(DAY, DAY), "for one request only"
        assert client.box.rate_limited_count == 0


def test_a_revoked_token_is_revoked_for_cdrs_too() -> None:
    with serving(faults="summary1=token-revoked") as client:
        assert client.summary().status_code == 401
        assert client.get().status_code == 401
        client.bearer_token = ""
        assert client.summary().status_code == 200


@pytest.mark.parametrize("shape", _SHAPES)
def test_the_rows_can_be_missing(shape: str) -> None:
    with serving(faults="summary*=no-details", summary_shape=shape) as client:
        fields = {"details": {"status": "success", "message": "success"}}
        assert client.summary().json() == fields.get(shape, {"status": "success"})


@pytest.mark.parametrize("fault", ["reset", "cut", "unterminated"])
def test_connections_that_break(fault: str) -> None:
    with serving(faults=f"summary1={fault}") as client:
        broken = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
        with pytest.raises(broken):
            client.summary()
        assert _rows(client)


@pytest.mark.parametrize("shape", _SHAPES)
@pytest.mark.parametrize("fault", ["cut-chunked", "cut-in-string", "broken"])
def test_incomplete_json_in_complete_http(fault: str, shape: str) -> None:
    with serving(faults=f"summary1={fault}", summary_shape=shape) as client:
        response = client.summary()
        assert response.status_code == 200
        assert len(response.content) > 1_000
        with pytest.raises(requests.JSONDecodeError):
            response.json()
        assert (response.content.count(b'"') % 2 == 1) == (fault == "cut-in-string")
        assert client.summary().json()


@pytest.mark.parametrize("fault", ["slow:30", "stall:30"])
def test_pauses_longer_than_the_read_timeout(fault: str) -> None:
    with (
        serving(faults=f"summary1={fault}") as client,
        pytest.raises((requests.ReadTimeout, requests.ConnectionError)),
    ):
        client.summary(timeout=0.2)


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("mode-missing", "ModeType", None),
        ("calldate-garbage", "CallDate", "27-02-2024"),
        ("calldate-future", "CallDate", (DAY + timedelta(days=1)).isoformat()),
        ("numbers-in-text", "TotalBusyTime", 12.5),
        ("bool-in-text", "TotalPauseTime", False),
        ("list-in-text", "AgentName", ["Asha", "हिन्दी"]),
        ("object-in-text", "TotalIdleTime", {"hours": 1, "parts": [1, 2]}),
        ("nul", "AgentName", "be\0fore and after"),
        ("unknown-field", "Occupancy", 0.25),
        ("surrogate", "AgentName", "half a pair: \ud83d"),
    ],
)
def test_malformed_rows(kind: str, field: str, value: object) -> None:
    with serving(faults=f"summary*=malformed:{kind}") as client:
        first, *rest = _rows(client)
        truth: list[Any] = client.box.agent_summary(DAY, DAY)
        assert first[field] == value
        assert first["AgentIncrID"] in {truth[0]["AgentIncrID"], 101}
        assert rest == truth[1:]


def test_malformed_rows_without_a_field_or_an_object() -> None:
    kinds = ("agent-missing", "calldate-missing", "not-an-object", "deep")
    script = {f"summary{n}": f"malformed:{kind}" for n, kind in enumerate(kinds, start=1)}
    with serving(faults=script) as client:
        assert "AgentUniqueID" not in _rows(client)[0]
        assert "CallDate" not in _rows(client)[0]
        assert isinstance(_rows(client)[0], str)
        assert b"[" * 5_000 in client.summary().content


@pytest.mark.parametrize("kind", SUMMARY_MALFORMED_KINDS)
@pytest.mark.parametrize("shape", _SHAPES)
def test_malformed_rows_need_a_row(kind: str, shape: str) -> None:
    with serving(faults=f"summary*=malformed:{kind}", records=0, summary_shape=shape) as client:
        assert client.summary().json() == {"status": "error", "message": "No Data Found"}


def test_a_malformed_row_as_an_object() -> None:
    faults = "summary*=malformed:agent-missing"
    with serving(faults=faults, summary_shape="message-object") as client:
        row: Any = client.box.agent_summary(DAY, DAY)[0]
        wanted = {"agentId": row["AgentUniqueID"], "modeType": row["ModeType"]}
        body = json.loads(client.summary(**wanted).content)
        assert body["message"] == {n: v for n, v in row.items() if n != "AgentUniqueID"}


@pytest.mark.parametrize(
    "script",
    [
        *(f"summary1={name}{'3' * name.startswith('total')}" for name in PAGE_FAULTS),
        "summary1=malformed:id-text",
        "summary*=malformed:rating-garbage",
        "summary=html",
        "summary-longer-than:x=html",
        "summarypage2=html",
        "1=malformed:agent-missing",
        "token1=malformed:nul",
    ],
)
def test_invalid_scripts_raise(script: str) -> None:
    with pytest.raises(ValueError, match=r"unknown|cannot have"):
        Sandbox(Options(faults=script))
