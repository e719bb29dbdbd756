"""The sandbox: an account served over HTTP."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, timedelta
from threading import Lock, Thread
from typing import TYPE_CHECKING

from sandbox.account import Account, Clock
from sandbox.calls import days
from sandbox.calls.agent_summary import agent_summary
from sandbox.calls.legs import settled_at
from sandbox.endpoints import CDR_PATHS, SUMMARY_PATH, TOKEN_PATHS, Endpoints
from sandbox.faults.injection import REDIRECT_PATH
from sandbox.options import Options
from sandbox.request_body import parse_body
from sandbox.responses import Response, error_response
from sandbox.wire import Connections, listen

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from werkzeug.wrappers import Request

    from sandbox.faults.script import Fault
    from sandbox.options import FaultScript


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """A request in the sandbox's log. It holds neither a key nor a token.

    Attributes:
        at: Time of the response in seconds since the epoch.
        method: HTTP method.
        path: Path without the query.
        body: JSON object of the body; None if there is none.
        query: Query parameters.
        has_authorization: Whether the Authorization header was sent.
        has_apikey: Whether the apiKey header was sent.
        user_agent: User-Agent header.
        outcome: ``records``, ``empty``, ``token``, ``rate limited``, ``token limit exceeded``,
            ``token expired``, ``unauthorized``, ``rejected`` or ``fault``.
        status: HTTP status of the response.
        fault: The injected fault.
    """

    at: float
    method: str
    path: str
    body: dict[str, object] | None
    query: dict[str, str]
    has_authorization: bool
    has_apikey: bool
    user_agent: str
    outcome: str
    status: int
    fault: str | None = None


class Sandbox:
    """A local Ozonetel account. Use it as a context manager.

    Attributes:
        options: Options of the account.
        account: The account.
        requests: CDR requests in the order of their responses, rate-limited ones included.
        summary_requests: Requests to summaryReport, likewise.
        token_requests: Requests to generateToken.
        redirect_followed: Whether a client followed the redirect of the ``redirect`` fault.
    """

    def __init__(self, options: Options | None = None, clock: Clock = time) -> None:
        """Create an account and listen, but do not serve yet.

        Args:
            options: Options of the account.
            clock: Source of the account's time.

        Raises:
            ValueError: The fault script is invalid.
        """
        self.options = options or Options()
        self.account = Account(self.options, clock)
        self.requests: list[LoggedRequest] = []
        self.summary_requests: list[LoggedRequest] = []
        self.token_requests: list[LoggedRequest] = []
        self.redirect_followed = False
        self._endpoints = Endpoints(self.options, self.account)
        self._lock = Lock()
        self._connections = Connections()
        self._server = listen(self.options.port, self._respond, self._connections, self.account.now)
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        """Start to serve."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()

    def stop(self) -> None:
        """Close the socket and all connections, and end the server's thread."""
        self._connections.stopping.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self._connections.stop()

    def set_faults(self, script: FaultScript) -> None:
        """Replace the fault script of the options. Requests are numbered from 1 again.

        Raises:
            ValueError: The fault script is invalid.
        """
        self._endpoints.set_faults(script)

    @property
    def url(self) -> str:
        """Return the base URL of the API."""
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def config(self) -> dict[str, str | int | float]:
        """Return the settings that point the tap at this account."""
        period = self.options.period
        return {
            "api_url": self.url,
            "api_key": self.options.api_key,
            "username": self.options.username,
            "auth_method": self.options.auth_method,
            "timezone": self.options.timezone,
            "rate_limit_requests": self.options.limit,
            "summary_rate_limit_requests": self.options.summary_limit,
            "rate_limit_period": int(period) if period == int(period) else period,
        }

    @property
    def rate_limited_count(self) -> int:
        """Return the number of requests over their limit, without injected rate-limit errors."""
        return self.account.rate_limited_count

    @property
    def tokens_made(self) -> int:
        """Return the number of tokens that generateToken has issued."""
        return self.account.tokens_made

    @property
    def tokens(self) -> list[str]:
        """Return all tokens issued so far."""
        return list(self.account.tokens)

    def today(self) -> date:
        """Return the current day in the account's time zone."""
        return self.account.local_now().date()

    def calls(self, day: date) -> list[dict[str, object]]:
        """Return the records that the API serves now for a day, the newest first.

        They have canonical names, ids as numbers, and ratings as number or None. Other values have
        the dialect in which the API serves them now.
        """
        return days.calls(self.options, day, self.account.local_now())

    def settled_calls(self, day: date) -> list[dict[str, object]]:
        """Return the records of a day as they are once it is settled."""
        return days.calls(self.options, day, settled_at(day))

    def calls_between(self, first: date, last: date) -> list[dict[str, object]]:
        """Return ``calls`` of several days, both ends included."""
        dates = (first + timedelta(days=n) for n in range((last - first).days + 1))
        return [record for day in dates for record in self.calls(day)]

    def agent_summary(self, first: date, last: date) -> list[dict[str, object]]:
        """Return the rows that the API serves now for several days, both ends included.

        They are sorted by agent, day and mode. Today and later days have no rows.
        """
        return agent_summary(self.options, first, last, self.account.local_now())

    def _respond(self, request: Request) -> Response:
        if request.path in CDR_PATHS:
            response, fault = self._endpoints.fetch_cdrs(request)
            self._log(self.requests, request, response, fault)
        elif request.path == SUMMARY_PATH:
            response, fault = self._endpoints.fetch_summary(request)
            self._log(self.summary_requests, request, response, fault)
        elif request.path in TOKEN_PATHS:
            response, fault = self._endpoints.generate_token(request)
            self._log(self.token_requests, request, response, fault)
        else:
            self.redirect_followed |= request.path == REDIRECT_PATH
            response = error_response("Not found", word="error", status=404)
        return response

    def _log(
        self, log: list[LoggedRequest], request: Request, response: Response, fault: Fault | None
    ) -> None:
        entry = LoggedRequest(
            at=self.account.now(),
            method=request.method,
            path=request.path,
            body=parse_body(request.get_data()),
            query=request.args.to_dict(),
            has_authorization="Authorization" in request.headers,
            has_apikey="apiKey" in request.headers,
            user_agent=request.headers.get("User-Agent", ""),
            outcome=response.outcome,
            status=response.status,
            fault=str(fault) if fault else None,
        )
        with self._lock:
            log.append(entry)
