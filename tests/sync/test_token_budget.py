"""The number of token requests is limited, also across runs."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING, Any, cast

import pytest

from tap_ozonetel.api.account import Account
from tap_ozonetel.api.account_token import MAX_TOKEN_FAILURES, TOKEN_FAILURES_SECONDS
from tap_ozonetel.api.endpoint import Endpoint
from tap_ozonetel.api.request import Request
from tap_ozonetel.config.schema import CONFIG_JSONSCHEMA
from tap_ozonetel.errors import OzonetelError
from tests.helpers.raw_server import RawServer, raw_server, response

if TYPE_CHECKING:
    import socket
    import threading
    from pathlib import Path

    from tests.helpers.clock import FakeClock

TOKEN = response(json.dumps({"token": "t-1"}).encode())
DAY = response(json.dumps({"status": "success", "details": [{"CallID": 1, "UCID": 1}]}).encode())
PAGE = response(b"<html>gateway</html>")
UNAVAILABLE = response(b"", "503 Service Unavailable")


def silent(_: socket.socket, stopped: threading.Event) -> None:
    stopped.wait(0.3)


def reset(_: socket.socket, __: threading.Event) -> None:
    """Close the connection without a response."""


def make_account(server: RawServer, clock: FakeClock, folder: Path | None, **more: Any) -> Account:  # noqa: ANN401
    properties = cast("dict[str, dict[str, Any]]", CONFIG_JSONSCHEMA["properties"])
    defaults = {name: each["default"] for name, each in properties.items() if "default" in each}
    settings = {
        "api_key": "key",
        "username": "acme",
        "api_url": server.url,
        "cache_dir": str(folder or ""),
        "request_timeout": 0.5,
    }
    return Account({**defaults, **settings, **more}, clock)


def fetch(account: Account) -> None:
    """Read a day as a stream does."""
    logger = logging.getLogger("tap-ozonetel.test")
    endpoint = Endpoint(
        "/ca_reports/fetchCDRDetails",
        account,
        account.cdr_limit,
        rows_in_message=False,
        logger=logger,
        on_response=lambda _: None,
    )
    day = str(account.today)
    endpoint.fetch(Request(day, f"{day} 00:00:00", f"{day} 23:59:59")).body.close()


def error_message(account: Account) -> str:
    with pytest.raises(OzonetelError) as failed:
        fetch(account)
    return str(failed.value)


@pytest.mark.parametrize("fault", [PAGE, UNAVAILABLE, silent, reset])
def test_a_run_tries_the_token_endpoint_twice(clock: FakeClock, fault: Any) -> None:  # noqa: ANN401
    with raw_server(fault) as server:
        message = error_message(make_account(server, clock, None))
    assert len(server.requests) == MAX_TOKEN_FAILURES == 2
    assert message.startswith("The token endpoint failed 2 times, the last time with: ")
    # 12 minutes after the first failure, at 10:00, rounded up.
    assert "Run again after 10:12 (Asia/Kolkata)" in message
    assert len(message.splitlines()) == 1


def test_a_token_resets_the_failures_before_it(clock: FakeClock, tmp_path: Path) -> None:
    unauthorized = response(b'{"status":"false","message":"Token Expired"}', "401 Unauthorized")
    replies = [PAGE, TOKEN, unauthorized, unauthorized, PAGE, TOKEN, DAY]
    with raw_server(*replies) as server:
        fetch(make_account(server, clock, tmp_path))
    assert len(server.requests) == len(replies)


def test_consecutive_runs_share_the_tries(clock: FakeClock, tmp_path: Path) -> None:
    with raw_server(PAGE) as server:
        messages = [error_message(make_account(server, clock, tmp_path)) for _ in range(5)]
        assert len(server.requests) == 2
        assert all("Run again after 10:12" in message for message in messages)
        # A schedule of every five minutes, for two hours.
        started = clock.now
        while clock.now < started + 2 * 3600:
            error_message(make_account(server, clock, tmp_path))
            clock.now += 300
    assert len(server.requests) <= 22, "10 tokens per hour, and the two at the start"


def test_concurrent_runs_share_the_tries(
    clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another run starts while the first one waits for its second try."""
    with raw_server(PAGE) as server:
        others: list[str] = []

        def sleep(seconds: float, /) -> None:
            monkeypatch.setattr(time, "sleep", clock.sleep)
            clock.sleep(seconds)
            others.append(error_message(make_account(server, clock, tmp_path)))

        monkeypatch.setattr(time, "sleep", sleep)
        message = error_message(make_account(server, clock, tmp_path))
    assert len(server.requests) == 2
    assert "failed 2 times" in others[0]
    assert "Run again after 10:12" in message


