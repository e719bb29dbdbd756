"""The account's credentials: in which mode, how long a token lives, and what when it is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel.errors import OzonetelError
from tests.helpers.sync import make_tap, sync
from tests.sync.test_faults import THREE_DAYS, assert_whole

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.clock import FakeClock


def test_in_token_mode_the_key_goes_to_the_token_endpoint_only(clock: FakeClock) -> None:
    with Sandbox(Options(records=5), clock=clock) as box:
        assert_whole(sync(box, clock, **THREE_DAYS), box)
    assert {(seen.has_authorization, seen.has_apikey) for seen in box.requests} == {(True, False)}
    assert [seen.has_apikey for seen in box.token_requests] == [True]


def test_in_api_key_mode_there_is_no_token(clock: FakeClock) -> None:
    with Sandbox(Options(records=5, auth_method="api_key"), clock=clock) as box:
        assert_whole(sync(box, clock, **THREE_DAYS), box)
    assert {(seen.has_authorization, seen.has_apikey) for seen in box.requests} == {(False, True)}
    assert box.token_requests == []


def test_a_request_is_a_get_with_a_json_body_of_a_whole_day(clock: FakeClock) -> None:
    filters: dict[str, Any] = {
        "campaign_name": "Outbound_Sales",
        "call_type": "Manual",
        "call_status": "Answered",
    }
    with Sandbox(Options(records=50), clock=clock) as box:
        done = sync(box, clock, **THREE_DAYS, **filters, user_agent="somebody/1.0")
    seen = box.requests[0]
    assert (seen.method, seen.path, seen.query) == ("GET", "/ca_reports/fetchCDRDetails", {})
    assert seen.body == {
        "userName": box.options.username,
        "fromDate": "2026-03-14 00:00:00",
        "toDate": "2026-03-14 23:59:59",
        "campaignName": "Outbound_Sales",
        "callType": "Manual",
        "status": "Answered",
    }
    assert seen.user_agent == box.token_requests[0].user_agent == "somebody/1.0"
    kinds = {(r["CampaignName"], r["Type"], r["Status"]) for r in done.records()}
    assert kinds == {("Outbound_Sales", "Manual", "Answered")}


def test_a_token_is_made_anew_before_its_end(clock: FakeClock, tmp_path: Path) -> None:
    shared: dict[str, Any] = {**THREE_DAYS, "cache_dir": str(tmp_path)}
    with Sandbox(Options(records=5), clock=clock) as box:
        sync(box, clock, **shared)
        clock.now += 50 * 60
        sync(box, clock, **shared)
        assert box.tokens_made == 1
        clock.now += 9 * 60
        assert_whole(sync(box, clock, **shared), box)
    assert box.tokens_made == 2
    assert {seen.outcome for seen in box.requests} == {"records"}


@pytest.mark.parametrize("auth_status", [401, 200])
def test_a_token_that_dies_in_the_middle_is_replaced_once(
    clock: FakeClock, auth_status: int
) -> None:
    options = Options(records=5, token_life=30, auth_status=auth_status)
    with Sandbox(options, clock=clock) as box:
        # The third day is asked for after a minute.
        assert_whole(sync(box, clock, **THREE_DAYS), box)
    assert box.tokens_made == 2
    assert len(box.requests) == 4


@pytest.mark.parametrize("fault", ["token-expired", "token-expired-401", "token-revoked"])
def test_a_refused_token_is_replaced(clock: FakeClock, fault: str) -> None:
    options = Options(records=5, limit=100, faults=f"2={fault}")
    with Sandbox(options, clock=clock) as box:
        assert_whole(sync(box, clock, **THREE_DAYS), box)
    assert box.tokens_made <= 2


def test_a_new_token_that_has_not_settled_is_waited_for(clock: FakeClock) -> None:
    with Sandbox(Options(records=5, limit=100, token_delay=4), clock=clock) as box:
        assert_whole(sync(box, clock, **THREE_DAYS), box)
    assert (box.tokens_made, len(box.requests)) == (1, 4)
    assert clock.slept == [5]


def test_credentials_that_are_refused_are_not_hammered(clock: FakeClock) -> None:
    with (
        Sandbox(Options(limit=100, auth_method="api_key"), clock=clock) as box,
        pytest.raises(OzonetelError, match=r"2026-03-14: .*auth_method to api_key"),
    ):
        sync(box, clock, **THREE_DAYS, auth_method="token")
    # The first token, the same once it has settled, and one new one.
    assert (len(box.requests), box.tokens_made) == (3, 2)
    assert clock.slept == [5, 5]


def test_a_key_in_the_wrong_mode_is_tried_once(clock: FakeClock) -> None:
    with (
        Sandbox(clock=clock) as box,
        pytest.raises(OzonetelError, match=r"auth_method to token"),
    ):
        sync(box, clock, **THREE_DAYS, auth_method="api_key")
    assert (len(box.requests), box.tokens_made) == (1, 0)


@pytest.mark.parametrize("wrong", [{"api_key": "another"}, {"username": "another"}])
def test_without_a_token_no_request_is_spent(clock: FakeClock, wrong: dict[str, Any]) -> None:
    with (
        Sandbox(clock=clock) as box,
        pytest.raises(OzonetelError, match=r"gives out no token .*username and api_key"),
    ):
        sync(box, clock, **THREE_DAYS, **wrong)
    assert (len(box.requests), len(box.token_requests)) == (0, 1)


@pytest.mark.parametrize("fault", ["500", "503", "html", "reset", "504"])
def test_a_fault_of_the_token_endpoint_is_tried_again(clock: FakeClock, fault: str) -> None:
    with Sandbox(Options(records=5, faults=f"token1={fault}"), clock=clock) as box:
        assert_whole(sync(box, clock, **THREE_DAYS), box)
    # It spends none of the account's requests, and cuts no day.
    assert (len(box.requests), len(box.token_requests)) == (3, 2)


def test_the_token_endpoint_is_tried_twice(clock: FakeClock) -> None:
    with (
        Sandbox(Options(faults="token*=503"), clock=clock) as box,
        pytest.raises(OzonetelError, match=r"2026-03-14: The token endpoint failed 2 times"),
    ):
        sync(box, clock, **THREE_DAYS)
    assert (len(box.requests), len(box.token_requests)) == (0, 2)


@pytest.mark.parametrize("token_limit_status", ["429", "200"])
def test_the_limit_of_tokens_ends_the_run_and_says_when_to_try_again(
    clock: FakeClock, token_limit_status: str
) -> None:
    options = Options(token_limit=0, token_limit_status=token_limit_status)
    with (
        Sandbox(options, clock=clock) as box,
        pytest.raises(OzonetelError, match=r"Token rate limit exceeded.*Run again after \d\d:\d\d"),
    ):
        sync(box, clock, **THREE_DAYS)
    assert (len(box.requests), len(box.token_requests)) == (0, 1)


def test_a_token_may_come_with_a_status_beside_it(clock: FakeClock) -> None:
    with Sandbox(Options(records=5, token_with_status=True), clock=clock) as box:
        assert_whole(sync(box, clock, **THREE_DAYS), box)


def test_the_connection_test_spends_one_token_and_one_request(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with Sandbox(Options(records=500, token_delay=4), clock=clock) as box:
        make_tap(box, clock).test_connection()
    assert (len(box.requests), box.tokens_made) == (1, 1)
    assert "accepts the credentials" in caplog.text


def test_the_connection_test_is_of_the_key_that_is_set_now(
    clock: FakeClock, tmp_path: Path
) -> None:
    with Sandbox(Options(records=5), clock=clock) as box:
        sync(box, clock, cache_dir=str(tmp_path), **THREE_DAYS)
        with pytest.raises(OzonetelError, match="gives out no token"):
            make_tap(box, clock, cache_dir=str(tmp_path), api_key="another").test_connection()


def test_the_connection_test_of_an_empty_account_passes(clock: FakeClock) -> None:
    with Sandbox(Options(records=0, auth_method="api_key"), clock=clock) as box:
        make_tap(box, clock).test_connection()
    assert (len(box.requests), box.tokens_made) == (1, 0)


@pytest.mark.parametrize(
    ("options", "config", "reason"),
    [
        (Options(auth_method="api_key"), {"auth_method": "token"}, "auth_method to api_key"),
        (Options(), {"auth_method": "api_key"}, "auth_method to token"),
        (Options(), {"api_key": "another"}, "username and api_key"),
        (Options(faults="1=502"), {}, "HTTP 502"),
        (Options(faults="1=rate"), {}, "something else uses"),
        (
            Options(faults="token1=503"),
            {},
            r"The request failed: token endpoint: HTTP 503.*\. Try again",
        ),
        (Options(faults="1=404"), {}, "HTTP 404"),
    ],
)
def test_the_connection_test_fails_with_the_reason_and_spends_no_more(
    clock: FakeClock, options: Options, config: dict[str, Any], reason: str
) -> None:
    with Sandbox(options, clock=clock) as box, pytest.raises(OzonetelError, match=reason):
        make_tap(box, clock, **config).test_connection()
    assert len(box.requests) <= 1
    assert box.tokens_made <= 1
