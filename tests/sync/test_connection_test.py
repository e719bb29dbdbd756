"""The connection test (`--test`)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel.errors import OzonetelError
from tests.helpers.clock import FakeClock
from tests.helpers.days import THREE_DAYS, day
from tests.helpers.sync import make_tap, sync

if TYPE_CHECKING:
    from pathlib import Path


def test_it_makes_one_token_and_one_request(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with Sandbox(Options(records=500, token_delay=4), clock=clock) as box:
        make_tap(box, clock).test_connection()
    assert (len(box.requests), box.tokens_made) == (1, 1)
    (line,) = (line for line in caplog.messages if line.startswith("Connection test passed"))
    assert "(auth_method: token)" in line


def report(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The lines below the one that tells that the connection works."""
    messages = caplog.messages
    start = next(
        number for number, line in enumerate(messages) if line.startswith("Connection test passed")
    )
    return messages[start + 1 :]


def test_it_tells_about_the_account(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    options = Options(records=500, faults="1=unfamiliar")
    with Sandbox(options, clock=clock) as box:
        make_tap(box, clock).test_connection()
        calls = len(box.calls(box.today()))
    assert report(caplog) == [
        "Clock: this machine and the server agree to within 6 s",
        "Time in the account's time zone: 2026-03-17 10:00 (Asia/Kolkata)",
        f"Today's calls: {calls} records, in today's dialect",
        "Fields: 46 known, 1 unknown (CallerMood), 1 missing (DialCount)",
        "Cost: 1 request, 1 token",
    ]


def test_a_wait_for_the_rate_limit_is_announced(
    clock: FakeClock, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    shared: dict[str, Any] = {"cache_dir": str(tmp_path)}
    with Sandbox(Options(records=1), clock=clock) as box:
        sync(box, clock, **{**THREE_DAYS, "start_date": day(-2), **shared})
        caplog.clear()
        before = clock.now
        make_tap(box, clock, **shared).test_connection()
    waits = [line for line in caplog.messages if line.startswith("Waiting")]
    assert waits == ["Waiting 1 min for the rate limit, until 10:01 (Asia/Kolkata)"]
    assert clock.now - before == pytest.approx(60, abs=2)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (95, "this machine is 94 to 95 s ahead of the server"),
        (-95, "this machine is 95 to 96 s behind the server"),
        (0, "this machine and the server agree to within 1 s"),
    ],
)
def test_it_compares_the_clocks(
    clock: FakeClock, caplog: pytest.LogCaptureFixture, seconds: float, expected: str
) -> None:
    server_clock = FakeClock(clock.now - seconds)
    with Sandbox(Options(records=5, auth_method="api_key"), clock=server_clock) as box:
        make_tap(box, clock).test_connection()
    assert report(caplog)[0] == f"Clock: {expected}"


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [("today", "in today's dialect"), ("past", "in the dialect of past days")],
)
def test_it_tells_the_dialect(
    clock: FakeClock, caplog: pytest.LogCaptureFixture, dialect: str, expected: str
) -> None:
    with Sandbox(Options(records=500, dialect=dialect), clock=clock) as box:
        make_tap(box, clock).test_connection()
    assert report(caplog)[2].endswith(f" records, {expected}")


def test_its_shape_is_logged_at_debug(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with Sandbox(Options(records=500), clock=clock) as box:
        make_tap(box, clock).test_connection()
    today = "2026-03-17"
    assert f"Shape of cdr_details, {today}: " in caplog.text
    assert f"Shape of /ca_reports/fetchCDRDetails, {today}: HTTP 200" in caplog.text
    assert "Shape of /ca_apis/CAToken/generateToken: HTTP 200" in caplog.text


def test_it_uses_the_configured_key_and_not_a_cached_token(
    clock: FakeClock, tmp_path: Path
) -> None:
    with Sandbox(Options(records=5), clock=clock) as box:
        sync(box, clock, cache_dir=str(tmp_path), **THREE_DAYS)
        with pytest.raises(OzonetelError, match="token endpoint returned no token"):
            make_tap(box, clock, cache_dir=str(tmp_path), api_key="another").test_connection()


def test_it_passes_for_an_account_without_calls(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with Sandbox(Options(records=0, auth_method="api_key"), clock=clock) as box:
        make_tap(box, clock).test_connection()
    assert (len(box.requests), box.tokens_made) == (1, 0)
    assert report(caplog)[2:] == ["Today's calls: 0 records", "Cost: 1 request, 0 tokens"]


@pytest.mark.parametrize(
    ("options", "config", "reason"),
    [
        (Options(auth_method="api_key"), {"auth_method": "token"}, "auth_method to api_key"),
        (Options(), {"auth_method": "api_key"}, "auth_method to token"),
        (Options(), {"api_key": "another"}, "username and api_key"),
        (Options(faults="1=502"), {}, "HTTP 502"),
        (Options(faults="1=rate"), {}, "another client is using"),
        (
            Options(faults="token1=503"),
            {},
            r"The request failed: token endpoint: HTTP 503.*\. Try again",
        ),
        (Options(faults="1=404"), {}, "HTTP 404"),
    ],
)
def test_it_fails_with_the_reason_after_one_request(
    clock: FakeClock, options: Options, config: dict[str, Any], reason: str
) -> None:
    with Sandbox(options, clock=clock) as box, pytest.raises(OzonetelError, match=reason):
        make_tap(box, clock, **config).test_connection()
    assert len(box.requests) <= 1
    assert box.tokens_made <= 1
