"""What a CDR request asks for: its fields are read, and refused when they are wrong."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NoReturn

from sandbox.calls.fake_data import CAMPAIGNS
from sandbox.responses import (
    INVALID_JSON,
    Answer,
    invalid_credentials,
    missing_credentials,
    refused,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.options import Options

DETAILS, PAGES, ONE_CALL = "fetchCDRDetails", "fetchCdrByPagination", "fetchCdrByUCID"
ENDPOINTS = (DETAILS, PAGES, ONE_CALL)
#: The most records that a page may be asked for (contract, P).
MOST_A_PAGE = 500
#: The oldest day that is served is this many days before today (contract, P).
KEPT = timedelta(days=14)

_FILTERS = ("ucid", "campaignName", "callType", "status", "monitorUCID")
_KNOWN = {"fromDate", "toDate", "userName", *_FILTERS}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_DIGITS = re.compile(r"\d+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Question:
    """A CDR request that can be answered."""

    endpoint: str
    first: datetime
    last: datetime
    filters: Mapping[str, str]
    page: int = 1
    size: int = 0
    too_old: bool = False


def moment(text: object) -> datetime | None:
    """Read ``YYYY-MM-DD HH:MM:SS``, exactly that."""
    if not isinstance(text, str) or not _MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def read_body(raw: bytes) -> dict[str, object] | None:
    """Read the JSON object of a request, None if it is none."""
    try:
        body = json.loads(raw)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


class _RefusalError(Exception):
    """A request is refused."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.outcome)
        self.answer = answer


def _refuse(message: str, word: str) -> NoReturn:
    raise _RefusalError(refused(message, word=word))


def ask(
    endpoint: str,
    query: Mapping[str, str],
    body: dict[str, object] | None,
    options: Options,
    now: datetime,
) -> Question | Answer:
    """Return what is asked, or the refusal."""
    try:
        fields = _fields(endpoint, query, body, options)
        first, last = _window(fields, options, now)
        filters = _filters(endpoint, fields, options.failure)
        page, size = _page(query, options) if endpoint == PAGES else (1, 0)
    except _RefusalError as refusal:
        return refusal.answer
    return Question(endpoint, first, last, filters, page, size, too_old=_too_old(first, now))


def _fields(
    endpoint: str, query: Mapping[str, str], body: dict[str, object] | None, options: Options
) -> dict[str, object]:
    in_query = {"pageNo", "pageSize"} if endpoint == PAGES else set()
    # Fields in the query string are refused like no fields at all (contract, P).
    if body is None or set(query) - in_query:
        _refuse(INVALID_JSON, "false")
    if not body.get("userName"):
        raise _RefusalError(missing_credentials(200))
    if body["userName"] != options.username:
        raise _RefusalError(invalid_credentials())
    return body


def _too_old(first: datetime, now: datetime) -> bool:
    return first.date() < now.date() - KEPT


def _window(body: dict[str, object], options: Options, now: datetime) -> tuple[datetime, datetime]:
    word = options.failure
    # These two messages and their word are documented, those below are not (contract, D).
    if not body.get("fromDate") or not body.get("toDate"):
        _refuse("Missing fromDate and toDate", "fail")
    first, last = (_moment_of(name, body) for name in ("fromDate", "toDate"))
    if first.date() != last.date():
        _refuse("fromDate and toDate should be on the same day", word)
    if first > last:
        _refuse("fromDate should be before toDate", word)
    if first.date() > now.date():
        _refuse("fromDate should not be after the current date", word)
    if options.too_old == "refused" and _too_old(first, now):
        _refuse("fromDate should be within the last 15 days", word)
    return first, last


def _moment_of(name: str, body: dict[str, object]) -> datetime:
    found = moment(body[name])
    if found is None:
        message = f"Invalid {name} format. Please pass the date in the format yyyy-MM-dd HH:mm:ss"
        _refuse(message, "fail")
    return found


def _filters(endpoint: str, body: dict[str, object], word: str) -> dict[str, str]:
    # What an API that does not know a field does with it is not documented: here it is refused,
    # so that no client believes in a field that does not exist.
    if unknown := sorted(set(body) - _KNOWN):
        _refuse(f"Unknown field {unknown[0]}", word)
    filters = {name: _filter(name, body[name], word) for name in _FILTERS if name in body}
    if endpoint == ONE_CALL and "ucid" not in filters:
        _refuse("Missing ucid", word)
    if filters.get("campaignName", CAMPAIGNS[0]) not in CAMPAIGNS:
        _refuse("Invalid campaignName", word)
    return filters


def _filter(name: str, value: object, word: str) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    is_id = name in {"ucid", "monitorUCID"}
    if not isinstance(text, str) or not text or (is_id and not _DIGITS.fullmatch(text)):
        _refuse(f"Invalid {name}", word)
    return text


def _page(query: Mapping[str, str], options: Options) -> tuple[int, int]:
    for name in ("pageNo", "pageSize"):
        if not _DIGITS.fullmatch(query.get(name, "")) or int(query[name]) < 1:
            _refuse(f"Missing or invalid {name}", options.failure)
    size = int(query["pageSize"])
    if size > MOST_A_PAGE:
        _refuse(f"pageSize should not be more than {MOST_A_PAGE}", options.failure)
    return int(query["pageNo"]), min(size, options.page_cap)
