"""The sandbox: an account, served over HTTP."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, timedelta
from threading import Lock, Thread
from typing import TYPE_CHECKING

from sandbox.account import Account, Clock, Credentials
from sandbox.calls import days as calls
from sandbox.cdr_request import ENDPOINTS, ask, moment, read_body
from sandbox.faults.injection import (
    ELSEWHERE,
    asked_instead,
    damage_listing,
    damage_transport,
    instead,
)
from sandbox.faults.script import Asked, Fault, fault_for, read_script
from sandbox.listing import listing
from sandbox.options import Options
from sandbox.responses import INVALID_JSON, Answer, refused
from sandbox.wire import Connections, listen

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from werkzeug.wrappers import Request

TOKEN_PATHS = ("/ca_apis/CAToken/generateToken", "/ca_apis/caToken/generateToken")
CDR_PATHS = {f"/ca_reports/{endpoint}": endpoint for endpoint in ENDPOINTS}


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as the sandbox saw it. It holds no key and no token."""

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
    """A local Ozonetel account. Use it in a ``with`` statement."""

    def __init__(self, options: Options | None = None, clock: Clock = time) -> None:
        """Make an account; ``clock`` is asked for the account's time."""
        self.options = options or Options()
        self.account = Account(self.options, clock)
        #: CDR requests, those that were refused too, in the order of their answers.
        self.requests: list[Seen] = []
        #: Requests to generateToken.
        self.token_requests: list[Seen] = []
        #: Whether a client went where the fault ``redirect`` sent it.
        self.redirect_followed = False
        self._rules = read_script(self.options.faults)
        self._lock = Lock()
        self._admitted = self._token_asked = 0
        self._connections = Connections()
        self._server = listen(self.options.port, self._respond, self._connections)
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
        """Close the socket and every connection, and end the server's thread."""
        self._connections.stopping.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self._connections.stop()

    @property
    def url(self) -> str:
        """Return where the API is."""
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def config(self) -> dict[str, str | int | float]:
        """Return the settings with which the tap reaches this account."""
        period = self.options.period
        return {
            "api_url": self.url,
            "api_key": self.options.api_key,
            "username": self.options.username,
            "auth_method": self.options.auth_method,
            "timezone": self.options.timezone,
            "rate_limit_requests": self.options.limit,
            "rate_limit_period": int(period) if period == int(period) else period,
        }

    @property
    def refused_for_rate(self) -> int:
        """Return how many requests were over the limit; those of the script do not count."""
        return self.account.refused_for_rate

    @property
    def tokens_made(self) -> int:
        """Return how many tokens generateToken made."""
        return self.account.tokens_made

    @property
    def tokens(self) -> list[str]:
        """Return all tokens that were ever given out."""
        return list(self.account.tokens)

    def today(self) -> date:
        """Return the account's local day."""
        return self.account.local_now().date()

    def calls(self, day: date) -> list[dict[str, object]]:
        """Return the records of a day as of now: canonical names and types."""
        return calls.calls(self.options, day, self.account.local_now())

    def calls_between(self, first: date, last: date) -> list[dict[str, object]]:
        """Return the records of some days as of now, both ends included."""
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        return [record for day in days for record in self.calls(day)]

    def _respond(self, request: Request) -> Answer:
        if request.path in CDR_PATHS:
            answer, fault = self._cdr(request)
            self._log(self.requests, request, answer, fault)
        elif request.path in TOKEN_PATHS:
            answer, fault = self._token(request)
            self._log(self.token_requests, request, answer, fault)
        else:
            self.redirect_followed |= request.path == ELSEWHERE
            answer = refused("Not found", word="error", status=404)
        return answer

    def _log(self, log: list[Seen], request: Request, answer: Answer, fault: Fault | None) -> None:
        seen = Seen(
            at=self.account.now(),
            method=request.method,
            path=request.path,
            body=read_body(request.get_data()),
            query=request.args.to_dict(),
            has_authorization="Authorization" in request.headers,
            has_apikey="apiKey" in request.headers,
            user_agent=request.headers.get("User-Agent", ""),
            outcome=answer.outcome,
            status=answer.status,
            fault=str(fault) if fault else None,
        )
        with self._lock:
            log.append(seen)

    def _token(self, request: Request) -> tuple[Answer, Fault | None]:
        if request.method != "POST":
            return refused("Method not allowed", word="error", status=405), None
        with self._lock:
            self._token_asked += 1
            asked = Asked(self._token_asked, token=True)
        fault = fault_for(self._rules, asked)
        answer = instead(fault, self.account) if fault else None
        if answer is None:
            body = read_body(request.get_data())
            if body is None or request.mimetype != "application/json":
                answer = refused(INVALID_JSON)
            else:
                key = request.headers.get("apiKey")
                answer = self.account.generate(key, body.get("userName"))
        if fault:
            damage_transport(fault, answer)
        return answer, fault

    def _cdr(self, request: Request) -> tuple[Answer, Fault | None]:
        if request.method != "GET":
            # Whoever sends a POST learns it from the gateway: nothing is counted (contract, P).
            return refused("Method not allowed", word="error", status=405), None
        if over := self.account.admit():
            return over, None
        with self._lock:
            self._admitted += 1
            number = self._admitted
        body = read_body(request.get_data())
        if request.mimetype != "application/json":
            body = None
        fault = fault_for(self._rules, _asked(number, request, body))
        answer = instead(fault, self.account) if fault else None
        if answer is None:
            answer = self._records(request, body, fault)
        if fault:
            damage_transport(fault, answer)
        return answer, fault

    def _records(
        self, request: Request, body: dict[str, object] | None, fault: Fault | None
    ) -> Answer:
        shown = Credentials(request.headers.get("Authorization"), request.headers.get("apiKey"))
        if refusal := self.account.refuses(shown):
            return refusal
        now, endpoint = self.account.local_now(), CDR_PATHS[request.path]
        question = ask(endpoint, request.args.to_dict(), body, self.options, now)
        if isinstance(question, Answer):
            return question
        if fault is None:
            return listing(self.options, question, now).answer()
        found = listing(self.options, asked_instead(fault, question), now)
        damage_listing(fault, found, question)
        return found.answer()


def _asked(number: int, request: Request, body: dict[str, object] | None) -> Asked:
    """Return what the rules look at, as far as it can be read."""
    page = request.args.get("pageNo", "")
    first = moment((body or {}).get("fromDate"))
    last = moment((body or {}).get("toDate"))
    return Asked(
        number,
        day=first.date() if first else None,
        # Both ends belong to the window: a whole day has 86400 seconds.
        seconds=(last - first).total_seconds() + 1 if first and last else None,
        page=int(page) if page.isdecimal() else None,
    )
