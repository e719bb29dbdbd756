"""The endpoints of the API: from an HTTP request to the response, faults included."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from sandbox.account import Account, Credentials
from sandbox.cdr_request import ENDPOINTS, parse_request
from sandbox.cdr_response import build_response
from sandbox.faults.injection import alter_body, alter_request, alter_transport, replacement_for
from sandbox.faults.script import Fault, RequestInfo, fault_for, parse_script
from sandbox.request_body import parse_body, parse_timestamp
from sandbox.responses import INVALID_JSON, Response, error_response

if TYPE_CHECKING:
    from werkzeug.wrappers import Request

    from sandbox.options import Options

#: The documentation spells the segment ``CAToken``, older documents ``caToken``
#: (docs/ozonetel-api.md, "Hosts and endpoints").
TOKEN_PATHS = ("/ca_apis/CAToken/generateToken", "/ca_apis/caToken/generateToken")
CDR_PATHS = {f"/ca_reports/{endpoint}": endpoint for endpoint in ENDPOINTS}


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
        self._cdr_requests = self._token_requests = 0

    def generate_token(self, request: Request) -> tuple[Response, Fault | None]:
        """Return the response to a token request, and the injected fault."""
        if request.method != "POST":
            return error_response("Method not allowed", word="error", status=405), None
        with self._lock:
            self._token_requests += 1
            info = RequestInfo(self._token_requests, token=True)
        fault = fault_for(self._rules, info)
        response = replacement_for(fault, self._account) if fault else None
        if response is None:
            body = parse_body(request.get_data())
            if body is None or request.mimetype != "application/json":
                response = error_response(INVALID_JSON)
            else:
                key = request.headers.get("apiKey")
                response = self._account.generate_token(key, body.get("userName"))
        if fault:
            alter_transport(fault, response)
        return response, fault

    def fetch_cdrs(self, request: Request) -> tuple[Response, Fault | None]:
        """Return the response to a CDR request, and the injected fault."""
        if request.method != "GET":
            # The gateway rejects other methods before the rate limit counts them
            # (docs/ozonetel-api.md, "Hosts and endpoints").
            return error_response("Method not allowed", word="error", status=405), None
        if rate_limited := self._account.check_rate_limit():
            return rate_limited, None
        with self._lock:
            self._cdr_requests += 1
            number = self._cdr_requests
        body = parse_body(request.get_data())
        if request.mimetype != "application/json":
            body = None
        fault = fault_for(self._rules, _describe(number, request, body))
        response = replacement_for(fault, self._account) if fault else None
        if response is None:
            response = self._fetch_records(request, body, fault)
        if fault:
            alter_transport(fault, response)
        return response, fault

    def _fetch_records(
        self, request: Request, body: dict[str, object] | None, fault: Fault | None
    ) -> Response:
        headers = request.headers
        credentials = Credentials(headers.get("Authorization"), headers.get("apiKey"))
        if error := self._account.check_credentials(credentials):
            return error
        now, endpoint = self._account.local_now(), CDR_PATHS[request.path]
        cdr_request = parse_request(endpoint, request.args.to_dict(), body, self._options, now)
        if isinstance(cdr_request, Response):
            return cdr_request
        if fault is None:
            return build_response(self._options, cdr_request, now).to_response()
        cdr_response = build_response(self._options, alter_request(fault, cdr_request), now)
        alter_body(fault, cdr_response, cdr_request)
        return cdr_response.to_response()


def _describe(number: int, request: Request, body: dict[str, object] | None) -> RequestInfo:
    """Return the properties of a request, as far as they are valid."""
    page = request.args.get("pageNo", "")
    first = parse_timestamp((body or {}).get("fromDate"))
    last = parse_timestamp((body or {}).get("toDate"))
    return RequestInfo(
        number,
        day=first.date() if first else None,
        # Both ends belong to the window: a whole day has 86400 seconds.
        seconds=(last - first).total_seconds() + 1 if first and last else None,
        page=int(page) if page.isdecimal() else None,
    )
