"""The rate-limited authenticator, where no whole sync shows what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from sandbox import Options, Sandbox
from tap_ozonetel.api.auth import MOST_TOKEN_TRIES
from tap_ozonetel.errors import OzonetelError, TokenRefusedError
from tests.helpers.sync import make_tap

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.clock import FakeClock


def test_being_called_spends_nothing(clock: FakeClock) -> None:
    with Sandbox(clock=clock) as box:
        authenticator = make_tap(box, clock).account.authenticator
        with authenticator.turn():
            request = requests.Request("GET", box.url, auth=authenticator).prepare()
            requests.Request("GET", box.url, auth=authenticator).prepare()
    assert request.headers["Authorization"] == f"Bearer {box.tokens[0]}"
    assert box.tokens_made == 1
    assert clock.slept == []


def test_a_newer_token_of_another_run_is_used_before_one_is_made(
    clock: FakeClock, tmp_path: Path
) -> None:
    shown = []
    with Sandbox(Options(limit=100), clock=clock) as box:
        ours, theirs = (
            make_tap(box, clock, cache_dir=str(tmp_path)).account.authenticator for _ in range(2)
        )

        def ask() -> str:
            with ours.turn():
                request = requests.Request("GET", box.url, auth=ours).prepare()
            shown.append(request.headers["Authorization"])
            if len(shown) == 1:
                theirs.renew()
                clock.now += 60
                raise TokenRefusedError("HTTP 401")
            return "answer"

        assert ours.with_accepted_token(ask) == "answer"
    assert shown == [f"Bearer {token}" for token in box.tokens]
    assert box.tokens_made == 2


def test_a_consumer_that_goes_on_replacing_the_token_is_not_followed_for_ever(
    clock: FakeClock, tmp_path: Path
) -> None:
    asked = []
    with Sandbox(Options(limit=100, token_limit=100), clock=clock) as box:
        ours, theirs = (
            make_tap(box, clock, cache_dir=str(tmp_path)).account.authenticator for _ in range(2)
        )

        def ask() -> None:
            asked.append(1)
            with ours.turn():
                pass
            theirs.renew()
            raise TokenRefusedError("HTTP 401")

        with pytest.raises(OzonetelError, match="nothing else makes tokens"):
            ours.with_accepted_token(ask)
    assert len(asked) == MOST_TOKEN_TRIES


def test_a_permit_is_stamped_when_its_answer_has_arrived(clock: FakeClock) -> None:
    with Sandbox(Options(limit=1), clock=clock) as box:
        authenticator = make_tap(box, clock).account.authenticator
        with authenticator.turn():
            clock.now += 25
        with authenticator.turn():
            pass
    assert clock.slept == [60]


def test_a_token_that_could_not_be_made_spends_no_permit(clock: FakeClock) -> None:
    with Sandbox(Options(limit=1, faults="token1=503"), clock=clock) as box:
        authenticator = make_tap(box, clock).account.authenticator
        with pytest.raises(OzonetelError), authenticator.turn():
            pass
        with authenticator.turn():
            pass
    assert clock.slept == []
