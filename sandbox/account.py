"""The account: its limit, its tokens and its key. By its own clock, without HTTP."""

from __future__ import annotations

import math
import secrets
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from email.utils import formatdate
from threading import Lock
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from sandbox.responses import (
    Answer,
    invalid_credentials,
    missing_credentials,
    refused,
    said,
    token_expired,
)

if TYPE_CHECKING:
    from sandbox.options import Options

# An hour from now, computed in floating point, may come out a little short of an hour.
_ROUNDING = 1e-6


class Clock(Protocol):
    """What tells the time: the module ``time``, or a test's own."""

    def time(self) -> float:
        """Return seconds since the epoch."""
        ...


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request says about who sent it."""

    authorization: str | None
    api_key: str | None


class Window:
    """Counts events in a rolling period."""

    def __init__(self, limit: int, period: float) -> None:
        """Allow ``limit`` events in any ``period`` seconds."""
        self._limit = limit
        self._period = period
        self._stamps: deque[float] = deque(maxlen=limit)

    def wait(self, now: float) -> float:
        """Return the seconds until there is room for one more; 0 if there is now."""
        if len(self._stamps) < self._limit:
            return 0.0
        if not self._limit:
            return self._period
        left = self._stamps[0] + self._period - now
        return left if left > _ROUNDING else 0.0

    def count(self, now: float) -> None:
        """Count an event."""
        self._stamps.append(now)


class Account:
    """One account of the API."""

    def __init__(self, options: Options, clock: Clock) -> None:
        """Open an account that nobody has used yet."""
        self._options = options
        self._clock = clock
        self.zone = ZoneInfo(options.timezone)
        self._lock = Lock()
        self._requests = Window(options.limit, options.period)
        self._generations = Window(options.token_limit, options.token_period)
        self._token_born = 0.0
        #: Every token that was ever given out, the last one is the valid one.
        self.tokens: list[str] = []
        self.tokens_made = 0
        self.refused_for_rate = 0
        self._revoked = False

    def now(self) -> float:
        """Return the account's time."""
        return self._clock.time()

    def local_now(self) -> datetime:
        """Return the account's local time, without a zone."""
        return datetime.fromtimestamp(self.now(), self.zone).replace(tzinfo=None)

    def admit(self) -> Answer | None:
        """Count a CDR request as it arrives, and refuse it when it is one too many."""
        with self._lock:
            now = self.now()
            wait = self._requests.wait(now)
            if not wait or self._options.refused_count:
                self._requests.count(now)
            if not wait:
                return None
            self.refused_for_rate += 1
            return self._over_the_limit(wait)

    def over_the_limit(self, retry_after: int | None = None) -> Answer:
        """Refuse for the rate, whatever the rate is."""
        with self._lock:
            if retry_after is not None:
                answer = refused("Rate limit exceeded", "refused for rate", status=429)
                answer.headers["Retry-After"] = str(retry_after)
                return answer
            return self._over_the_limit(self._options.period)

    def _over_the_limit(self, wait: float) -> Answer:
        spelling, message = self._options.refusal, "API rate limit exceeded, try again later"
        if spelling == "200+token" and self._options.auth_method == "token":
            body: dict[str, object] = {"status": "false", "message": message}
            return said({**body, "token": self._new_token()}, "refused for rate")
        status = 429 if spelling.startswith("429") else 200
        answer = refused(message, "refused for rate", status=status)
        if spelling == "429+retry-after":
            answer.headers["Retry-After"] = str(math.ceil(wait))
        elif spelling == "429+retry-after-date":
            answer.headers["Retry-After"] = formatdate(math.ceil(self.now() + wait), usegmt=True)
        return answer

    def _new_token(self) -> str:
        """Make a token; the one before is worth nothing from now on (contract, P)."""
        # It looks like a JWT and is none: nobody but the account can read anything from it.
        token = f"eyJhbGciOiJIUzI1NiJ9.{secrets.token_urlsafe(48)}.{secrets.token_urlsafe(32)}"
        self.tokens.append(token)
        self._token_born = self.now()
        self._revoked = False
        return token

    def generate(self, api_key: str | None, username: object) -> Answer:
        """Answer a request for a token."""
        if not api_key or not username:
            return refused("Missing userName or apiKey", "refused for credentials")
        if api_key != self._options.api_key or username != self._options.username:
            return invalid_credentials()
        with self._lock:
            if self._generations.wait(self.now()):
                status = int(self._options.token_refusal)
                message = "Token generation limit exceeded"
                return refused(message, "refused for tokens", status=status)
            self._generations.count(self.now())
            self.tokens_made += 1
            body: dict[str, object] = {"token": self._new_token()}
        if self._options.token_beside:
            body = {"status": "success", "message": "Token generated successfully", **body}
        return said(body, "token")

    def revoke(self) -> None:
        """Let the token die before its time, as when another consumer makes a new one."""
        with self._lock:
            self._revoked = True

    def refuses(self, shown: Credentials) -> Answer | None:
        """Return why credentials are not enough for a CDR request, None if they are."""
        status = self._options.auth_status
        if self._options.auth_method == "api_key":
            if shown.authorization is not None or not shown.api_key:
                return missing_credentials(status)
            return None if shown.api_key == self._options.api_key else invalid_credentials()
        scheme, _, token = (shown.authorization or "").partition(" ")
        # Strict on purpose: the contract has one of the two headers in a mode, never both.
        if shown.api_key is not None or scheme != "Bearer" or not token:
            return missing_credentials(status)
        return None if self._is_valid(token) else token_expired(status)

    def _is_valid(self, token: str) -> bool:
        with self._lock:
            age = self.now() - self._token_born
            return (
                bool(self.tokens)
                and token == self.tokens[-1]
                and not self._revoked
                and self._options.token_settles - _ROUNDING <= age < self._options.token_life
            )
