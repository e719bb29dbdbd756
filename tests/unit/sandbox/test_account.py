"""The account: rate limit, tokens, auth modes."""

from __future__ import annotations

import json
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
import requests

from sandbox.options import RATE_LIMIT_MESSAGES
from tests.helpers.sandbox_client import DAY, DETAILS, ONE_CALL, PAGES, TOKEN, serving

MISSING = {"status": "false", "message": "Missing userName or apiKey"}
INVALID = {"status": "false", "message": "userName or apiKey is Invalid"}
INVALID_JSON = {"status": "false", "message": "Invalid Json Pass Valid Json"}
EXPIRED = {"status": "false", "message": "Token Expired", "data": None}


def test_a_response_has_the_records_of_the_day() -> None:
    with serving() as client:
        assert client.records() == client.box.calls(DAY)
        entry = client.box.requests[0]
        assert (entry.path, entry.outcome, entry.status) == (DETAILS, "records", 200)
        assert entry.body == client.body()
        assert (entry.has_authorization, entry.has_apikey) == (True, False)
        assert entry.user_agent.startswith("python-requests")
        assert entry.at == client.clock.time()


def test_the_log_holds_no_secret() -> None:
    with serving() as client:
        client.get()
        log = repr(client.box.requests + client.box.token_requests)
        assert client.box.options.api_key not in log
        assert client.bearer_token not in log
        assert client.box.tokens == [client.bearer_token]


def test_a_connection_is_kept_alive() -> None:
    with serving() as client:
        address = urlsplit(client.box.url)
        connection = HTTPConnection(address.hostname or "", address.port, timeout=5)
        headers = {**client.headers(), "Content-Type": "application/json"}
        sockets = []
        for _ in range(3):
            connection.request("GET", DETAILS, json.dumps(client.body()), headers)
            sockets.append(connection.sock)
            assert len(json.loads(connection.getresponse().read())["details"]) == 60
        connection.close()
        assert sockets[0] is sockets[1] is sockets[2] is not None


def test_stopping_closes_everything() -> None:
    with serving() as client:
        client.get()
    with pytest.raises(requests.ConnectionError):
        client.session.get(client.box.url, timeout=2)


def test_the_rate_limit_rolls_over_all_endpoints() -> None:
    with serving(limit=2, period=60) as client:
        assert client.get(DETAILS).status_code == 200
        client.clock.advance(30)
        assert client.get(PAGES).status_code == 200
        client.clock.advance(29.9)
        assert client.get(ONE_CALL, ucid="1").status_code == 429
        client.clock.advance(0.1)
        assert client.get(DETAILS).status_code == 200
        assert client.get(DETAILS).status_code == 429
        assert client.box.rate_limited_count == 2
        outcomes = [entry.outcome for entry in client.box.requests]
        assert outcomes.count("rate limited") == 2


def test_which_rejected_requests_count() -> None:
    with serving(limit=2) as client:
        assert client.get(method="POST").status_code == 405
        assert client.get(headers={}).json() == MISSING
        assert client.get(data=b"no json").json() == INVALID_JSON
        assert client.get().status_code == 429


def test_rate_limited_requests_can_count() -> None:
    with serving(limit=1, period=10, count_rate_limited=True) as client:
        assert client.get().status_code == 200
        client.clock.advance(9)
        assert client.get().status_code == 429
        client.clock.advance(9)
        assert client.get().status_code == 429


def test_forms_of_the_rate_limit_error() -> None:
    with serving(limit=1) as client:
        client.get()
        response = client.get()
        assert (response.status_code, "Retry-After" in response.headers) == (429, False)
    with serving(limit=1, rate_limit_response="429+retry-after") as client:
        client.get()
        client.clock.advance(12.5)
        assert client.get().headers["Retry-After"] == "48"
    with serving(limit=1, rate_limit_response="429+retry-after-date") as client:
        client.get()
        at = parsedate_to_datetime(client.get().headers["Retry-After"])
        assert at.timestamp() == client.clock.time() + 60
    with serving(limit=1, rate_limit_response="200") as client:
        client.get()
        response = client.get()
        assert response.status_code == 200
        assert "rate limit" in response.json()["message"]


