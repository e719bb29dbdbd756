"""The authenticator, the rate limiter and the token retries together, without a sync."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import requests

from sandbox import Options, Sandbox
from tap_ozonetel.api.retry import MAX_TOKEN_TRIES, retry_unauthorized
from tap_ozonetel.errors import OzonetelError, UnauthorizedError
from tests.helpers.sync import make_tap

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tap_ozonetel.api.account import Account
    from tests.helpers.clock import FakeClock


@contextmanager
def permitted(account: Account) -> Iterator[None]:
    """Hold a permit and a token, as during a request."""
    with account.rate_limiter.acquire() as permit:
        account.authenticator.ensure_token(permit.entry)
        with permit.record_request():
            yield


def prepare(account: Account) -> requests.PreparedRequest:
    url = account.config.api_url
    return requests.Request("GET", url, auth=account.authenticator).prepare()


def test_calling_the_authenticator_costs_nothing(clock: FakeClock) -> None:
    with Sandbox(clock=clock) as box:
        account = make_tap(box, clock).account
        with permitted(account):
            request = prepare(account)
            prepare(account)
    assert request.headers["Authorization"] == f"Bearer {box.tokens[0]}"
    assert box.tokens_made == 1
    assert clock.slept == []


def test_a_newer_token_of_another_run_is_used(clock: FakeClock, tmp_path: Path) -> None:
    headers = []
    with Sandbox(Options(limit=100), clock=clock) as box:
        ours, theirs = (make_tap(box, clock, cache_dir=str(tmp_path)).account for _ in range(2))

        def send() -> str:
            with permitted(ours):
                headers.append(prepare(ours).headers["Authorization"])
            if len(headers) == 1:
                theirs.authenticator.refresh_token()
                clock.now += 60
                raise UnauthorizedError("HTTP 401")
            return "response"

        assert retry_unauthorized(send, ours.authenticator) == "response"
    assert headers == [f"Bearer {token}" for token in box.tokens]
    assert box.tokens_made == 2


def test_token_tries_are_bounded(clock: FakeClock, tmp_path: Path) -> None:
    sent = []
    with Sandbox(Options(limit=100, token_limit=100), clock=clock) as box:
        ours, theirs = (make_tap(box, clock, cache_dir=str(tmp_path)).account for _ in range(2))

        def send() -> None:
            sent.append(1)
            with permitted(ours):
                pass
            theirs.authenticator.refresh_token()
            raise UnauthorizedError("HTTP 401")

        with pytest.raises(OzonetelError, match="nothing else makes tokens"):
            retry_unauthorized(send, ours.authenticator)
    assert len(sent) == MAX_TOKEN_TRIES


def test_a_request_counts_from_its_response(clock: FakeClock) -> None:
    with Sandbox(Options(limit=1), clock=clock) as box:
        account = make_tap(box, clock).account
        with permitted(account):
            clock.now += 25
        with permitted(account):
            pass
    assert clock.slept == [60]


def test_a_failed_token_request_spends_no_permit(clock: FakeClock) -> None:
    with Sandbox(Options(limit=1, faults="token1=503"), clock=clock) as box:
        account = make_tap(box, clock).account
        with pytest.raises(OzonetelError), permitted(account):
            pass
        with permitted(account):
            pass
    assert clock.slept == []
