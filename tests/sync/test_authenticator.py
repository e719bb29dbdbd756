"""The authenticator and its token, against the sandbox."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, cast
from unittest.mock import patch

import pytest

from sandbox import Options, Sandbox
from tap_ozonetel.api.authenticator import RateLimitedAuthenticator
from tap_ozonetel.api.endpoint import Endpoint
from tap_ozonetel.api.request import TokenUse
from tap_ozonetel.api.retry import MAX_TOKEN_TRIES
from tap_ozonetel.errors import OzonetelError, UnauthorizedError
from tap_ozonetel.streams.spans import Span
from tests.helpers.sync import make_tap

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tap_ozonetel.api.account import Account
    from tap_ozonetel.api.account_cache import CacheEntry
    from tap_ozonetel.streams.calls import CdrDetails
    from tests.helpers.clock import FakeClock


@contextmanager
def permitted(account: Account, use: TokenUse | None = None) -> Iterator[dict[str, str]]:
    """Hold a permit and a token, as during a request. Yields the header with the token."""
    with account.authenticator.authorize(account.cdr_limit) as permit:
        yield permit.sign(use or TokenUse())
        permit.record_arrival()


def test_a_permit_and_its_token_have_no_secret_repr(clock: FakeClock) -> None:
    with Sandbox(clock=clock) as box:
        account, use = make_tap(box, clock).account, TokenUse()
        with account.authenticator.authorize(account.cdr_limit) as permit:
            permit.sign(use)
            assert use.token == box.tokens[0]
            texts = [repr(each) for each in (use, permit, account.authenticator.token, account)]
    assert not any(box.tokens[0] in text or box.options.api_key in text for text in texts)


def test_a_newer_token_of_another_run_is_used(clock: FakeClock, tmp_path: Path) -> None:
    use, headers = TokenUse(), []
    with Sandbox(Options(limit=100), clock=clock) as box:
        ours, theirs = (make_tap(box, clock, cache_dir=str(tmp_path)).account for _ in range(2))
        for _ in range(3):
            with permitted(ours, use) as header:
                headers.append(header)
            theirs.authenticator.token.replace()
            clock.now += 60
            clock.slept.clear()
            assert ours.authenticator.refresh(use)
            assert clock.slept == []
    assert headers == [{"Authorization": f"Bearer {token}"} for token in box.tokens[:-1]]
    assert box.tokens_made == 4


def test_a_token_that_is_seconds_old_is_tried_again(clock: FakeClock) -> None:
    use = TokenUse()
    with Sandbox(clock=clock) as box:
        account = make_tap(box, clock).account
        with permitted(account, use):
            clock.now += 4.5
        assert account.authenticator.refresh(use)
        assert (clock.slept, box.tokens_made) == ([0.5], 1)


def test_each_token_that_others_invalidate_is_replaced_later(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    waits = []
    with Sandbox(Options(token_limit=100), clock=clock) as box:
        account = make_tap(box, clock).account
        for _ in range(6):
            use = TokenUse()
            with account.authenticator.cache.locked() as entry:
                use.token = account.authenticator.token.get(entry)
            clock.now += 10
            clock.slept.clear()
            assert account.authenticator.refresh(use)
            waits.append([*clock.slept])
    assert waits == [[5], [120, 5], [240, 5], [480, 5], [960, 5], [960, 5]]
    # From 10:00:25, rounded up.
    assert "Waiting until 10:03" in caplog.text
    assert caplog.messages.count("Requesting a token") == box.tokens_made == 7


@pytest.mark.parametrize("release", [1, 2, 3, 4])
def test_of_two_runs_with_a_rejected_token_one_requests_another(
    clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, release: int
) -> None:
    with Sandbox(Options(limit=100), clock=clock) as box:
        runs = [make_tap(box, clock, cache_dir=str(tmp_path)).account for _ in range(2)]
        uses = [TokenUse(), TokenUse()]
        for account, use in zip(runs, uses, strict=True):
            with permitted(account, use):
                pass
        clock.now += 60
        (ours, theirs), releases = [each.authenticator for each in runs], count(1)
        locked = ours.cache.locked

        @contextmanager
        def locked_in_turns() -> Iterator[CacheEntry]:
            with locked() as entry:
                yield entry
            if next(releases) == release:
                assert theirs.refresh(uses[1])

        monkeypatch.setattr(ours.cache, "locked", locked_in_turns)
        assert ours.refresh(uses[0])
        for account, use in zip(runs, uses, strict=True):
            with permitted(account, use) as header:
                assert header == {"Authorization": f"Bearer {box.tokens[1]}"}
    assert box.tokens_made == 2


def test_token_tries_are_bounded(clock: FakeClock, tmp_path: Path) -> None:
    def refresh(use: TokenUse) -> bool:
        theirs.authenticator.token.replace()
        return RateLimitedAuthenticator.refresh(tap.account.authenticator, use)

    with Sandbox(Options(limit=100, token_limit=100), clock=clock) as box:
        tap = make_tap(box, clock, cache_dir=str(tmp_path))
        theirs = make_tap(box, clock, cache_dir=str(tmp_path)).account
        stream = cast("CdrDetails", tap.streams["cdr_details"])
        request = stream.make_request(Span.of_days(tap.account.today, tap.account.today))
        with (
            patch.object(tap.account.authenticator, "refresh", refresh),
            patch.object(Endpoint, "_convert", side_effect=UnauthorizedError("HTTP 401")),
            pytest.raises(OzonetelError, match="no other client requests tokens"),
        ):
            stream.endpoint.fetch(request)
    assert len(box.requests) == MAX_TOKEN_TRIES


def test_a_failed_token_request_spends_no_permit(clock: FakeClock) -> None:
    with Sandbox(Options(limit=1, faults="token1=503"), clock=clock) as box:
        account = make_tap(box, clock, rate_limit_requests=1).account
        with pytest.raises(OzonetelError), permitted(account):
            pass
        with permitted(account):
            pass
    assert clock.slept == []
