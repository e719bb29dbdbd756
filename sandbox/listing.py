"""The answer with records: which ones, in which spelling, in which envelope."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from sandbox.calls.days import MANY, Ended, day_of
from sandbox.cdr_request import DETAILS, ONE_CALL, PAGES, Question
from sandbox.responses import Answer, dumps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sandbox.options import Options

#: How an endpoint spells a field; what is not named is spelled canonically (contract, Records).
SPELLINGS = {
    DETAILS: {},
    PAGES: {
        "TransferredTo": "TransferTo",
        "WrapUpEndTime": "WrapupEndTime",
        "WrapUpStartTime": "WrapupStartTime",
        "WrapupDuration": "WrapUpDuration",
    },
    ONE_CALL: {"TransferredTo": "TransferTo", "WrapUpEndTime": "WrapupEndTime"},
}
_SUCCESS: dict[str, object] = {"success": "success", "true": "true", "boolean": True}
# Stand for the ids while a record is rendered once for all its copies.
_CALL_ID, _UCID = 11111111111111111, 22222222222222222
_PIECES = 64


@dataclass(slots=True)
class Listing:
    """What is in the body of an answer with records.

    Attributes:
        fields: Everything but ``details``.
        records: The rendered records.
        raw: Instead of an array of records: other JSON, or b"" to leave ``details`` out.
        count: How many records there are.
    """

    options: Options
    fields: dict[str, object]
    records: Iterable[bytes] = ()
    raw: bytes | None = None
    count: int = 0

    def pieces(self) -> Iterator[bytes]:
        """Yield the body."""
        head = dumps(self.fields)[1:-1]
        if self.raw == b"":
            yield b"{" + head + b"}"
            return
        first = self.options.details_first
        yield b'{"details":' if first else b"{" + head + b',"details":'
        if self.raw is None:
            yield from self._array()
        else:
            yield self.raw
        yield b"," + head + b"}" if first else b"}"

    def _array(self) -> Iterator[bytes]:
        yield b"["
        records, comma = iter(self.records), b""
        while batch := list(islice(records, _PIECES)):
            yield comma + b",".join(batch)
            comma = b","
        yield b"]"

    def answer(self) -> Answer:
        """Return the answer: with its length if it is small, in chunks if it is not."""
        pieces = self.pieces()
        body = b"".join(pieces) if self.count < MANY else pieces
        return Answer(200, body, "records" if self.count else "empty")


def wanted(options: Options, question: Question, now: datetime) -> Iterator[tuple[Ended, range]]:
    """Yield the legs that are asked for, and which copies of each."""
    day = day_of(options, question.first.date())
    filters = question.filters
    one_leg = "ucid" in filters or "monitorUCID" in filters
    for ended in day.as_of(now):
        record = ended.record
        if not question.first <= ended.leg.started <= question.last:
            continue
        if any(
            name in filters and str(record[named]).casefold() != filters[name].casefold()
            for name, named in (
                ("campaignName", "CampaignName"),
                ("callType", "Type"),
                ("status", "Status"),
            )
        ):
            continue
        if one_leg:
            for copy in range(ended.copies):
                call, ucid = map(str, day.ids(ended.leg, copy))
                if filters.get("ucid", ucid) == ucid and filters.get("monitorUCID", call) == call:
                    yield ended, range(copy, copy + 1)
        else:
            yield ended, range(ended.copies)


def rendered(
    options: Options, question: Question, now: datetime, start: int, most: int | None
) -> Iterator[bytes]:
    """Yield the records from ``start`` on, at most ``most``, as they are on the wire."""
    spelling = SPELLINGS[question.endpoint]
    day = day_of(options, question.first.date())
    for ended, numbers in wanted(options, question, now):
        if start >= len(numbers):
            start -= len(numbers)
            continue
        copies, start = numbers[start:], 0
        record = {**ended.record, "CallID": _CALL_ID, "UCID": _UCID}
        if options.ids == "text":
            record |= {"CallID": str(_CALL_ID), "UCID": str(_UCID)}
        text = dumps({spelling.get(name, name): value for name, value in record.items()})
        before, rest = text.split(str(_CALL_ID).encode())
        between, after = rest.split(str(_UCID).encode())
        for copy in copies:
            if most is not None:
                if not most:
                    return
                most -= 1
            call, ucid = day.ids(ended.leg, copy)
            yield b"%b%d%b%d%b" % (before, call, between, ucid, after)


def listing(options: Options, question: Question, now: datetime) -> Listing:
    """Return the answer to a question."""
    fields: dict[str, object] = {"status": _SUCCESS[options.success], "message": "success"}
    total = 0
    if not question.too_old:
        total = sum(len(copies) for _, copies in wanted(options, question, now))
    start = (question.page - 1) * question.size
    count = total
    if question.endpoint == PAGES:
        fields["totalCount"] = total if options.total == "number" else str(total)
        count = max(0, min(question.size, total - start))
    if total:
        most = question.size or None
        records = rendered(options, question, now, start, most) if count else ()
        return Listing(options, fields, records, count=count)
    if options.empty == "list":
        return Listing(options, fields)
    fields["message"] = options.empty_message
    return Listing(options, fields, raw=b"" if options.empty == "missing+message" else b"null")
