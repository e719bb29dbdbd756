"""What the cache keeps of a run for the next one: its token and its requests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel import transport
from tests.helpers.days import ONE_DAY, THREE_DAYS
from tests.helpers.raw_server import raw_server, response
from tests.helpers.sync import sync

if TYPE_CHECKING:
    import socket
    import threading
    from pathlib import Path

    from tests.helpers.clock import FakeClock

LIFETIME, MARGIN = 3600, 120


@pytest.mark.parametrize(
    ("seconds", "tokens"), [(LIFETIME - MARGIN - 10, 1), (LIFETIME - MARGIN + 1, 2)]
)
def test_a_token_is_replaced_before_it_expires(
    clock: FakeClock, tmp_path: Path, seconds: float, tokens: int
) -> None:
    with Sandbox(Options(records=1, token_life=LIFETIME), clock=clock) as box:
        sync(box, clock, cache_dir=str(tmp_path), **ONE_DAY)
        clock.advance(seconds)
        sync(box, clock, cache_dir=str(tmp_path), **ONE_DAY)
    assert box.tokens_made == tokens
    assert {request.outcome for request in box.requests} == {"records"}


def test_a_token_is_in_the_cache_before_it_is_used(clock: FakeClock, tmp_path: Path) -> None:
    found = []

    def respond(connection: socket.socket, _: threading.Event) -> None:
        # A run that is killed now leaves the token to the next run.
        (file,) = tmp_path.rglob("*.json")
        found.append(json.loads(file.read_bytes())["token"])
        connection.sendall(response(b'{"status":"success","message":"success","details":[]}'))

    token = response(json.dumps({"token": "token-of-nobody"}).encode())
    with raw_server(token, respond) as server, Sandbox() as box:
        sync(box, clock, api_url=server.url, cache_dir=str(tmp_path), **ONE_DAY)
    assert found == ["token-of-nobody"]


@pytest.mark.parametrize("arrived", [True, False])
def test_a_request_of_a_killed_run_counts_from_the_next_run(
    clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, arrived: bool
) -> None:
    send, saved = transport.send, b""

    def send_and_be_killed(*arguments: Any, **options: Any) -> NoReturn:  # noqa: ANN401
        nonlocal saved
        clock.advance(4)
        if arrived:
            send(*arguments, **options).body.close()
        (file,) = tmp_path.rglob("*.json")
        saved = file.read_bytes()
        raise KeyboardInterrupt

    options = Options(records=1, auth_method="api_key")
    with Sandbox(options, clock=clock) as box:
        with monkeypatch.context() as patch:
            patch.setattr(transport, "send", send_and_be_killed)
            with pytest.raises(KeyboardInterrupt):
                sync(box, clock, cache_dir=str(tmp_path), **ONE_DAY)
        (file,) = tmp_path.rglob("*.json")
        file.write_bytes(saved)
        clock.advance(5)
        start = clock.now
        sync(box, clock, cache_dir=str(tmp_path), **THREE_DAYS)
    assert box.rate_limited_count == 0
    assert [request.at - start for request in box.requests][-3:] == [0, 60, 60]
