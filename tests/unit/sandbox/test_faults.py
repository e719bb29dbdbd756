"""Each fault has its effect on exactly the request that the script names."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
import requests

from sandbox.faults.names import MALFORMED_KINDS
from sandbox.faults.script import Fault
from tests.helpers.sandbox_client import DAY, DETAILS, PAGES, Client, canonical, serving


def _first(client: Client) -> Any:  # noqa: ANN401  A malformed record may be anything.
    return client.details()[0]


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        ("503", 503, '"status":"error"'),
        ("504:empty", 504, None),
        ("520:html", 520, "<html>"),
        ("400:json", 400, '"message"'),
        ("500:html", 500, "<html>"),
        ("html", 200, "<html>"),
        ("html502", 502, "<html>"),
        ("empty-body", 200, None),
        ("unknown", 200, '"perhaps"'),
        ("token-expired", 200, '"Token Expired","data":null'),
        ("token-expired-401", 401, '"Token Expired","data":null'),
        ("missing-credentials", 401, "Missing userName or apiKey"),
        ("rate", 429, "rate limit"),
        ("null-details", 200, '"details":null'),
        ("details-object", 200, '"details":{"0":{'),
        ("details-text", 200, '"details":"see attachment"'),
        ("details-renamed", 200, '"records":[{'),
        ("unfamiliar", 200, '"Status":"Parked"'),
    ],
)
def test_replacement_faults(fault: str, status: int, body: str | None) -> None:
    with serving(faults=f"1={fault}") as client:
        response = client.get()
        assert response.status_code == status
        assert (body in response.text) if body else not response.content
        assert client.box.requests[0].fault == str(Fault.parse(fault))
        assert client.records() == client.box.calls(DAY), "the fault is for one request only"
        assert client.box.requests[1].fault is None
        assert client.box.rate_limited_count == 0


def test_no_details() -> None:
    with serving(faults="*=no-details") as client:
        assert client.get().json() == {"status": "success", "message": "success"}


def test_a_revoked_token_stays_invalid() -> None:
    with serving(faults="1=token-revoked") as client:
        assert client.get().status_code == 401
        assert client.get().status_code == 401
        client.bearer_token = ""
        assert client.get().status_code == 200


def test_rate_limit_with_retry_after() -> None:
    with serving(faults="1=rate+retry-after:7") as client:
        response = client.get()
        assert (response.status_code, response.headers["Retry-After"]) == (429, "7")
        assert client.box.requests[0].outcome == "rate limited"


def test_following_a_redirect_is_recorded() -> None:
    with serving(faults="*=redirect") as client:
        response = client.get()
        assert response.status_code == 302
        assert not client.box.redirect_followed
        client.session.get(client.box.url + response.headers["Location"], timeout=5)
        assert client.box.redirect_followed


def test_reset_sends_nothing() -> None:
    with serving(faults="1=reset") as client:
        with pytest.raises(requests.ConnectionError, match="reset by peer"):
            client.get()
        assert client.records()


@pytest.mark.parametrize("fault", ["cut", "unterminated"])
def test_cuts_that_http_detects(fault: str) -> None:
    with serving(faults=f"1={fault}") as client:
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            client.get()
        assert client.records()


@pytest.mark.parametrize("fault", ["cut-chunked", "cut-in-string", "broken"])
def test_incomplete_json_in_complete_http(fault: str) -> None:
    with serving(faults=f"1={fault}") as client:
        response = client.get()
        assert response.status_code == 200
        assert len(response.content) > 10_000
        with pytest.raises(requests.JSONDecodeError):
            response.json()
        assert (response.content.count(b'"') % 2 == 1) == (fault == "cut-in-string")
        assert client.records()


def test_a_very_big_day_can_be_cut() -> None:
    with serving(records=20_000, faults="1=cut 2=broken") as client:
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            client.get()
        with pytest.raises(requests.JSONDecodeError):
            client.get(timeout=30).json()


@pytest.mark.parametrize("fault", ["slow:0.3", "stall:0.3"])
def test_pauses(fault: str) -> None:
    with serving(faults=f"1={fault}") as client:
        client.headers()
        began = time.monotonic()
        assert client.records() == client.box.calls(DAY)
        assert time.monotonic() - began > 0.29


@pytest.mark.parametrize("fault", ["slow:30", "stall:30"])
def test_pauses_longer_than_the_read_timeout(fault: str) -> None:
    began = time.monotonic()
    with (
        serving(faults=f"1={fault}") as client,
        pytest.raises((requests.ReadTimeout, requests.ConnectionError)),
    ):
        client.get(timeout=0.2)
    assert time.monotonic() - began < 5, "stopping must not wait for pauses"


@pytest.mark.parametrize(("fault", "total"), [("no-total", None), ("total+3", 63), ("total-2", 58)])
@pytest.mark.parametrize("spelling", ["number", "text"])
def test_wrong_totals(fault: str, total: int | None, spelling: str) -> None:
    with serving(faults=f"*={fault}", total=spelling) as client:
        sent = client.get(PAGES).json().get("totalCount")
        assert sent == (str(total) if total and spelling == "text" else total)


def test_a_repeated_page() -> None:
    with serving(faults="page2=repeat") as client:
        one, two, three = (
            client.records(PAGES, params={"pageNo": n, "pageSize": 20}) for n in (1, 2, 3)
        )
        assert one == two != three


def test_endless_pages() -> None:
    with serving(faults="*=endless") as client:
        pairs = set()
        for number in (1, 2, 3):
            params = {"pageNo": number, "pageSize": 100}
            response = client.get(PAGES, params=params).json()
            assert len(response["details"]) == 100
            assert response["totalCount"] > number * 100
            pairs |= {(r["CallID"], r["UCID"]) for r in response["details"]}
        assert len(pairs) == 300


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("id-huge", "UCID", 2**63 + 5),
        ("id-garbage", "UCID", "31733-467x"),
        ("id-none-callid", "CallID", None),
        ("id-none-both", "UCID", None),
        ("calldate-garbage", "CallDate", "27-02-2024"),
        ("calldate-future", "CallDate", (DAY + timedelta(days=1)).isoformat()),
        ("numbers-in-text", "Duration", 12.5),
        ("bool-in-text", "Skill", True),
        ("list-in-text", "Skill", ["General", "हिन्दी"]),
        ("object-in-text", "UUI", {"ticket": "T-1", "lines": [1, 2]}),
        ("nul", "Comments", "be\0fore and after"),
        ("unknown-field", "SentimentScore", 0.25),
        ("rating-text", "Rating", "4"),
        ("rating-garbage", "Rating", "very good"),
        ("surrogate", "Comments", "half a pair: \ud83d"),
    ],
)
def test_malformed_records(kind: str, field: str, value: object) -> None:
    with serving(faults=f"*=malformed:{kind}") as client:
        first, *rest = client.details()
        assert first[field] == value
        assert list(map(canonical, rest)) == client.box.calls(DAY)[1:]


def test_malformed_ids() -> None:
    kinds = ("id-none-ucid", "calldate-missing", "id-text", "id-float")
    script = {number: f"malformed:{kind}" for number, kind in enumerate(kinds, start=1)}
    with serving(faults=script) as client:
        truth: Any = client.box.calls(DAY)[0]
        assert "UCID" not in _first(client)
        assert "CallDate" not in _first(client)
        assert _first(client)["CallID"] == str(truth["CallID"])
        assert repr(_first(client)["CallID"]) == repr(float(truth["CallID"]))


def test_a_record_that_is_not_an_object_and_a_deep_one() -> None:
    with serving(faults="1=malformed:not-an-object 2=malformed:deep") as client:
        assert isinstance(_first(client), str)
        assert b"[" * 5_000 in client.get().content


@pytest.mark.parametrize("kind", MALFORMED_KINDS)
@pytest.mark.parametrize("path", [DETAILS, PAGES])
def test_malformed_records_need_a_record(kind: str, path: str) -> None:
    with serving(faults=f"*=malformed:{kind}", records=0, ids="text") as client:
        assert client.records(path) == []
