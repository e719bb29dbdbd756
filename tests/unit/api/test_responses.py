"""The classification of every documented response, and of any other."""

from __future__ import annotations

import io
import json
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tap_ozonetel.api.redaction import redact
from tap_ozonetel.api.responses import (
    ClassifiedResponse,
    ResponseKind,
    classify_response,
    classify_token_response,
)
from tap_ozonetel.bodies.chunks import CHUNK_BYTES
from tests.helpers.examples import examples
from tests.helpers.json_values import objects, values

RECORDS, EMPTY, _, UNAUTHORIZED, RATE_LIMITED, TRANSIENT, REJECTED = ResponseKind
CALL = {"CallID": 31733467784618213, "UCID": 31733467784618214, "CallerID": "09845012345"}
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyIjoibm9ib2R5In0.c2lnbmF0dXJl"
HTML = b"<!DOCTYPE html>\n<html><body>The service is unavailable</body></html>"


def classified(status: int, body: object, *, paginated: bool = False) -> ClassifiedResponse:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return classify_response(status, io.BytesIO(raw), paginated=paginated)


def kind_of(status: int, body: object, *, paginated: bool = False) -> ResponseKind:
    return classified(status, body, paginated=paginated).kind


def body_of(word: object, message: str, **more: object) -> dict[str, object]:
    return {"status": word, "message": message, **more}


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


def token_kind(status: int, body: bytes) -> ResponseKind:
    return classify_token_response(status, io.BytesIO(body)).kind


NO_DATA = [
    "No Data Found",
    "no data found",
    "NO DATA",
    "No data found.",
    "No_Data_Found",
    "No records found",
    "No record found for the given date",
    "No Records Available",
    "No CDRs found",
    "no calls",
    "Data not found",
    "Records Not Available",
    "no data exists for 2026-03-17",
]


@pytest.mark.parametrize("message", NO_DATA)
@pytest.mark.parametrize("word", ["success", True, "true", None], ids=repr)
@pytest.mark.parametrize("details", [{"details": []}, {"details": None}, {}])
def test_a_day_without_calls(word: object, message: str, details: dict[str, object]) -> None:
    assert kind_of(200, body_of(word, message, **details)) is EMPTY
    assert kind_of(200, body_of(word, message, **details), paginated=True) is EMPTY


@pytest.mark.parametrize("message", NO_DATA)
@pytest.mark.parametrize("word", ["fail", "false", "error", False], ids=repr)
def test_a_failure_is_empty_only_as_documented(word: object, message: str) -> None:
    documented = message.lower().strip(".").replace("_", " ") == "no data found"
    expected = EMPTY if documented else REJECTED
    assert kind_of(200, body_of(word, message)) is expected
    assert kind_of(200, body_of(word, message, details=[])) is expected


RATE_LIMIT_MESSAGES = [
    "Max limit exceeded",
    "rate_limit exceeded",
    "Too Many Requests",
    "TOO_MANY_REQUESTS",
    "API rate limit exceeded, try again later",
    "Ratelimit reached",
    "Rate-Limit",
    "limit has been exceeded",
    "only 1 hit will be allowed within a time frame of 5mins",
    "only 2 hits allowed per minute",
    "Token generation limit exceeded",
]


@pytest.mark.parametrize("message", RATE_LIMIT_MESSAGES)
@pytest.mark.parametrize("word", ["error", "false", "fail", "success", None], ids=repr)
@pytest.mark.parametrize("status", [200, 400, 401, 403, 429, 500, 503])
def test_every_wording_of_a_rate_limit(status: int, word: object, message: str) -> None:
    for body in (body_of(word, message), body_of(word, message, details=[])):
        assert kind_of(status, body) is RATE_LIMITED
        assert token_kind(status, json.dumps(body).encode()) is RATE_LIMITED


@pytest.mark.parametrize(
    "message",
    [
        "Limit the request to one day",
        "The date is off limits",
        "No limit",
        "pageSize limit is 500",
    ],
)
def test_a_message_about_another_limit_is_rejected(message: str) -> None:
    assert kind_of(200, body_of("error", message)) is REJECTED


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
    "details a text": body_of("success", "No Data Found", details="none"),
    "details an empty text": body_of("success", "No Data Found", details=""),
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
    "a text": "No Data Found",
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
def test_words_of_failure(word: object) -> None:
    assert kind_of(200, body_of(word, "something", details=[CALL])) is REJECTED
    assert kind_of(200, body_of(word, "Token Expired")) is UNAUTHORIZED


@pytest.mark.parametrize("token", ["Token", "apiKey", "API key"], ids=repr)
def test_a_success_that_mentions_tokens_is_no_rejection(token: str) -> None:
    sent = body_of("success", f"{token} accepted", details=[CALL])
    assert kind_of(200, sent) is RECORDS
    assert kind_of(200, {**sent, "details": None}) is REJECTED


