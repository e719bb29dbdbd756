"""Applies faults to responses."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING

from sandbox.faults.malformed_records import make_malformed
from sandbox.responses import (
    Response,
    dump_json,
    error_response,
    json_response,
    missing_credentials,
    token_expired,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.account import Account
    from sandbox.cdr_request import CdrRequest
    from sandbox.faults.names import RequestKind
    from sandbox.faults.script import Fault
    from sandbox.records_response import RecordsResponse

#: Target of the redirect.
REDIRECT_PATH = "/elsewhere"
_HTML = b"<!DOCTYPE html>\n<html><head><title>Gateway</title></head><body>%b</body></html>\n"
#: What no source of the API has: a message, a name in the envelope, and parts of every record.
UNFAMILIAR_FIELDS: dict[str, object] = {"message": "Served by archive 7", "servedBy": "archive-7"}
UNFAMILIAR_PARTS: dict[str, object] = {
    "Status": "Parked",
    "HangupBy": "Bridge 12",
    "CallerMood": "calm and kind",
}
# Limits how much of a large body is held in memory to alter it.
_MAX_RECORDS_HELD = 5_000
_MAX_BYTES_HELD = 4_000_000


def _html(status: int, text: str) -> Response:
    return Response(status, _HTML % text.encode(), "fault", content_type="text/html")


def _http_error(argument: str) -> Response:
    code, _, body = argument.partition(":")
    if body == "empty":
        return Response(int(code), b"", "fault")
    if body == "html":
        return _html(int(code), f"{code} from the gateway")
    return error_response("Something went wrong", "fault", word="error", status=int(code))


def _revoke_token(account: Account, _: str) -> Response:
    account.revoke_token()
    return token_expired(401)


_REPLACEMENTS: dict[str, Callable[[Account, str], Response]] = {
    "code": lambda _, argument: _http_error(argument),
    "html": lambda *_: _html(200, "The service is temporarily unavailable"),
    "html502": lambda *_: _html(502, "502 Bad Gateway"),
    "reset": lambda *_: Response(200, b"", "fault", reset=True),
    "empty-body": lambda *_: Response(200, b"", "fault"),
    "unknown": lambda *_: json_response({"result": {"code": 17}, "ok": "perhaps"}, "fault"),
    "token-expired": lambda *_: token_expired(200),
    "token-expired-401": lambda *_: token_expired(401),
    "token-revoked": _revoke_token,
    "missing-credentials": lambda *_: missing_credentials(401),
    "rate": lambda account, _: account.rate_limited(),
    "rate+retry-after": lambda account, seconds: account.rate_limited(int(seconds)),
    "redirect": lambda *_: Response(302, b"", "fault", headers={"Location": REDIRECT_PATH}),
}


def replacement_for(fault: Fault, account: Account) -> Response | None:
    """Return the response that replaces the regular one; None if the fault does not replace it."""
    make = _REPLACEMENTS.get(fault.name)
    return make(account, fault.argument) if make else None


def alter_request(fault: Fault, request: CdrRequest) -> CdrRequest:
    """Return the request to evaluate instead of the one received."""
    return replace(request, page=1) if fault.name in {"repeat", "endless"} else request


def alter_body(fault: Fault, response: RecordsResponse, kind: RequestKind) -> None:
    """Apply a fault to the body of a response with records.

    Args:
        fault: The fault.
        response: The response to change.
        kind: Kind of the request.
    """
    match fault.name:
        case "null-details":
            response.replacement = b"null"
        case "no-details":
            response.replacement = b""
        case "details-object":
            response.replacement = b'{"0":' + next(iter(response.records), b"{}") + b"}"
        case "details-text":
            response.replacement = dump_json("see attachment")
        case "details-renamed":
            response.records_field = "records"
        case "unfamiliar":
            response.fields |= UNFAMILIAR_FIELDS
            response.records = map(_make_unfamiliar, response.records)
        case "broken":
            response.records = _with_broken_record(response)
        case "malformed":
            records = iter(response.records)
            response.records = _with_malformed_record(fault.argument, kind, records)


def alter_page(fault: Fault, response: RecordsResponse, request: CdrRequest) -> None:
    """Apply a fault to the total or the page of a response to a CDR request."""
    match fault.name:
        case "no-total":
            response.fields.pop("totalCount", None)
        case "total+" | "total-":
            _shift_total(response, int(fault.name[-1] + fault.argument))
        case "endless":
            _fill_page(response, request)


def _shift_total(response: RecordsResponse, offset: int) -> None:
    if "totalCount" in response.fields:
        total = int(str(response.fields["totalCount"])) + offset
        _set_total(response, total)


def _set_total(response: RecordsResponse, total: int) -> None:
    is_text = isinstance(response.fields["totalCount"], str)
    response.fields["totalCount"] = str(total) if is_text else total


def _fill_page(response: RecordsResponse, request: CdrRequest) -> None:
    """Fill the page with records under new ids, and put the total beyond it."""
    page, records = request.page, list(response.records)
    size = max(request.size, len(records)) if records else 0
    filled = []
    for number in range(size):
        record = json.loads(records[number % len(records)])
        offset = (page * 1000 + number // len(records)) * 10**11
        ucid = type(record["UCID"])(int(record["UCID"]) + offset)
        filled.append(dump_json({**record, "UCID": ucid}))
    response.records, response.count = filled, size
    if "totalCount" in response.fields:
        _set_total(response, (page + 1) * max(size, 1))


def _make_unfamiliar(record: bytes) -> bytes:
    return dump_json({**json.loads(record), **UNFAMILIAR_PARTS})


def _with_broken_record(response: RecordsResponse) -> Iterator[bytes]:
    rest = iter(response.records)
    head = list(islice(rest, _MAX_RECORDS_HELD))
    middle = (len(head) + 1) // 2
    return chain(head[:middle], [b'{"CallID":31733467784618213,,"UCID":}'], head[middle:], rest)


def _with_malformed_record(
    malformed: str, kind: RequestKind, records: Iterator[bytes]
) -> Iterator[bytes]:
    first = next(records, None)
    if first is not None:
        yield make_malformed(malformed, first, kind)
        yield from records


def alter_transport(fault: Fault, response: Response) -> None:
    """Apply a fault to the way a response is sent."""
    match fault.name:
        case "slow":
            response.delay = float(fault.argument)
        case "stall":
            response.stall = float(fault.argument)
        case "unterminated":
            response.unterminated = True
        case "cut":
            body = _read_start(response)
            response.body, response.content_length = _cut(body, in_string=False), len(body)
        case "cut-chunked" | "cut-in-string":
            in_string = fault.name == "cut-in-string"
            response.body = _cut(_read_start(response), in_string=in_string)
            response.close_delimited = True


def _read_start(response: Response) -> bytes:
    """Return the body, or the start of a large one."""
    if isinstance(response.body, bytes):
        return response.body
    start = b""
    for chunk in response.body:
        start += chunk
        if len(start) > _MAX_BYTES_HELD:
            break
    return start


def _cut(body: bytes, *, in_string: bool) -> bytes:
    """Cut a body in the middle of a record, before or inside a string."""
    mark = b'"CallDate":'
    found = max(body.find(mark, len(body) // 2), body.find(mark))
    if found < 0:
        return body[: len(body) // 2]
    return body[: found + len(mark) + (4 if in_string else 0)]
