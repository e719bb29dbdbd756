"""Authentication by token or API key: requests, expiry and rejected credentials."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel.errors import OzonetelError, RunError
from tests.helpers.days import THREE_DAYS, assert_complete
from tests.helpers.raw_server import raw_server, response
from tests.helpers.sync import sync
from tests.helpers.tls import server_tls, write_bundle

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.clock import FakeClock


def test_token_mode_sends_the_key_to_the_token_endpoint_only(clock: FakeClock) -> None:
    with Sandbox(Options(records=5), clock=clock) as box:
        assert_complete(sync(box, clock, **THREE_DAYS), box)
    assert {(r.has_authorization, r.has_apikey) for r in box.requests} == {(True, False)}
    assert [request.has_apikey for request in box.token_requests] == [True]


def test_api_key_mode_requests_no_token(clock: FakeClock) -> None:
    with Sandbox(Options(records=5, auth_method="api_key"), clock=clock) as box:
        assert_complete(sync(box, clock, **THREE_DAYS), box)
    assert {(r.has_authorization, r.has_apikey) for r in box.requests} == {(False, True)}
    assert box.token_requests == []


def test_a_request_is_a_get_with_a_json_body(clock: FakeClock) -> None:
    filters: dict[str, Any] = {
        "campaign_name": "Outbound_Sales",
        "call_type": "Manual",
        "call_status": "Answered",
    }
    with Sandbox(Options(records=50), clock=clock) as box:
        done = sync(box, clock, **THREE_DAYS, **filters, user_agent="somebody/1.0")
    request = box.requests[0]
    assert (request.method, request.path) == ("GET", "/ca_reports/fetchCDRDetails")
    assert request.query == {}
    assert request.body == {
        "userName": box.options.username,
        "fromDate": "2026-03-14 00:00:00",
        "toDate": "2026-03-14 23:59:59",
        "campaignName": "Outbound_Sales",
        "callType": "Manual",
        "status": "Answered",
    }
    assert request.user_agent == box.token_requests[0].user_agent == "somebody/1.0"
    kinds = {(r["CampaignName"], r["Type"], r["Status"]) for r in done.records()}
    assert kinds == {("Outbound_Sales", "Manual", "Answered")}


def test_a_token_is_refreshed_before_it_expires(clock: FakeClock, tmp_path: Path) -> None:
    shared: dict[str, Any] = {**THREE_DAYS, "cache_dir": str(tmp_path)}
    with Sandbox(Options(records=5), clock=clock) as box:
        sync(box, clock, **shared)
        clock.now += 50 * 60
        sync(box, clock, **shared)
        assert box.tokens_made == 1
        clock.now += 9 * 60
        assert_complete(sync(box, clock, **shared), box)
    assert box.tokens_made == 2
    assert {request.outcome for request in box.requests} == {"records"}


@pytest.mark.parametrize("auth_status", [401, 200])
def test_a_token_that_expires_during_a_run_is_refreshed_once(
    clock: FakeClock, auth_status: int
) -> None:
    options = Options(records=5, token_life=30, auth_status=auth_status)
    with Sandbox(options, clock=clock) as box:
        # The third day is requested after a minute.
        assert_complete(sync(box, clock, **THREE_DAYS), box)
    assert box.tokens_made == 2
    assert len(box.requests) == 4


@pytest.mark.parametrize("fault", ["token-expired", "token-expired-401", "token-revoked"])
def test_a_rejected_token_is_refreshed(clock: FakeClock, fault: str) -> None:
    options = Options(records=5, limit=100, faults=f"2={fault}")
    with Sandbox(options, clock=clock) as box:
        assert_complete(sync(box, clock, **THREE_DAYS), box)
    assert box.tokens_made <= 2


def test_a_new_token_is_retried_until_it_is_valid(clock: FakeClock) -> None:
    with Sandbox(Options(records=5, limit=100, token_delay=4), clock=clock) as box:
        assert_complete(sync(box, clock, **THREE_DAYS), box)
    assert (box.tokens_made, len(box.requests)) == (1, 4)
    assert clock.slept == [5]


def test_rejected_credentials_are_tried_3_times(clock: FakeClock) -> None:
    with (
        Sandbox(Options(limit=100, auth_method="api_key"), clock=clock) as box,
        pytest.raises(OzonetelError, match=r"2026-03-14: .*auth_method to api_key"),
    ):
        sync(box, clock, **THREE_DAYS, auth_method="token")
    # The first token, the same token after a wait, and a new one.
    assert (len(box.requests), box.tokens_made) == (3, 2)
    assert clock.slept == [5, 5]


def test_a_key_in_the_wrong_auth_method_is_tried_once(clock: FakeClock) -> None:
    with (
        Sandbox(clock=clock) as box,
        pytest.raises(OzonetelError, match=r"auth_method to token"),
    ):
        sync(box, clock, **THREE_DAYS, auth_method="api_key")
    assert (len(box.requests), box.tokens_made) == (1, 0)


@pytest.mark.parametrize("wrong", [{"api_key": "another"}, {"username": "another"}])
def test_without_a_token_no_records_are_requested(clock: FakeClock, wrong: dict[str, Any]) -> None:
    with (
        Sandbox(clock=clock) as box,
        pytest.raises(OzonetelError, match=r"returned no token .*username and api_key"),
    ):
        sync(box, clock, **THREE_DAYS, **wrong)
    assert (len(box.requests), len(box.token_requests)) == (0, 1)


@pytest.mark.parametrize("fault", ["500", "503", "html", "reset", "504"])
def test_a_failed_token_request_is_retried(clock: FakeClock, fault: str) -> None:
    with Sandbox(Options(records=5, faults=f"token1={fault}"), clock=clock) as box:
        assert_complete(sync(box, clock, **THREE_DAYS), box)
    # It uses none of the account's requests, and splits no day.
    assert (len(box.requests), len(box.token_requests)) == (3, 2)


@pytest.mark.parametrize("token_limit_status", ["429", "200"])
def test_the_token_rate_limit_error_says_when_to_run_again(
    clock: FakeClock, token_limit_status: str
) -> None:
    options = Options(token_limit=0, token_limit_status=token_limit_status)
    with (
        Sandbox(options, clock=clock) as box,
        pytest.raises(OzonetelError, match=r"Token rate limit exceeded.*Run again after \d\d:\d\d"),
    ):
        sync(box, clock, **THREE_DAYS)
    assert (len(box.requests), len(box.token_requests)) == (0, 1)


def test_a_token_response_may_have_a_status(clock: FakeClock) -> None:
    with Sandbox(Options(records=5, token_with_status=True), clock=clock) as box:
        assert_complete(sync(box, clock, **THREE_DAYS), box)


@pytest.mark.parametrize("auth_method", ["token", "api_key"])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_required_client_certificate_is_tried_once_and_named(
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    auth_method: str,
    version: ssl.TLSVersion,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", write_bundle(tmp_path))
    tls = server_tls(client_certificate=True, maximum_version=version)
    config: dict[str, Any] = {"auth_method": auth_method, "cache_dir": str(tmp_path / "cache")}
    with raw_server(response(), tls=tls) as server, Sandbox(clock=clock) as box:
        url = f"https://{server.address}"
        for connections in (1, 2):
            with pytest.raises(RunError, match="requires a client certificate"):
                sync(box, clock, api_url=url, **config, **THREE_DAYS)
            assert server.connections == connections
    # The failed runs count neither as a token nor as a failure of the token endpoint.
    assert clock.slept == []
