"""Responses with records: which records, which spelling, which envelope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.calls.days import LegSnapshot, day_of
from sandbox.cdr_request import DETAILS, ONE_CALL, PAGES, CdrRequest
from sandbox.records_response import SUCCESS_VALUES, RecordsResponse
from sandbox.responses import dump_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sandbox.options import Options

#: Field names that differ from the canonical ones (docs/ozonetel-api.md, "Records").
FIELD_NAMES = {
    DETAILS: {},
    PAGES: {
        "TransferredTo": "TransferTo",
        "WrapUpEndTime": "WrapupEndTime",
        "WrapUpStartTime": "WrapupStartTime",
        "WrapupDuration": "WrapUpDuration",
    },
    ONE_CALL: {"TransferredTo": "TransferTo", "WrapUpEndTime": "WrapupEndTime"},
}
_FILTERED_FIELDS = (("campaignName", "CampaignName"), ("callType", "Type"), ("status", "Status"))
# Documented as a filter, but records have the other word (docs/ozonetel-api.md, "Two dialects").
_FILTER_VALUES = {"notanswered": "unanswered"}
# Placeholders for the ids: a record is rendered once for all its copies.
_CALL_ID, _UCID = 11111111111111111, 22222222222222222


def build_response(options: Options, request: CdrRequest, now: datetime) -> RecordsResponse:
    """Return the response to a valid request.

    Args:
        options: Options of the account.
        request: The request.
        now: The account's local time.
    """
    fields: dict[str, object] = {"status": SUCCESS_VALUES[options.success], "message": "success"}
    total = 0
    if not request.too_old:
        total = sum(len(copies) for _, copies in _select(options, request, now))
    start = (request.page - 1) * request.size
    count = total
    if request.endpoint == PAGES:
        fields["totalCount"] = total if options.total == "number" else str(total)
        count = max(0, min(request.size, total - start))
    if total:
        limit = request.size or None
        records = _render(options, request, now, start, limit) if count else ()
        return RecordsResponse(fields, records, count, records_first=options.details_first)
    response = RecordsResponse(fields, records_first=options.details_first)
    if options.empty != "list":
        fields["message"] = options.empty_message
        response.replacement = b"" if options.empty == "missing+message" else b"null"
    return response


def _select(
    options: Options, request: CdrRequest, now: datetime
) -> Iterator[tuple[LegSnapshot, range]]:
    """Yield the requested legs, and the requested copies of each."""
    day = day_of(options, request.first.date())
    filters = request.filters
    for snapshot in day.as_of(now):
        if not request.first <= snapshot.leg.started <= request.last:
            continue
        if not _matches(snapshot, filters):
            continue
        if "ucid" not in filters and "monitorUCID" not in filters:
            yield snapshot, range(snapshot.copies)
            continue
        for copy in range(snapshot.copies):
            call, ucid = map(str, day.ids(snapshot.leg, copy))
            if filters.get("ucid", ucid) == ucid and filters.get("monitorUCID", call) == call:
                yield snapshot, range(copy, copy + 1)


def _matches(snapshot: LegSnapshot, filters: Mapping[str, str]) -> bool:
    wanted = {field: filters[name] for name, field in _FILTERED_FIELDS if name in filters}
    if not wanted:
        return True
    record = snapshot.record()
    for field, value in wanted.items():
        word = value.casefold()
        if str(record[field]).casefold() != _FILTER_VALUES.get(word, word):
            return False
    return True


def _render(
    options: Options, request: CdrRequest, now: datetime, start: int, limit: int | None
) -> Iterator[bytes]:
    """Yield the JSON of at most ``limit`` records, beginning with record ``start``."""
    names = FIELD_NAMES[request.endpoint]
    day = day_of(options, request.first.date())
    ids_as_text = day.has_past_dialect(now) if options.ids == "dialect" else options.ids == "text"
    placeholders: dict[str, object] = {"CallID": _CALL_ID, "UCID": _UCID}
    if ids_as_text:
        placeholders = {name: str(value) for name, value in placeholders.items()}
    for snapshot, selected in _select(options, request, now):
        if start >= len(selected):
            start -= len(selected)
            continue
        copies, start = selected[start:], 0
        record = {**snapshot.record(), **placeholders}
        text = dump_json({names.get(name, name): value for name, value in record.items()})
        before, rest = text.split(str(_CALL_ID).encode())
        between, after = rest.split(str(_UCID).encode())
        for copy in copies:
            if limit is not None:
                if not limit:
                    return
                limit -= 1
            call, ucid = day.ids(snapshot.leg, copy)
            yield b"%b%d%b%d%b" % (before, call, between, ucid, after)