def test_a_token_is_requested_after_the_time_in_the_error(clock: FakeClock, tmp_path: Path) -> None:
    with raw_server(PAGE, PAGE, TOKEN, DAY) as server:
        started = clock.now
        error_message(make_account(server, clock, tmp_path))
        clock.now = started + TOKEN_FAILURES_SECONDS
        fetch(make_account(server, clock, tmp_path))
    assert len(server.requests) == 4


def test_a_long_timeout_adds_no_tries(clock: FakeClock) -> None:
    """Failures count within a run, even after they expire for the account."""

    def slow(*_: object) -> None:
        clock.now += 2 * TOKEN_FAILURES_SECONDS

    with raw_server(slow) as server:
        assert "failed 2 times" in error_message(make_account(server, clock, None))
    assert len(server.requests) == 2


def test_a_token_does_not_add_a_try(clock: FakeClock) -> None:
    def slow(*_: object) -> None:
        clock.now += 2 * TOKEN_FAILURES_SECONDS

    unauthorized = response(b'{"status":"false","message":"Token Expired"}', "401 Unauthorized")
    with raw_server(TOKEN, unauthorized, unauthorized, slow) as server:
        assert "failed 2 times" in error_message(make_account(server, clock, None))
    assert len(server.requests) == 3 + 2


def test_the_try_of_a_killed_run_counts(clock: FakeClock, tmp_path: Path) -> None:
    def killed(*_: object) -> None:
        (file,) = tmp_path.rglob("*.json")
        cache_contents.append(file.read_bytes())

    cache_contents: list[bytes] = []
    with raw_server(killed, PAGE) as server:
        error_message(make_account(server, clock, tmp_path))
        (file,) = tmp_path.rglob("*.json")
        file.write_bytes(cache_contents[0])
        error_message(make_account(server, clock, tmp_path))
    assert len(server.requests) == 3, "one try was left"


def test_an_unreachable_token_endpoint_is_tried_8_times(clock: FakeClock) -> None:
    with raw_server(TOKEN) as server:
        account = make_account(server, clock, None)
    message = error_message(account)
    assert "8 tries failed" in message
    assert "token endpoint: no connection: ConnectionRefusedError" in message


@pytest.mark.parametrize(
    ("header", "then"),
    [
        ("600", "10:10"),
        ("9" * 400, "11:00"),
        ("99999999999999999999", "11:00"),
        ("Tue, 17 Mar 2026 04:45:00", "10:15"),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "11:00"),
        ("soon", "11:00"),
    ],
)
def test_the_error_includes_the_time_of_retry_after(
    clock: FakeClock, tmp_path: Path, header: str, then: str
) -> None:
    limited = response(b"", "429 Too Many Requests", f"Retry-After: {header}\r\n")
    with raw_server(limited) as server:
        message = error_message(make_account(server, clock, tmp_path))
    assert len(server.requests) == 1
    assert message.startswith("Token rate limit exceeded (HTTP 429")
    assert f"Run again after {then} (Asia/Kolkata)" in message


def test_a_retry_after_applies_to_other_runs(clock: FakeClock, tmp_path: Path) -> None:
    limited = response(b"", "429 Too Many Requests", "Retry-After: 600\r\n")
    with raw_server(limited, TOKEN, DAY) as server:
        for _ in range(3):
            assert "Run again after 10:10" in error_message(make_account(server, clock, tmp_path))
        assert len(server.requests) == 1
        clock.now += 600
        fetch(make_account(server, clock, tmp_path))


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (response(b"", "302 Found", "Location: https://login.example/\r\n"), "api_url"),
        (response(b"", "308 Permanent Redirect"), "api_url"),
        (response(b"", "404 Not Found"), "api_url"),
        (response(b'{"status":"success"}'), "has no token (HTTP 200"),
        (response(b'{"token":""}'), "has no token (HTTP 200"),
        (response(b'{"token":"t 1"}'), "has no token (HTTP 200"),
        (response(b'{"token":"t\xc3\xa9"}'), "has no token (HTTP 200"),
        (response(b'{"token":"' + b"t" * 9000 + b'"}'), "has no token (HTTP 200"),
        (response(b"[]"), "has no token (HTTP 200"),
        (response(b"", "204 No Content"), "failed 2 times"),
    ],
)
def test_a_missing_token_is_not_a_credentials_error(
    clock: FakeClock, reply: bytes, words: str
) -> None:
    with raw_server(reply) as server:
        message = error_message(make_account(server, clock, None))
    assert words in message
    assert "username" not in message
    assert len(server.requests) <= 2


def test_rejected_credentials_can_be_corrected_at_once(clock: FakeClock, tmp_path: Path) -> None:
    rejected = response(b'{"status":"false","message":"userName or apiKey is Invalid"}')
    with raw_server(rejected, rejected, rejected, TOKEN, DAY) as server:
        for _ in range(3):
            message = error_message(make_account(server, clock, tmp_path))
            assert "Check the settings username and api_key" in message
        fetch(make_account(server, clock, tmp_path))
