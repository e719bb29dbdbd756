"""The account: rate limit, tokens and API key. Uses the account's clock, knows nothing of HTTP."""

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
    Response,
    error_response,
    invalid_credentials,
    json_response,
    missing_credentials,
    token_expired,
)

if TYPE_CHECKING:
    from sandbox.options import Options

# Floating-point arithmetic can make a full period slightly shorter than it is.
_TOLERANCE_SECONDS = 1e-6


class Clock(Protocol):
    """A source of time: the module ``time`` or a fake clock."""

    def time(self) -> float:
        """Return seconds since the epoch."""
        ...


@dataclass(frozen=True, slots=True)
class Credentials:
    """The credentials in the headers of a request."""

    authorization: str | None
    api_key: str | None


class SlidingWindow:
    """Counts events in a rolling period."""

    def __init__(self, limit: int, period: float) -> None:
        """Allow ``limit`` events in any ``period`` seconds."""
        self._limit = limit
        self._period = period
        self._times: deque[float] = deque(maxlen=limit)

    def seconds_until_free(self, now: float) -> float:
        """Return the seconds until another event is allowed; 0 if it is allowed now."""
        if len(self._times) < self._limit:
            return 0.0
        if not self._limit:
            return self._period
        remaining = self._times[0] + self._period - now
        return remaining if remaining > _TOLERANCE_SECONDS else 0.0

    def record(self, now: float) -> None:
        """Record an event."""
        self._times.append(now)


class Account:
    """One account of the API."""

    def __init__(self, options: Options, clock: Clock) -> None:
        """Create an account without requests or tokens."""
        self._options = options
        self._clock = clock
        self.zone = ZoneInfo(options.timezone)
        self._lock = Lock()
        self._cdr_requests = SlidingWindow(options.limit, options.period)
        self._summary_requests = SlidingWindow(options.summary_limit, options.period)
        self._token_requests = SlidingWindow(options.token_limit, options.token_period)
        self._token_issued_at = 0.0
        #: All tokens issued so far. Only the last one can be valid.
        self.tokens: list[str] = []
        #: Tokens issued by generateToken.
        self.tokens_made = 0
        self.rate_limited_count = 0
        self._revoked = False

    def now(self) -> float:
        """Return the account's time in seconds since the epoch."""
        return self._clock.time()

    def local_now(self) -> datetime:
        """Return the account's local time as a naive datetime."""
        return datetime.fromtimestamp(self.now(), self.zone).replace(tzinfo=None)

    def check_cdr_limit(self) -> Response | None:
        """Count a CDR request on arrival; return an error if it exceeds the limit."""
        return self._check_limit(self._cdr_requests)

    def check_summary_limit(self) -> Response | None:
        """Count a summary request on arrival; return an error if it exceeds its own limit."""
        return self._check_limit(self._summary_requests)

    def _check_limit(self, requests: SlidingWindow) -> Response | None:
        with self._lock:
            now = self.now()
            wait = requests.seconds_until_free(now)
            if not wait or self._options.count_rate_limited:
                requests.record(now)
            if not wait:
                return None
            self.rate_limited_count += 1
            return self._rate_limited(wait)

    def rate_limited(self, retry_after: int | None = None) -> Response:
        """Return a rate-limit error without counting a request.

        Args:
            retry_after: Seconds for ``Retry-After`` with HTTP 429; None for the account's own form.
        """
        with self._lock:
            if retry_after is None:
                return self._rate_limited(self._options.period)
            response = self._rate_limit_error(429)
            response.headers["Retry-After"] = str(retry_after)
            return response

    def _rate_limited(self, wait: float) -> Response:
        form = self._options.rate_limit_response
        if form == "200+token" and self._options.auth_method == "token":
            return self._rate_limit_error(200, token=self._issue_token())
        response = self._rate_limit_error(429 if form.startswith("429") else 200)
        if form == "429+retry-after":
            response.headers["Retry-After"] = str(math.ceil(wait))
        elif form == "429+retry-after-date":
            retry_at = math.ceil(self.now() + wait)
            response.headers["Retry-After"] = formatdate(retry_at, usegmt=True)
        return response

    def _rate_limit_error(self, status: int, **fields: object) -> Response:
        options = self._options
        body = {"status": options.rate_limit_word, "message": options.rate_limit_message, **fields}
        return json_response(body, "rate limited", status)

    def _issue_token(self) -> str:
        """Issue a token and invalidate the previous one."""
        # It only looks like a JWT, so that clients cannot read anything from it.
        token = f"eyJhbGciOiJIUzI1NiJ9.{secrets.token_urlsafe(48)}.{secrets.token_urlsafe(32)}"
        self.tokens.append(token)
        self._token_issued_at = self.now()
        self._revoked = False
        return token

    def generate_token(self, api_key: str | None, username: object) -> Response:
        """Return the response to a token request."""
        if not api_key or not username:
            return missing_credentials(200)
        if api_key != self._options.api_key or username != self._options.username:
            return invalid_credentials()
        with self._lock:
            if self._token_requests.seconds_until_free(self.now()):
                return error_response(
                    "Token generation limit exceeded",
                    "token limit exceeded",
                    status=int(self._options.token_limit_status),
                )
            self._token_requests.record(self.now())
            self.tokens_made += 1
            body: dict[str, object] = {"token": self._issue_token()}
        if self._options.token_with_status:
            body = {"status": "success", "message": "Token generated successfully", **body}
        return json_response(body, "token")

    def revoke_token(self) -> None:
        """Invalidate the current token early, as a token of another consumer would."""
        with self._lock:
            self._revoked = True

    def check_credentials(self, credentials: Credentials) -> Response | None:
        """Return the error for the credentials of a CDR request; None if they are valid."""
        status = self._options.auth_status
        if self._options.auth_method == "api_key":
            if credentials.authorization is not None or not credentials.api_key:
                return missing_credentials(status)
            is_valid = credentials.api_key == self._options.api_key
            return None if is_valid else invalid_credentials()
        scheme, _, token = (credentials.authorization or "").partition(" ")
        # Both headers at once are an error: each mode has exactly one
        # (docs/ozonetel-api.md, "Authentication").
        if credentials.api_key is not None or scheme != "Bearer" or not token:
            return missing_credentials(status)
        return None if self._is_valid(token) else token_expired(status)

    def check_summary_credentials(self, credentials: Credentials) -> Response | None:
        """Return the error for the credentials of a summary request; None if they are valid."""
        if self._options.auth_method == "api_key" and credentials.authorization is None:
            # These two errors are documented for this report
            # (docs/ozonetel-api.md, "Agent state summary").
            if not credentials.api_key:
                return error_response("apiKey should not be empty", "unauthorized", word="error")
            if credentials.api_key != self._options.api_key:
                return invalid_credentials("error")
        return self.check_credentials(credentials)

    def _is_valid(self, token: str) -> bool:
        with self._lock:
            age = self.now() - self._token_issued_at
            return (
                bool(self.tokens)
                and token == self.tokens[-1]
                and not self._revoked
                and self._options.token_delay - _TOLERANCE_SECONDS <= age < self._options.token_life
            )
