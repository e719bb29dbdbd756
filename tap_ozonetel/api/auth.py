"""The rate-limited authenticator: a permit, and a token or key, for one request each."""

from __future__ import annotations

import datetime as dt
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import requests
from requests.auth import AuthBase
from typing_extensions import override

from tap_ozonetel.api import responses as answers
from tap_ozonetel.api import transport
from tap_ozonetel.api.responses import Verdict
from tap_ozonetel.config.schema import API_KEY_AUTH, TOKEN_AUTH
from tap_ozonetel.errors import OzonetelError, TokenRefusedError, TryAgainError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tap_ozonetel.api.account_cache import Entry, Ledger
    from tap_ozonetel.api.rate_limiter import Clock, RollingWindow
    from tap_ozonetel.config.parsing import Config

logger = logging.getLogger("tap-ozonetel.auth")

T = TypeVar("T")

TOKEN_PATH = "/ca_apis/CAToken/generateToken"  # noqa: S105 - a path

#: A token lives 60 minutes (contract); one this near to its end is not used any more.
TOKEN_LIFE_SECONDS = 3600.0
TOKEN_MARGIN_SECONDS = 120.0

#: Right after it was made a token can still be refused for a few seconds (contract).
TOKEN_SETTLES_SECONDS = 5.0

#: A bound, should other consumers of the account go on replacing its token.
MOST_TOKEN_TRIES = 6