@pytest.mark.parametrize("message", RATE_LIMIT_MESSAGES)
@pytest.mark.parametrize("word", ["false", "error"])
@pytest.mark.parametrize(("form", "status"), [("429", 429), ("200", 200), ("200+token", 200)])
def test_wordings_of_the_rate_limit_error(message: str, word: str, form: str, status: int) -> None:
    wording = {"rate_limit_message": message, "rate_limit_word": word}
    with serving(limit=1, rate_limit_response=form, faults="1=rate", **wording) as client:
        for response in (client.get(), client.get()):
            assert response.status_code == status
            body = response.json()
            assert (body["status"], body["message"]) == (word, message)
            assert ("token" in body) == (form == "200+token")


def test_a_rate_limit_error_can_bring_a_token() -> None:
    with serving(limit=2, rate_limit_response="200+token") as client:
        client.get()
        client.get()
        fresh = client.get().json()["token"]
        client.clock.advance(60)
        assert client.get().json() == EXPIRED
        client.bearer_token = fresh
        assert client.records()
        assert client.box.tokens_made == 1


@pytest.mark.parametrize("path", [TOKEN, "/ca_apis/caToken/generateToken"])
def test_both_spellings_of_the_token_path(path: str) -> None:
    with serving() as client:
        assert set(client.token(path).json()) == {"token"}
    with serving(token_with_status=True) as client:
        assert client.token(path).json()["status"] == "success"


def test_a_token_needs_valid_credentials() -> None:
    with serving() as client:
        assert client.token(headers={}).json() == MISSING
        assert client.token(json={}).json() == MISSING
        assert client.token(headers={"apiKey": "wrong"}).json() == INVALID
        assert client.token(json={"userName": "wrong"}).json() == INVALID
        assert client.token(json=None, data="{").json() == INVALID_JSON
        assert client.session.get(client.box.url + TOKEN, timeout=5).status_code == 405
        assert client.box.tokens_made == 0


def test_a_token_expires() -> None:
    with serving(token_life=100) as client:
        client.headers()
        client.clock.advance(99)
        assert client.get().status_code == 200
        client.clock.advance(1)
        response = client.get()
        assert (response.status_code, response.json()) == (401, EXPIRED)
    with serving(token_life=100, auth_status=200) as client:
        client.headers()
        client.clock.advance(101)
        response = client.get()
        assert (response.status_code, response.json()) == (200, EXPIRED)


def test_a_new_token_invalidates_the_previous_one() -> None:
    with serving() as client:
        client.headers()
        client.token()
        assert client.get().json() == EXPIRED


def test_a_new_token_may_be_accepted_late() -> None:
    with serving(token_delay=5) as client:
        assert client.get().json() == EXPIRED
        client.clock.advance(5)
        assert client.get().status_code == 200


@pytest.mark.parametrize(("spelling", "status"), [("429", 429), ("200", 200)])
def test_ten_tokens_an_hour(spelling: str, status: int) -> None:
    with serving(token_limit_status=spelling) as client:
        for _ in range(10):
            assert "token" in client.token().json()
        response = client.token()
        assert response.status_code == status
        assert "limit" in response.json()["message"]
        assert client.box.tokens_made == 10
        client.clock.advance(3600)
        assert "token" in client.token().json()


def test_the_auth_modes_exclude_each_other() -> None:
    with serving() as client:
        key = {"apiKey": client.box.options.api_key}
        for wrong in ({}, key, client.headers() | key, {"Authorization": client.bearer_token}):
            response = client.get(headers=wrong)
            assert (response.status_code, response.json()) == (401, MISSING)
        assert client.get(headers={"Authorization": "Bearer foreign"}).json() == EXPIRED
    with serving(auth_method="api_key") as client:
        bearer = {"Authorization": f"Bearer {client.token().json()['token']}"}
        for wrong in ({}, bearer, client.headers() | bearer):
            response = client.get(headers=wrong)
            assert (response.status_code, response.json()) == (401, MISSING)
        assert client.get(headers={"apiKey": "wrong"}).json() == INVALID
        assert client.records()
