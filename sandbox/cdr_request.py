"""Parses and validates CDR requests (docs/ozonetel-api.md, "Request body")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sandbox.calls.fake_data import CAMPAIGNS
from sandbox.request_body import RejectedError, parse_timestamp, reject
from sandbox.responses import INVALID_JSON, Response, invalid_credentials, missing_credentials

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.options import Options

DETAILS, PAGES, ONE_CALL = "fetchCDRDetails", "fetchCdrByPagination", "fetchCdrByUCID"
ENDPOINTS = (DETAILS, PAGES, ONE_CALL)
#: Maximum of ``pageSize`` (docs/ozonetel-api.md, "Hosts and endpoints").
MAX_PAGE_SIZE = 500
#: The oldest day served is this long before today (docs/ozonetel-api.md, "Limits").
RETENTION = timedelta(days=14)

_FILTERS = ("ucid", "campaignName", "callType", "status", "monitorUCID")
_KNOWN_FIELDS = {"fromDate", "toDate", "userName", *_FILTERS}
_DIGITS = re.compile(r"\d+", re.ASCII)


@dataclass(frozen=True, slots=True)
class CdrRequest:
    """A valid CDR request.

    Attributes:
        endpoint: Last segment of the path.
        first: Start of the window, inclusive, in local time.
        last: End of the window, inclusive, in local time.
        filters: Optional filters by their names in the request.
        page: Page number, from 1.
        size: Page size; 0 for endpoints without pages.
        too_old: Whether the day is past the retention.
    """

    endpoint: str
    first: datetime
    last: datetime
    filters: Mapping[str, str]
    page: int = 1
    size: int = 0
    too_old: bool = False


def parse_request(
    endpoint: str,
    query: Mapping[str, str],
    body: dict[str, object] | None,
    options: Options,
    now: datetime,
) -> CdrRequest | Response:
    """Validate a CDR request.

    Args:
        endpoint: Last segment of the path.
        query: Query parameters.
        body: JSON object of the body; None if there is none.
        options: Options of the account.
        now: The account's local time.

    Returns:
        The request, or the error to return.
    """
    try:
        fields = _check_account(endpoint, query, body, options)
        first, last = _parse_window(fields, options, now)
        filters = _parse_filters(endpoint, fields, options.failure)
        page, size = _parse_page(query, options) if endpoint == PAGES else (1, 0)
    except RejectedError as error:
        return error.response
    return CdrRequest(endpoint, first, last, filters, page, size, too_old=_is_too_old(first, now))


def _check_account(
    endpoint: str, query: Mapping[str, str], body: dict[str, object] | None, options: Options
) -> dict[str, object]:
    allowed = {"pageNo", "pageSize"} if endpoint == PAGES else set()
    # Fields in the query string get the same error as a missing body
    # (docs/ozonetel-api.md, "Hosts and endpoints").
    if body is None or set(query) - allowed:
        reject(INVALID_JSON, "false")
    if not body.get("userName"):
        raise RejectedError(missing_credentials(200))
    if body["userName"] != options.username:
        raise RejectedError(invalid_credentials())
    return body


def _is_too_old(first: datetime, now: datetime) -> bool:
    return first.date() < now.date() - RETENTION


def _parse_window(
    body: dict[str, object], options: Options, now: datetime
) -> tuple[datetime, datetime]:
    word = options.failure
    # The messages for missing and malformed dates are documented, the ones below are not
    # (docs/ozonetel-api.md, "Responses").
    if not body.get("fromDate") or not body.get("toDate"):
        reject("Missing fromDate and toDate", "fail")
    first, last = (_parse_date_field(name, body) for name in ("fromDate", "toDate"))
    if first.date() != last.date():
        reject("fromDate and toDate should be on the same day", word)
    if first > last:
        reject("fromDate should be before toDate", word)
    if first.date() > now.date():
        reject("fromDate should not be after the current date", word)
    if options.too_old == "rejected" and _is_too_old(first, now):
        reject("fromDate should be within the last 15 days", word)
    return first, last


def _parse_date_field(name: str, body: dict[str, object]) -> datetime:
    found = parse_timestamp(body[name])
    if found is None:
        message = f"Invalid {name} format. Please pass the date in the format yyyy-MM-dd HH:mm:ss"
        reject(message, "fail")
    return found


def _parse_filters(endpoint: str, body: dict[str, object], word: str) -> dict[str, str]:
    # It is not documented what the API does with unknown fields. The sandbox rejects them, so that
    # no client relies on a field that does not exist.
    if unknown := sorted(set(body) - _KNOWN_FIELDS):
        reject(f"Unknown field {unknown[0]}", word)
    filters = {name: _parse_filter(name, body[name], word) for name in _FILTERS if name in body}
    if endpoint == ONE_CALL and "ucid" not in filters:
        reject("Missing ucid", word)
    if filters.get("campaignName", CAMPAIGNS[0]) not in CAMPAIGNS:
        reject("Invalid campaignName", word)
    return filters


def _parse_filter(name: str, value: object, word: str) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    is_id = name in {"ucid", "monitorUCID"}
    if not isinstance(text, str) or not text or (is_id and not _DIGITS.fullmatch(text)):
        reject(f"Invalid {name}", word)
    return text


def _parse_page(query: Mapping[str, str], options: Options) -> tuple[int, int]:
    for name in ("pageNo", "pageSize"):
        if not _DIGITS.fullmatch(query.get(name, "")) or int(query[name]) < 1:
            reject(f"Missing or invalid {name}", options.failure)
    size = int(query["pageSize"])
    if size > MAX_PAGE_SIZE:
        reject(f"pageSize should not be more than {MAX_PAGE_SIZE}", options.failure)
    return int(query["pageNo"]), min(size, options.page_cap)