class RateLimitedAuthenticator(AuthBase):
    """Authenticates the requests of one account, and lets each out when the limit has room.

    One for all streams: they share the limit and the token. Being called costs nothing; the permit
    and the token are taken by `turn`, so that every try spends one permit, and one only.
    """

    def __init__(
        self,
        config: Config,
        window: RollingWindow,
        ledger: Ledger,
        clock: Clock,
    ) -> None:
        """Make the authenticator of an account.

        Args:
            config: Tells the account and its mode.
            window: The account's limit.
            ledger: Holds the account's token.
            clock: Tells the time and waits.
        """
        self._config = config
        self._window = window
        self._ledger = ledger
        self._clock = clock
        self._session = requests.Session()
        self._token: str | None = None

    @override
    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._config.auth_method == API_KEY_AUTH:
            r.headers["apiKey"] = self._config.api_key
        else:
            r.headers["Authorization"] = f"Bearer {self._token}"
        return r

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """Wait for room in the limit and see to a token.

        Yields:
            The turn of one request, which is answered when the body of the `with` ends.

        Raises:
            TryAgainError: The token endpoint had a passing fault.
            OzonetelError: There is no token to be had.
        """
        with self._window.room() as entry:
            if self._config.auth_method == TOKEN_AUTH:
                self._see_to_token(entry)
                self._token = entry.token
            with self._window.spend(entry):
                yield Turn(self._window, entry, self._clock)

    def with_accepted_token(self, ask: Callable[[], T], tries: int = MOST_TOKEN_TRIES) -> T:
        """Ask, and again with another token while that may help.

        A token that is only seconds old is waited for. One that another run has replaced is given
        up for the newer one. Then one new token is made, and given the seconds it may need.

        Args:
            ask: Sends the request in a turn of its own.
            tries: How often at most to ask.

        Raises:
            OzonetelError: The account does not accept what it is given.
        """
        made_one = False
        for tries_left in reversed(range(tries)):
            try:
                return ask()
            except TokenRefusedError as refusal:
                reason = refusal
            if self._config.auth_method == API_KEY_AUTH or not tries_left:
                break
            if self._replaced():
                continue
            if made_one:
                break
            if self._waited_for_young_token():
                continue
            made_one = True
            self.renew()
        raise OzonetelError(self._not_accepted(reason))

    def renew(self) -> None:
        """Have a new token made, where there are tokens, and give it the seconds it may need.

        Raises:
            TryAgainError: The token endpoint had a passing fault.
            OzonetelError: There is no token to be had.
        """
        if self._config.auth_method == TOKEN_AUTH:
            with self._ledger.held() as entry:
                entry.token = None
                self._see_to_token(entry)
            self._clock.sleep(TOKEN_SETTLES_SECONDS)

    def _replaced(self) -> bool:
        """Whether the refused token is no longer the account's: another run has made a newer."""
        with self._ledger.held() as entry:
            return entry.token != self._token

    def _waited_for_young_token(self) -> bool:
        with self._ledger.held() as entry:
            wait = entry.token_made_at + TOKEN_SETTLES_SECONDS - self._clock.time()
        if wait > 0:
            self._clock.sleep(wait)
        return wait > 0

    def _see_to_token(self, entry: Entry) -> None:
        """Have the account make a token where there is none that will do."""
        if entry.token is not None and self._clock.time() < entry.token_expires_at:
            return
        logger.info("Asking for a token")
        sent_at = self._clock.time()
        try:
            reply = transport.send(
                self._session,
                "POST",
                f"{self._config.api_url}{TOKEN_PATH}",
                read_timeout=self._config.request_timeout,
                json={"userName": self._config.username},
                headers={"apiKey": self._config.api_key, "User-Agent": self._config.user_agent},
            )
        except TryAgainError as fault:
            # Also where it timed out: a smaller window is no help with that.
            msg = f"{fault}, from the token endpoint"
            raise TryAgainError(msg) from fault
        with reply.body as body:
            token = answers.token_in(reply.status, body)
            if token is None:
                raise self._no_token(answers.judge(reply.status, body), reply.headers)
        keep_token(entry, token, sent_at)
        self._ledger.keep()

    def _no_token(self, judged: answers.Judgement, headers: Mapping[str, str]) -> OzonetelError:
        if judged.verdict is Verdict.TRY_AGAIN:
            return TryAgainError(f"{judged.reason}, from the token endpoint")
        if judged.verdict is Verdict.RATE_LIMITED or "limit" in judged.reason.lower():
            now = self._clock.time()
            wait = answers.retry_after(headers.get("Retry-After"), now) or TOKEN_LIFE_SECONDS
            then = dt.datetime.fromtimestamp(now + wait, tz=self._config.timezone)
            return OzonetelError(
                f"The account has made as many tokens as it may in an hour ({judged.reason}). Try "
                f"again after {then:%H:%M} ({self._config.timezone.key}); runs that share a "
                "cache_dir share one token"
            )
        return OzonetelError(
            f"The account gives no token ({judged.reason}). Check the settings username and api_key"
        )

    def _not_accepted(self, reason: Exception) -> str:
        other, mode = (
            (TOKEN_AUTH, "TOKEN_AUTH")
            if self._config.auth_method == API_KEY_AUTH
            else (API_KEY_AUTH, "BASIC_AUTH")
        )
        return (
            f"The account does not accept the credentials ({reason}). If its “API Authentication” "
            f"is {mode}, try the setting auth_method: {other}; else check username and api_key, "
            "and that nothing else makes tokens for this account"
        )


class Turn:
    """One request's turn, with the account's lock held: what its answer says of the account."""

    def __init__(self, window: RollingWindow, entry: Entry, clock: Clock) -> None:
        """Take the account's entry while its lock is held."""
        self._window = window
        self._entry = entry
        self._clock = clock

    def refused_for_rate(self, seconds: float) -> None:
        """Let nothing out for as long as the server asks, and one period at least."""
        self._window.close(self._entry, seconds)

    def adopt(self, token: str) -> None:
        """Use a token that came along with a refusal."""
        keep_token(self._entry, token, self._clock.time())


def keep_token(entry: Entry, token: str, made_at: float) -> None:
    """Note an account's new token and its end of life."""
    entry.token = token
    entry.token_made_at = made_at
    entry.token_expires_at = made_at + TOKEN_LIFE_SECONDS - TOKEN_MARGIN_SECONDS