@pytest.mark.parametrize(("count", "total"), [(7, 7), ("7", 7), ("007", 7), (0, 0)], ids=repr)
def test_a_total_is_a_number_or_digits(count: object, total: int) -> None:
    sent = body_of("success", "success", details=[CALL], totalCount=count)
    assert classified(200, sent, paginated=True) == ClassifiedResponse(
        RECORDS, "HTTP 200: success", total_count=total
    )


@pytest.mark.parametrize(
    "count", [None, -1, "-1", "", " 7", "7.0", 7.5, True, "\u0667", [7], {"n": 7}], ids=repr
)
def test_pages_without_a_total_are_rejected(count: object) -> None:
    sent = body_of("success", "success", details=[CALL], totalCount=count)
    assert kind_of(200, sent, paginated=True) is REJECTED
    assert "without a totalCount" in classified(200, sent, paginated=True).reason
    assert kind_of(200, sent) is RECORDS
    del sent["totalCount"]
    assert kind_of(200, sent, paginated=True) is REJECTED


def test_a_rate_limit_may_bring_a_token() -> None:
    refusal = body_of("error", "API rate limit exceeded", token=TOKEN)
    assert classified(200, refusal) == ClassifiedResponse(
        RATE_LIMITED, "HTTP 200: API rate limit exceeded", token=TOKEN
    )


@pytest.mark.parametrize(
    "token", [None, "", 7, "with space", "line\nbreak", "é", [TOKEN], True], ids=repr
)
def test_a_token_that_cannot_be_a_header_is_ignored(token: object) -> None:
    sent = {"token": token}
    assert classified(200, body_of("error", "rate limit", **sent)).token is None
    assert token_kind(200, json.dumps(sent).encode()) is not ResponseKind.TOKEN


@pytest.mark.parametrize(
    "beside", [{}, {"status": "success"}, {"status": True, "message": "generated"}]
)
def test_a_token_response_has_a_token(beside: dict[str, object]) -> None:
    body = io.BytesIO(json.dumps({"token": TOKEN, **beside}).encode())
    found = classify_token_response(200, body)
    assert (found.kind, found.token) == (ResponseKind.TOKEN, TOKEN)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, HTML),
        (200, b'["token"]'),
        (200, b'"token"'),
        (200, b'{"Token":"x"}'),
        (200, b'{"token":"x","status":"fail"}'),
        (200, b'{"token":"x","status":false}'),
        (200, b'{"token":"x"'),
        (401, b'{"token":"x"}'),
        (429, b'{"token":"x"}'),
        (500, b'{"token":"x"}'),
        (302, b'{"token":"x"}'),
    ],
)
def test_a_token_response_without_a_usable_token(status: int, body: bytes) -> None:
    assert token_kind(status, body) is not ResponseKind.TOKEN


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
        "message": values | st.sampled_from([*NO_DATA, "rate limit", "Token Expired"]),
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
        assert details == [] or (details is None) or isinstance(details, list)
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


words = st.text(string.ascii_letters, min_size=1, max_size=12)
digits = st.integers(10**7, 10**20).map(str)
phones = st.tuples(
    st.sampled_from(["+91", "+91 ", "+91-", "0", "91", ""]),
    st.sampled_from(["98450{}12345", "9845{}012{}345", "984{}501{}2345", "98450{}123{}45"]),
    st.sampled_from(["", " ", "-", ".", "/"]),
).map(lambda part: part[0] + part[1].replace("{}", part[2]))
keys = st.text(string.ascii_letters + string.digits + "-_.=+/", min_size=25, max_size=60)


@examples(200)
@given(st.lists(words, max_size=4), phones | digits | keys, st.lists(words, max_size=4))
@example(before=["key"], secret="12345678" + "a" * 24, after=[])
@example(before=[], secret="2026-03-17" + "a" * 24, after=[])
def test_secrets_are_redacted(before: list[str], secret: str, after: list[str]) -> None:
    shown = redact(" ".join([*before, secret, *after]))
    assert secret not in shown
    kept = shown.split()[len(before) : len(shown.split()) - len(after)]
    assert len("".join(kept)) < 8, "at most the scraps of it"


def test_digits_before_a_key_do_not_hide_a_part_of_it() -> None:
    assert "aaaa" not in redact("of 98450 12345678" + "a" * 20)


def test_dates_are_not_redacted() -> None:
    message = "fromDate 2026-03-17 00:00:00 to 2026-03-18 23:59:59, at most 15 days"
    assert redact(message) == message


def test_a_token_is_redacted() -> None:
    assert redact(f"Token {TOKEN} expired") == "Token … expired"
    assert redact("call 31733467784618213 of +91 98450-12345") == "call … of …"


@examples(200)
@given(st.text(max_size=400))
@example("a\nb\r\n\tc\u2028d\x1b[31m")
@example("word " * 100)
def test_a_redacted_message_is_one_short_line(message: str) -> None:
    shown = redact(message)
    assert shown.isprintable()
    assert len(shown) <= 201
