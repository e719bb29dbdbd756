"""Summary requests: their limit, their credentials, their fields and the shapes of success."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sandbox import Options
from sandbox.__main__ import format_summary
from sandbox.options import RATE_LIMIT_MESSAGES
from tests.helpers.sandbox_client import DAY, SUMMARY, TODAY, Client, serving

_FIRST = TODAY - timedelta(days=30)
_LAST = TODAY - timedelta(days=1)
_NO_DATA = {"status": "error", "message": "No Data Found"}
_EXPIRED = {"status": "false", "message": "Token Expired", "data": None}
_MISSING = {"status": "false", "message": "Missing userName or apiKey"}
_INVALID = "userName or apiKey is Invalid"
_BAD_DATES = "From and To Date should be in yyyy-mm-dd HH:mm:ss Format"


def _error(message: str) -> dict[str, str]:
    return {"status": "error", "message": message}


def _details(client: Client, **change: Any) -> list[dict[str, str]]:  # noqa: ANN401
    details = client.summary(_FIRST, _LAST, **change).json()["details"]
    assert isinstance(details, list)
    return details


@pytest.mark.parametrize("auth_method", ["token", "api_key"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_thirty_days_in_one_response(auth_method: str, method: str) -> None:
    with serving(auth_method=auth_method) as client:
        response = client.summary(_FIRST, _LAST, method=method)
        rows = client.box.agent_summary(_FIRST, _LAST)
        assert len({row["CallDate"] for row in rows}) == 30
        assert response.status_code == 200
        assert response.json() == {"details": rows, "message": "success", "status": "success"}
        assert response.content.startswith(b'{"details":[{"AgentIncrID":')


def test_summary_requests_have_a_log_of_their_own() -> None:
    with serving() as client:
        client.summary()
        client.summary(TODAY, TODAY)
        client.summary(agentId="nobody")
        client.get()
        entries = client.box.summary_requests
        assert [entry.outcome for entry in entries] == ["records", "empty", "rejected"]
        assert {(entry.path, entry.method) for entry in entries} == {(SUMMARY, "GET")}
        assert entries[0].body == client.body()
        assert len(client.box.requests) == 1


@pytest.mark.parametrize("method", ["PUT", "HEAD", "DELETE"])
def test_other_methods_are_not_allowed(method: str) -> None:
    with serving() as client:
        assert client.summary(method=method).status_code == 405
        assert client.summary().status_code == 200, "the connection still works"


def test_days_without_rows() -> None:
    with serving(records_by_day={DAY: 0}) as client:
        for day in (DAY, TODAY, TODAY + timedelta(days=5)):
            response = client.summary(day, day)
            assert (response.status_code, response.json()) == (200, _NO_DATA)


def test_days_past_the_retention_of_the_calls_are_served() -> None:
    with serving() as client:
        old = TODAY - timedelta(days=200)
        response = client.summary(old, old + timedelta(days=29))
        assert len({row["CallDate"] for row in response.json()["details"]}) == 30


@pytest.mark.parametrize("success", ["success", "true", "boolean"])
@pytest.mark.parametrize("days", [1, 30])
@pytest.mark.parametrize("shape", ["message-list", "message-object"])
def test_rows_can_be_under_message(success: str, days: int, shape: str) -> None:
    with serving(summary_shape=shape, success=success) as client:
        first = _LAST - timedelta(days=days - 1)
        body = client.summary(first, _LAST).json()
        status = {"boolean": True}.get(success, success)
        assert body == {"status": status, "message": client.box.agent_summary(first, _LAST)}
        assert client.summary(TODAY, TODAY).json() == _NO_DATA


@pytest.mark.parametrize("shape", ["details", "message-list", "message-object"])
def test_a_single_row_can_be_an_object(shape: str) -> None:
    with serving(summary_shape=shape) as client:
        row: Any = client.box.agent_summary(DAY, DAY)[0]
        wanted = {"agentId": row["AgentUniqueID"], "modeType": row["ModeType"]}
        body = client.summary(**wanted).json()
        if shape == "message-object":
            assert body == {"status": "success", "message": row}
        else:
            assert body["details" if shape == "details" else "message"] == [row]


def test_filters() -> None:
    with serving() as client:
        rows = client.box.agent_summary(_FIRST, _LAST)
        two = [row for row in rows if row["AgentUniqueID"] in {"agent101", "agent103"}]
        assert _details(client, agentId="agent103, agent101") == two
        manual = [row for row in rows if row["ModeType"] in {"Manual", "Inbound"}]
        assert _details(client, modeType="manual,INBOUND") == manual
        both = [row for row in two if row in manual]
        assert _details(client, agentId="agent101,agent103", modeType="Manual,Inbound") == both
        assert 0 < len(both) < len(two) < len(rows)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"userName": None}, "userName should not be empty"),
        ({"userName": ""}, "userName should not be empty"),
        ({"userName": "other"}, _INVALID),
        ({"fromDate": None}, _BAD_DATES),
        ({"toDate": None}, _BAD_DATES),
        ({"fromDate": "2026-03-17"}, _BAD_DATES),
        ({"fromDate": "17-03-2026 00:00:00"}, _BAD_DATES),
        ({"toDate": "2026-02-30 00:00:00"}, _BAD_DATES),
        ({"toDate": 20260317}, _BAD_DATES),
        ({"toDate": "2026-03-16 23:59:59"}, "From Date Should not be Greater than To Date"),
        ({"modeType": "Sleeping"}, "Mode Type is Invalid"),
        ({"modeType": "Manual,"}, "Mode Type is Invalid"),
        ({"modeType": ""}, "Mode Type is Invalid"),
        ({"modeType": ["Manual"]}, "Mode Type is Invalid"),
        ({"agentId": "agent101,nobody"}, "agentId is Invalid"),
        ({"agentId": 101}, "agentId is Invalid"),
        ({"agentName": "x"}, "Unknown field agentName"),
        ({"params": {"userName": "sandbox-account"}}, "Invalid Json Pass Valid Json"),
        ({"data": b"no json"}, "Invalid Json Pass Valid Json"),
    ],
)
def test_invalid_fields(change: dict[str, Any], message: str) -> None:
    with serving() as client:
        response = client.summary(**change)
        assert (response.status_code, response.json()) == (200, _error(message))
        assert client.box.summary_requests[-1].outcome in {"rejected", "unauthorized"}


def test_a_range_has_at_most_30_days() -> None:
    message = "Difference Between From and To Date should not be Greater than 30 Days"
    with serving() as client:
        assert client.summary(_FIRST, _LAST + timedelta(days=1)).json() == _error(message)
        exactly = client.summary(_FIRST, toDate=f"{TODAY} 00:00:00")
        assert exactly.json()["details"] == client.box.agent_summary(_FIRST, TODAY)
        assert client.summary(_FIRST, toDate=f"{TODAY} 00:00:01").json() == _error(message)


def test_the_wrong_credentials() -> None:
    with serving() as client:
        key = {"apiKey": client.box.options.api_key}
        for wrong in ({}, key, client.headers() | key):
            response = client.summary(headers=wrong)
            assert (response.status_code, response.json()) == (401, _MISSING)
        response = client.summary(headers={"Authorization": "Bearer foreign"})
        assert (response.status_code, response.json()) == (401, _EXPIRED)
    with serving(auth_method="api_key") as client:
        bearer = {"Authorization": f"Bearer {client.token().json()['token']}"}
        response = client.summary(headers=bearer)
        assert (response.status_code, response.json()) == (401, _MISSING)
        for empty in ({}, {"apiKey": ""}):
            assert client.summary(headers=empty).json() == _error("apiKey should not be empty")
        assert client.summary(headers={"apiKey": "wrong"}).json() == _error(_INVALID)


def test_a_token_is_shared_with_the_cdrs() -> None:
    with serving(token_life=100) as client:
        assert client.records()
        assert _details(client)
        assert client.box.tokens_made == 1
        client.clock.advance(100)
        assert client.summary().json() == _EXPIRED


def test_the_limit_is_separate_from_the_limit_of_the_cdrs() -> None:
    with serving(limit=2) as client:
        assert [client.summary().status_code for _ in range(5)] == [200] * 5
        assert client.summary().status_code == 429
        assert [client.get().status_code for _ in range(3)] == [200, 200, 429]
        assert client.box.rate_limited_count == 2
        assert [entry.outcome for entry in client.box.summary_requests][4:] == [
            "records",
            "rate limited",
        ]
        client.clock.advance(60)
        assert client.summary().status_code == 200


def test_the_limit_rolls_and_counts_rejected_requests() -> None:
    with serving(summary_limit=2, period=10) as client:
        assert client.summary(agentId="nobody").status_code == 200
        client.clock.advance(6)
        assert client.summary(method="POST").status_code == 200
        assert client.summary(method="PUT").status_code == 405
        client.clock.advance(3.9)
        assert client.summary().status_code == 429
        client.clock.advance(0.1)
        assert client.summary().status_code == 200
        assert client.summary().status_code == 429


@pytest.mark.parametrize("message", RATE_LIMIT_MESSAGES)
@pytest.mark.parametrize(("form", "status"), [("429", 429), ("200", 200), ("200+token", 200)])
def test_wordings_of_the_rate_limit_error(message: str, form: str, status: int) -> None:
    wording: dict[str, Any] = {"rate_limit_message": message, "rate_limit_response": form}
    with serving(summary_limit=1, faults="summary1=rate", **wording) as client:
        for response in (client.summary(), client.summary()):
            assert response.status_code == status
            body = response.json()
            assert (body["status"], body["message"]) == ("false", message)
            assert ("token" in body) == (form == "200+token")


def test_retry_after_is_the_time_until_the_next_summary_request() -> None:
    with serving(summary_limit=1, rate_limit_response="429+retry-after") as client:
        client.summary()
        client.clock.advance(20)
        client.get()
        assert client.summary().headers["Retry-After"] == "40"


def test_invalid_options_raise() -> None:
    for wrong in ({"summary_limit": 0}, {"summary_shape": "list"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Options(**wrong)


def test_the_config_has_the_limit() -> None:
    with serving(summary_limit=7) as client:
        assert client.box.config["summary_rate_limit_requests"] == 7


def test_the_last_line_counts_summary_requests() -> None:
    with serving(summary_limit=2) as client:
        client.get()
        line = "sandbox: 1 requests, 0 rate limited, 1 tokens generated"
        assert format_summary(client.box) == line
        for _ in range(3):
            client.summary()
        line = "sandbox: 1 requests, 3 summary requests, 1 rate limited, 1 tokens generated"
        assert format_summary(client.box) == line
