"""What each fault does to an answer."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING

from sandbox.faults.malformed_records import odd
from sandbox.responses import Answer, dumps, missing_credentials, refused, said, token_expired

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.account import Account
    from sandbox.cdr_request import Question
    from sandbox.faults.script import Fault
    from sandbox.listing import Listing

#: Where a redirect leads to.
ELSEWHERE = "/elsewhere"
_HTML = b"<!DOCTYPE html>\n<html><head><title>Gateway</title></head><body>%b</body></html>\n"
_HEAD = 5_000
_CUT_AT = 4_000_000


def _page(status: int, text: str) -> Answer:
    return Answer(status, _HTML % text.encode(), "fault", content_type="text/html")


def _code(argument: str) -> Answer:
    code, _, body = argument.partition(":")
    if body == "empty":
        return Answer(int(code), b"", "fault")
    if body == "html":
        return _page(int(code), f"{code} from the gateway")
    return refused("Something went wrong", "fault", word="error", status=int(code))


def _revoked(account: Account, _: str) -> Answer:
    account.revoke()
    return token_expired(401)


_INSTEAD: dict[str, Callable[[Account, str], Answer]] = {
    "code": lambda _, code: _code(code),
    "html": lambda *_: _page(200, "The service is temporarily unavailable"),
    "html502": lambda *_: _page(502, "502 Bad Gateway"),
    "reset": lambda *_: Answer(200, b"", "fault", reset=True),
    "empty-body": lambda *_: Answer(200, b"", "fault"),
    "unknown": lambda *_: said({"result": {"code": 17}, "ok": "perhaps"}, "fault"),
    "token-expired": lambda *_: token_expired(200),
    "token-expired-401": lambda *_: token_expired(401),
    "token-revoked": _revoked,
    "missing-credentials": lambda *_: missing_credentials(401),
    "rate": lambda account, _: account.over_the_limit(),
    "rate+retry-after": lambda account, seconds: account.over_the_limit(int(seconds)),
    "redirect": lambda *_: Answer(302, b"", "fault", headers={"Location": ELSEWHERE}),
}


def instead(fault: Fault, account: Account) -> Answer | None:
    """Return the answer that a fault gives without a look at the request, if it does."""
    make = _INSTEAD.get(fault.name)
    return make(account, fault.argument) if make else None


def asked_instead(fault: Fault, question: Question) -> Question:
    """Return the question that is answered instead of the one that was asked."""
    return replace(question, page=1) if fault.name in {"repeat", "endless"} else question


def damage_listing(fault: Fault, listing: Listing, question: Question) -> None:
    """Do to an answer with records what a fault does."""
    match fault.name:
        case "null-details":
            listing.raw = b"null"
        case "no-details":
            listing.raw = b""
        case "details-object":
            listing.raw = b"{" + b'"0":' + next(iter(listing.records), b"{}") + b"}"
        case "details-text":
            listing.raw = dumps("see attachment")
        case "no-total":
            listing.fields.pop("totalCount", None)
        case "total+" | "total-":
            off = int(fault.name[-1] + fault.argument)
            _recount(listing, off)
        case "endless":
            _endless(listing, question)
        case "broken":
            listing.records = _broken(listing)
        case "odd":
            listing.records = _odd(fault.argument, iter(listing.records))


def _recount(listing: Listing, off: int) -> None:
    if "totalCount" in listing.fields:
        total = listing.fields["totalCount"]
        listing.fields["totalCount"] = type(total)(int(str(total)) + off)  # type: ignore[call-arg]


def _endless(listing: Listing, question: Question) -> None:
    """Make a full page that is never the last: new ids every time, the total always ahead."""
    page, records = question.page, list(listing.records)
    size = max(question.size, len(records)) if records else 0
    full = []
    for number in range(size):
        read = json.loads(records[number % len(records)])
        away = (page * 1000 + number // len(records)) * 10**11
        full.append(dumps({**read, "UCID": type(read["UCID"])(int(read["UCID"]) + away)}))
    listing.records, listing.count = full, size
    if "totalCount" in listing.fields:
        kind = type(listing.fields["totalCount"])
        listing.fields["totalCount"] = kind((page + 1) * max(size, 1))  # type: ignore[call-arg]


def _broken(listing: Listing) -> Iterator[bytes]:
    rest = iter(listing.records)
    head = list(islice(rest, _HEAD))
    middle = (len(head) + 1) // 2
    return chain(head[:middle], [b'{"CallID":31733467784618213,,"UCID":}'], head[middle:], rest)


def _odd(kind: str, records: Iterator[bytes]) -> Iterator[bytes]:
    first = next(records, None)
    if first is not None:
        yield odd(kind, first)
        yield from records


def damage_transport(fault: Fault, answer: Answer) -> None:
    """Do to an answer what happens to it on its way."""
    match fault.name:
        case "slow":
            answer.delay = float(fault.argument)
        case "stall":
            answer.stall = float(fault.argument)
        case "unterminated":
            answer.unterminated = True
        case "cut":
            whole = _head(answer)
            answer.body, answer.promised = _cut(whole, inside_text=False), len(whole)
        case "cut-chunked" | "cut-in-string":
            inside = fault.name == "cut-in-string"
            answer.body, answer.closing = _cut(_head(answer), inside_text=inside), True


def _head(answer: Answer) -> bytes:
    """Return the body, or as much of it as is worth cutting."""
    if isinstance(answer.body, bytes):
        return answer.body
    head = b""
    for piece in answer.body:
        head += piece
        if len(head) > _CUT_AT:
            break
    return head


def _cut(whole: bytes, *, inside_text: bool) -> bytes:
    """Cut a body in the middle of a record, or of a text in it."""
    mark = b'"EndTime":'
    found = max(whole.find(mark, len(whole) // 2), whole.find(mark))
    if found < 0:
        return whole[: len(whole) // 2]
    return whole[: found + len(mark) + (4 if inside_text else 0)]
