"""The classification of every documented response, and of any other."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_ozonetel.api.responses import (
    ClassifiedResponse,
    ResponseKind,
    classify_response,
    declared_charset,
)
from tap_ozonetel.bodies.chunks import CHUNK_BYTES
from tests.helpers.examples import examples
from tests.helpers.json_values import objects, values
from tests.helpers.responses import body_of, classified, kind_of, token_kind

RECORDS, EMPTY, _, UNAUTHORIZED, RATE_LIMITED, TRANSIENT, REJECTED = ResponseKind
CALL = {"CallID": 31733467784618213, "UCID": 31733467784618214, "CallerID": "09845012345"}
HTML = b"<!DOCTYPE html>\n<html><body>The service is unavailable</body></html>"


@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize(
    "word", ["success", "Success", "SUCCESS", "true", "True", " true ", True], ids=repr
)
def test_records(word: object, status: int) -> None:
    assert kind_of(status, body_of(word, "success", details=[CALL])) is RECORDS
    assert kind_of(status, {"details": [CALL], "message": "", "status": word}) is RECORDS
    assert kind_of(status, body_of(word, "success", details=[])) is EMPTY


def test_records_of_a_long_body() -> None:
    sent = body_of("success", "success", details=[CALL] * 3_000, totalCount=3_000)
    assert len(json.dumps(sent)) > 2 * CHUNK_BYTES
    assert classified(200, sent) == ClassifiedResponse(
        RECORDS, "HTTP 200: success", total_count=3_000
    )
    assert kind_of(200, {**sent, "status": "fail"}) is REJECTED


NEVER_EMPTY = {
    "html": HTML,
    "no body": b"",
    "white space": b" \n",
    "broken": b'{"status":"success","message":"No Data Found","details":[',
    "two documents": b'{"status":"success","details":[]}{}',
    "details null": body_of("success", "success", details=None),
    "details missing": body_of("success", "success"),
    "details null, no message": {"status": "success", "details": None},
    "details an object": body_of("success", "No Data Found", details={}),
    "details a string": body_of("success", "No Data Found", details="none"),
    "details an empty string": body_of("success", "No Data Found", details=""),
    "details false": body_of("success", "No Data Found", details=False),
    "details zero": body_of("success", "No Data Found", details=0),
    "failing with an empty list": body_of("fail", "failed", details=[]),
    "no status": {"details": []},
    "unknown status": body_of("perhaps", "done", details=[]),
    "status null": {"status": None, "details": []},
    "status false": {"status": False, "details": []},
    "unknown campaign": body_of("success", "Invalid campaignName", details=None),
    "no such campaign": body_of("fail", "No record of this campaign", details=[]),
    "no such campaign, success": body_of("success", "No record of this campaign", details=None),
    "no data and more": body_of("success", "No data was lost, all is well", details=None),
    "more and no data": body_of("success", "The backend has no data", details=None),
    "not allowed": body_of("success", "No calls allowed", details=None),
    "a list": [],
    "a number": 0,
    "null": None,
    "a string": "No Data Found",
    "message a list": {"status": "success", "message": ["No Data Found"]},
}


@pytest.mark.parametrize("case", NEVER_EMPTY)
def test_never_an_empty_day(case: str) -> None:
    for status in (200, 302, 400, 401, 404, 429, 500, 504):
        assert kind_of(status, NEVER_EMPTY[case]) not in {EMPTY, RECORDS}


@pytest.mark.parametrize("status", [199, 300, 302, 400, 404, 500, 502])
@pytest.mark.parametrize("details", [[], [CALL]])
def test_a_failing_status_outweighs_the_body(details: list[object], status: int) -> None:
    sent = body_of("success", "No Data Found", details=details, totalCount=1)
    assert kind_of(status, sent) not in {EMPTY, RECORDS}


#: HTTP status, body and kind: docs/ozonetel-api.md, "Responses", "Limits" and "Authentication".
DOCUMENTED: list[tuple[int, object, ResponseKind]] = [
    (200, body_of("false", "Token Expired", data=None), UNAUTHORIZED),
    (401, body_of("false", "Token Expired", data=None), UNAUTHORIZED),
    (200, body_of("false", "Missing userName or apiKey"), UNAUTHORIZED),
    (401, body_of("false", "Missing userName or apiKey"), UNAUTHORIZED),
    (200, body_of("false", "userName or apiKey is Invalid"), UNAUTHORIZED),
    (401, body_of("FALSE", "USERNAME OR API KEY IS INVALID"), UNAUTHORIZED),
    (200, body_of("error", "Invalid Token"), UNAUTHORIZED),
    (401, body_of("fail", "who are you"), UNAUTHORIZED),
    (403, {}, UNAUTHORIZED),
    (401, b"", UNAUTHORIZED),
    (401, HTML, UNAUTHORIZED),
    (200, body_of("fail", "Missing fromDate and toDate"), REJECTED),
    (
        200,
        body_of(
            "fail",
            "Invalid fromDate format. Please pass the date in the format yyyy-MM-dd HH:mm:ss",
        ),
        REJECTED,
    ),
    (200, body_of("fail", "Invalid campaignName"), REJECTED),
    (200, body_of("success", "Invalid campaignName"), REJECTED),
    (200, body_of("false", "Invalid Json Pass Valid Json"), REJECTED),
    (200, body_of("fail", "fromDate should not be a future date"), REJECTED),
    (200, body_of("failure", "fromDate and toDate must be on one day"), REJECTED),
    (200, body_of("error", "You can fetch only the last 15 days"), REJECTED),
    (200, {"message": "fromDate …"}, REJECTED),
    (200, body_of("fail", "failed", details=[CALL]), REJECTED),
    (200, {"details": [CALL]}, REJECTED),
    (200, body_of("success", "success", details={"0": CALL}), REJECTED),
    (200, body_of("success", "success", details="see attachment"), REJECTED),
    (200, {"result": {"code": 17}, "ok": "perhaps"}, REJECTED),
    (200, [CALL], REJECTED),
    (200, {}, REJECTED),
    (302, b"", REJECTED),
    (301, HTML, REJECTED),
    (400, body_of("fail", "Bad Request"), REJECTED),
    (404, HTML, REJECTED),
    (405, body_of("error", "Method not allowed"), REJECTED),
    (413, b"", REJECTED),
    (429, body_of("error", "Too many requests"), RATE_LIMITED),
    (429, body_of("fail", "Too many requests with this token"), RATE_LIMITED),
    (429, {}, RATE_LIMITED),
    (429, b"", RATE_LIMITED),
    (429, HTML, RATE_LIMITED),
    (429, body_of("success", "success", details=[CALL]), RATE_LIMITED),
    (200, body_of("error", "API rate limit exceeded"), RATE_LIMITED),
    (200, body_of("fail", "Rate Limit reached", details=[]), RATE_LIMITED),
    (200, body_of("success", "RateLimit exceeded, try later", details=None), RATE_LIMITED),
    (503, body_of("error", "rate limit exceeded"), RATE_LIMITED),
    (401, body_of("error", "rate limit of this token exceeded"), RATE_LIMITED),
    (200, HTML, TRANSIENT),
    (200, b"", TRANSIENT),
    (200, b'{"status":"success","details":[{"CallID":31733', TRANSIENT),
    (200, b'{"status":"success","details":[{"CallID":1,,}]}', TRANSIENT),
    (408, b"", TRANSIENT),
    (408, body_of("error", "Request Timeout"), TRANSIENT),
    *((status, HTML, TRANSIENT) for status in (500, 502, 503, 504, 520)),
    *((status, b"", TRANSIENT) for status in (500, 502, 503, 504)),
    *(
        (status, body_of("error", "Something went wrong"), TRANSIENT)
        for status in (500, 502, 503, 504)
    ),
]


@pytest.mark.parametrize(("status", "body", "expected"), DOCUMENTED)
def test_documented_responses(status: int, body: object, expected: ResponseKind) -> None:
    assert kind_of(status, body) is expected
    assert kind_of(status, body, paginated=True) is expected


@pytest.mark.parametrize(
    "word", ["false", "FALSE", "fail", "Fail", "failure", "error", False], ids=repr
)
def test_failure_statuses(word: object) -> None:
    assert kind_of(200, body_of(word, "something", details=[CALL])) is REJECTED
    assert kind_of(200, body_of(word, "Token Expired")) is UNAUTHORIZED


@pytest.mark.parametrize("token", ["Token", "apiKey", "API key"], ids=repr)
def test_a_success_that_mentions_tokens_is_not_a_rejection(token: str) -> None:
    sent = body_of("success", f"{token} accepted", details=[CALL])
    assert kind_of(200, sent) is RECORDS
    assert kind_of(200, {**sent, "details": None}) is REJECTED


@pytest.mark.parametrize("paginated", [False, True])
def test_one_object_is_one_record(*, paginated: bool) -> None:
    sent = body_of("success", "success", details=CALL, totalCount=1)
    assert kind_of(200, sent, paginated=paginated) is RECORDS
    assert kind_of(200, {**sent, "status": "fail"}) is REJECTED
    assert kind_of(500, sent) is TRANSIENT


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'[{"a":1},x]', "HTTP 200 with invalid JSON at byte 9"),
        (
            b'{"details":[{"CallID":1},{"CallID":,"CallerID":"09845012345"}]}',
            "HTTP 200 with invalid JSON at byte 35, in record 2, in the field CallID",
        ),
        (
            b'{"details":[{"of 09845012345":1},{"of 09845012345":}]}',
            "HTTP 200 with invalid JSON at byte 51, in record 2, in the field of …",
        ),
    ],
)
def test_the_reason_of_malformed_json_names_its_place(body: bytes, reason: str) -> None:
    response = classified(200, body)
    assert (response.kind, response.reason) == (TRANSIENT, reason)
    assert response.malformed is not None
    assert classified(500, body).malformed is None


@pytest.mark.parametrize(
    ("header", "charset"),
    [
        (None, None),
        ("", None),
        ("application/json", None),
        ("application/json; charset=utf-8", "utf-8"),
        ('application/json; charset="ISO-8859-1"', "iso-8859-1"),
        ("application/json; charset=", ""),
        ("; ; charset=\0", "\0"),
    ],
)
def test_the_charset_of_a_header(header: str | None, charset: str | None) -> None:
    assert declared_charset(header) == charset


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (504, HTML, "HTTP 504 without JSON"),
        (200, [CALL], "HTTP 200 without a JSON object"),
        (200, {"CallerID": "09845012345"}, "HTTP 200"),
        (200, body_of("fail", "Invalid campaignName"), "HTTP 200: Invalid campaignName"),
        (200, body_of("success", "ok", details=7), "HTTP 200: ok, but no list of records"),
        (200, {"status": "fail", "message": [CALL]}, "HTTP 200"),
        (200, body_of("fail", "for 09845012345", details=[CALL]), "HTTP 200: for …"),
    ],
)
def test_a_reason_shows_the_status_and_the_message_only(
    status: int, body: object, reason: str
) -> None:
    assert classified(status, body).reason == reason


any_object = st.fixed_dictionaries(
    {},
    optional={
        "status": values | st.sampled_from(["success", "true", True, "fail"]),
        "message": values | st.sampled_from(["No Data Found", "rate limit", "Token Expired"]),
        "details": values | st.lists(objects, max_size=2),
        "totalCount": values,
        "token": values,
    },
)


@examples(200)
@given(
    status=st.integers(100, 599) | st.sampled_from([200, 401, 429, 500]),
    body=st.binary(max_size=60) | (any_object | values).map(lambda each: json.dumps(each).encode()),
    paginated=st.booleans(),
)
def test_any_response_is_classified(status: int, body: bytes, *, paginated: bool) -> None:
    found = classify_response(status, io.BytesIO(body), paginated=paginated)
    assert isinstance(found.kind, ResponseKind)
    assert len(found.reason.splitlines()) == 1
    assert token_kind(status, body) is not ResponseKind.TOKEN or b"token" in body
    if found.kind in {RECORDS, EMPTY}:
        details = json.loads(body).get("details")
        assert 200 <= status < 300
        assert details is None or isinstance(details, list | dict)
        assert (found.kind is RECORDS) == bool(details)


ODD = {
    "deep status": b'{"status":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "deep message": b'{"message":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "exponent": b'{"status":1e99999999999999999999}',
    "record with an exponent": b'{"status":"true","details":[1e99999999999999999999]}',
    "long number": b'{"totalCount":' + b"9" * 5_000 + b"}",
    "digits": b'{"status":"true","details":[1],"totalCount":"' + b"9" * 5_000 + b'"}',
}


@pytest.mark.parametrize("name", ODD)
def test_unusual_json_is_classified(name: str) -> None:
    assert kind_of(200, ODD[name], paginated=True) is not EMPTY
