"""CDR requests and their responses: days, windows, filters, pages, envelopes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.helpers.sandbox_client import DAY, DETAILS, ONE_CALL, PAGES, TODAY, Client, keys, serving

MISSING = {"status": "false", "message": "Missing userName or apiKey"}
INVALID = {"status": "false", "message": "userName or apiKey is Invalid"}
INVALID_JSON = {"status": "false", "message": "Invalid Json Pass Valid Json"}
BAD_FROM = "Invalid fromDate format. Please pass the date in the format yyyy-MM-dd HH:mm:ss"


@pytest.mark.parametrize("path", [DETAILS, PAGES, ONE_CALL])
@pytest.mark.parametrize("method", ["POST", "PUT", "HEAD"])
def test_only_get_is_allowed(path: str, method: str) -> None:
    with serving() as client:
        assert client.get(path, method=method).status_code == 405
        assert client.get(path, ucid="1").status_code == 200, "the connection still works"


def test_fields_must_be_in_a_json_body() -> None:
    with serving() as client:
        in_query = {str(n): str(v) for n, v in client.body().items()}
        assert client.get(params=in_query, data=b"").json() == INVALID_JSON
        assert client.get(params={"pageNo": 1}).json() == INVALID_JSON
        assert client.get(json=["no", "object"]).json() == INVALID_JSON
        assert client.get(data=b"\xff{").json() == INVALID_JSON
        headers = client.headers() | {"Content-Type": "text/plain"}
        assert client.get(headers=headers).json() == INVALID_JSON


@pytest.mark.parametrize(
    ("change", "body"),
    [
        ({"userName": None}, MISSING),
        ({"userName": "other"}, INVALID),
        ({"fromDate": None}, {"status": "fail", "message": "Missing fromDate and toDate"}),
        ({"toDate": None}, {"status": "fail", "message": "Missing fromDate and toDate"}),
        ({"fromDate": "2026-03-17"}, {"status": "fail", "message": BAD_FROM}),
        ({"fromDate": "17-03-2026 00:00:00"}, {"status": "fail", "message": BAD_FROM}),
        ({"fromDate": "2026-02-30 00:00:00"}, {"status": "fail", "message": BAD_FROM}),
        ({"fromDate": 20260317}, {"status": "fail", "message": BAD_FROM}),
        ({"campaignName": "Nobody's"}, {"status": "fail", "message": "Invalid campaignName"}),
        ({"campaignName": ""}, {"status": "fail", "message": "Invalid campaignName"}),
        ({"pageNo": 1}, {"status": "fail", "message": "Unknown field pageNo"}),
    ],
)
def test_invalid_fields(change: dict[str, Any], body: dict[str, object]) -> None:
    with serving() as client:
        assert client.get(**change).json() == body
        assert client.box.requests[-1].outcome in {"rejected", "unauthorized"}


def test_a_window_is_within_one_day() -> None:
    with serving() as client:
        response = client.get(toDate=f"{DAY + timedelta(days=1)} 00:00:00").json()
        assert response["status"] == "fail"
        backwards = client.get(fromDate=f"{DAY} 10:00:00", toDate=f"{DAY} 09:59:59").json()
        assert backwards["status"] == "fail"


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
def test_today_is_served_and_the_future_rejected(zone: str) -> None:
    with serving(zone) as client:
        assert client.box.today() == TODAY
        assert client.records(day=TODAY)
        assert client.records(day=TODAY, fromDate=f"{TODAY} 22:00:00") == [], "later today"
        response = client.get(day=TODAY + timedelta(days=1)).json()
        assert response["status"] == "fail"
        assert response["message"].startswith("fromDate")


def test_days_past_the_retention() -> None:
    oldest = TODAY - timedelta(days=14)
    with serving() as client:
        assert client.records(day=oldest)
        assert client.records(day=oldest - timedelta(days=1)) == []
        assert client.box.requests[-1].outcome == "empty"
    with serving(too_old="rejected", failure="error") as client:
        assert client.records(day=oldest)
        assert client.get(day=oldest - timedelta(days=1)).json()["status"] == "error"


def test_windows_include_both_ends() -> None:
    with serving(records=200) as client:
        ends = [("00:00:00", "05:59:59"), ("06:00:00", "13:59:59"), ("14:00:00", "23:59:59")]
        parts = [
            client.records(fromDate=f"{DAY} {first}", toDate=f"{DAY} {last}")
            for first, last in ends
        ]
        newest_first = [record for part in reversed(parts) for record in part]
        assert newest_first == client.box.calls(DAY)
        start = parts[1][0]["StartTime"]
        moment = f"{DAY} {start}"
        exact = client.records(fromDate=moment, toDate=moment)
        assert exact
        assert {r["StartTime"] for r in exact} == {start}


@pytest.mark.parametrize(
    ("name", "field"),
    [("campaignName", "CampaignName"), ("callType", "Type"), ("status", "Status")],
)
def test_filters(name: str, field: str) -> None:
    with serving() as client:
        truth = client.box.calls(DAY)
        for value in {r[field] for r in truth}:
            filters: dict[str, Any] = {name: value}
            found = client.records(**filters)
            assert found == [r for r in truth if r[field] == value]


def test_one_call_by_its_ucid() -> None:
    with serving() as client:
        response = client.get(ONE_CALL).json()
        assert response == {"status": "fail", "message": "Missing ucid"}
        wanted = client.box.calls(DAY)[7]
        for ucid in (wanted["UCID"], str(wanted["UCID"])):
            found = client.records(ONE_CALL, ucid=ucid)
            assert (wanted["CallID"], wanted["UCID"]) in [(r["CallID"], r["UCID"]) for r in found]
        assert client.records(ONE_CALL, ucid="1") == []
        legs = client.records(monitorUCID=wanted["CallID"])
        assert {r["CallID"] for r in legs} == {wanted["CallID"]}


def _pages(client: Client, size: int, day: date = DAY) -> list[Any]:
    records: list[Any] = []
    for number in range(1, 100):
        response = client.get(PAGES, day, params={"pageNo": number, "pageSize": size}).json()
        records += response["details"]
        if len(records) >= int(response["totalCount"]):
            break
    return records


@pytest.mark.parametrize("cap", [500, 7])
@pytest.mark.parametrize("total", ["number", "text"])
def test_all_pages_make_up_the_day(cap: int, total: str) -> None:
    with serving(page_cap=cap, total=total) as client:
        first = client.records(PAGES, params={"pageNo": 1, "pageSize": 25})
        assert len(first) == min(cap, 25)
        assert keys(_pages(client, 25)) == keys(client.box.calls(DAY))
        beyond = client.get(PAGES, params={"pageNo": 99, "pageSize": 25}).json()
        assert beyond["details"] == []
        assert beyond["totalCount"] == (60 if total == "number" else "60")


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"pageNo": 1},
        {"pageSize": 5},
        {"pageNo": 0, "pageSize": 5},
        {"pageNo": 1, "pageSize": 501},
        {"pageNo": "one", "pageSize": 5},
    ],
)
def test_invalid_pages(params: dict[str, Any]) -> None:
    with serving() as client:
        assert client.get(PAGES, params=params).json()["status"] == "fail"


def test_field_names_differ_by_endpoint() -> None:
    with serving() as client:
        page, ucid = client.records(PAGES)[0], client.box.calls(DAY)[0]["UCID"]
        assert {"TransferTo", "WrapupEndTime", "WrapupStartTime", "WrapUpDuration"} <= set(page)
        assert len(page) == 46
        assert "TransferredTo" not in page
        one = client.records(ONE_CALL, ucid=ucid)[0]
        assert {"TransferTo", "WrapupEndTime", "WrapUpStartTime", "WrapupDuration"} <= set(one)


@pytest.mark.parametrize(
    ("word", "status"), [("success", "success"), ("true", "true"), ("boolean", True)]
)
@pytest.mark.parametrize("first", [True, False])
def test_success_words_and_key_order(word: str, status: object, first: bool) -> None:  # noqa: FBT001
    with serving(success=word, details_first=first) as client:
        response = client.get(PAGES)
        assert response.json()["status"] == status
        assert list(response.json())[0 if first else -1] == "details"


def test_forms_of_an_empty_response() -> None:
    nothing: dict[str, Any] = {"records_by_day": {DAY: 0}, "empty_message": "No Records"}
    with serving(empty="list", **nothing) as client:
        assert client.get().json() == {"status": "success", "message": "success", "details": []}
        assert client.get(PAGES).json()["totalCount"] == 0
    with serving(empty="null+message", **nothing) as client:
        response = client.get().json()
        assert response == {"status": "success", "message": "No Records", "details": None}
    with serving(empty="missing+message", **nothing) as client:
        assert client.get().json() == {"status": "success", "message": "No Records"}
        assert client.get(PAGES).json()["totalCount"] == 0
        assert client.box.requests[-1].outcome == "empty"
