"""The endpoints of the API: from an HTTP request to the response, faults included."""

from __future__ import annotations

from collections import Counter
from threading import Lock
from typing import TYPE_CHECKING

from sandbox.account import Account, Credentials
from sandbox.cdr_request import ENDPOINTS, parse_request
from sandbox.cdr_response import build_response
from sandbox.faults.injection import (
    alter_body,
    alter_page,
    alter_request,
    alter_transport,
    replacement_for,
)
from sandbox.faults.script import Fault, RequestInfo, fault_for, parse_script
from sandbox.request_body import parse_body, parse_timestamp
from sandbox.responses import INVALID_JSON, Response, error_response
from sandbox.summary_request import parse_summary_request
from sandbox.summary_response import build_summary_response

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Request

    from sandbox.faults.names import RequestKind
    from sandbox.options import FaultScript, Options

#: The documentation spells the segment ``CAToken``, older documents ``caToken``
#: (docs/ozonetel-api.md, "Hosts and endpoints").
TOKEN_PATHS = ("/ca_apis/CAToken/generateToken", "/ca_apis/caToken/generateToken")
CDR_PATHS = {f"/ca_reports/{endpoint}": endpoint for endpoint in ENDPOINTS}
SUMMARY_PATH = "/ca_reports/summaryReport"


class Endpoints:
    """The endpoints of one account. Several threads may call them."""

    def __init__(self, options: Options, account: Account) -> None:
        """Serve an account.

        Raises:
            ValueError: The fault script is invalid.
        """
        self._options = options
        self._account = account
        self._rules = parse_script(options.faults)
        self._lock = Lock()
        self._counts: Counter[RequestKind] = Counter()

    def set_faults(self, script: FaultScript) -> None:
        """Replace the fault script. Requests are numbered from 1 again.

        Raises:
            ValueError: The fault script is invalid.
        """
        rules = parse_script(script)
        with self._lock:
            self._rules = rules
            self._counts.clear()

    def generate_token(self, request: Request) -> tuple[Response, Fault | None]:
        """Return the response to a token request, and the injected fault."""
        if request.method != "POST":
            return _method_not_allowed(), None
        info = RequestInfo(self._next_number("token"), "token")
        return self._respond(info, lambda _: self._generate_token(request))

    def fetch_cdrs(self, request: Request) -> tuple[Response, Fault | None]:
        """Return the response to a CDR request, and the injected fault."""
        if request.method != "GET":
            # The gateway rejects other methods before the rate limit counts them
            # (docs/ozonetel-api.md, "Hosts and endpoints").
            return _method_not_allowed(), None
        if rate_limited := self._account.check_cdr_limit():
            return rate_limited, None
        body = _json_body(request)
        info = _describe(self._next_number("cdr"), "cdr", request, body)
        return self._respond(info, lambda fault: self._fetch_cdrs(request, body, fault))

    def fetch_summary(self, request: Request) -> tuple[Response, Fault | None]:
        """Return the response to a summary request, and the injected fault."""
        if request.method not in {"GET", "POST"}:
            return _method_not_allowed(), None
        if rate_limited := self._account.check_summary_limit():
            return rate_limited, None
        body = _json_body(request)
        info = _describe(self._next_number("summary"), "summary", request, body)
        return self._respond(info, lambda fault: self._fetch_summary(request, body, fault))

    def _next_number(self, kind: RequestKind) -> int:
        with self._lock:
            self._counts[kind] += 1
            return self._counts[kind]

    def _respond(
        self, info: RequestInfo, respond: Callable[[Fault | None], Response]
    ) -> tuple[Response, Fault | None]:
        """Return a response with the fault that the script has for it."""
        fault = fault_for(self._rules, info)
        response = replacement_for(fault, self._account) if fault else None
        if response is None:
            response = respond(fault)
        if fault:
            alter_transport(fault, response)
        return response, fault

    def _generate_token(self, request: Request) -> Response:
        body = _json_body(request)
        if body is None:
            return error_response(INVALID_JSON)
        return self._account.generate_token(request.headers.get("apiKey"), body.get("userName"))

    def _fetch_cdrs(
        self, request: Request, body: dict[str, object] | None, fault: Fault | None
    ) -> Response:
        if error := self._account.check_credentials(_credentials(request)):
            return error
        now, endpoint = self._account.local_now(), CDR_PATHS[request.path]
        cdr_request = parse_request(endpoint, request.args.to_dict(), body, self._options, now)
        if isinstance(cdr_request, Response):
            return cdr_request
        if fault is None:
            return build_response(self._options, cdr_request, now).to_response()
        response = build_response(self._options, alter_request(fault, cdr_request), now)
        alter_body(fault, response, "cdr")
        alter_page(fault, response, cdr_request)
        return response.to_response()

    def _fetch_summary(
        self, request: Request, body: dict[str, object] | None, fault: Fault | None
    ) -> Response:
        if error := self._account.check_summary_credentials(_credentials(request)):
            return error
        summary_request = parse_summary_request(request.args.to_dict(), body, self._options)
        if isinstance(summary_request, Response):
            return summary_request
        now = self._account.local_now()
        response = build_summary_response(self._options, summary_request, now)
        if fault:
            alter_body(fault, response, "summary")
        return response.to_response()


def _method_not_allowed() -> Response:
    return error_response("Method not allowed", word="error", status=405)


def _json_body(request: Request) -> dict[str, object] | None:
    is_json = request.mimetype == "application/json"
    return parse_body(request.get_data()) if is_json else None


def _credentials(request: Request) -> Credentials:
    return Credentials(request.headers.get("Authorization"), request.headers.get("apiKey"))


def _describe(
    number: int, kind: RequestKind, request: Request, body: dict[str, object] | None
) -> RequestInfo:
    """Return the properties of a request, as far as they are valid."""
    page = request.args.get("pageNo", "")
    first = parse_timestamp((body or {}).get("fromDate"))
    last = parse_timestamp((body or {}).get("toDate"))
    return RequestInfo(
        number,
        kind,
        day=first.date() if first else None,
        # Both ends belong to the window: a whole day has 86400 seconds.
        seconds=(last - first).total_seconds() + 1 if first and last else None,
        page=int(page) if page.isdecimal() else None,
    )
