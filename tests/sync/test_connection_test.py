"""The connection test (`--test`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel.errors import OzonetelError
from tests.helpers.days import THREE_DAYS
from tests.helpers.sync import make_tap, sync

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.clock import FakeClock


def test_it_makes_one_token_and_one_request(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with Sandbox(Options(records=500, token_delay=4), clock=clock) as box:
        make_tap(box, clock).test_connection()
    assert (len(box.requests), box.tokens_made) == (1, 1)
    assert "accepts the credentials" in caplog.text


def test_it_uses_the_configured_key_and_not_a_cached_token(
    clock: FakeClock, tmp_path: Path
) -> None:
    with Sandbox(Options(records=5), clock=clock) as box:
        sync(box, clock, cache_dir=str(tmp_path), **THREE_DAYS)
        with pytest.raises(OzonetelError, match="token endpoint returned no token"):
            make_tap(box, clock, cache_dir=str(tmp_path), api_key="another").test_connection()


def test_it_passes_for_an_account_without_calls(clock: FakeClock) -> None:
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
        (Options(faults="1=rate"), {}, "another client uses"),
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
