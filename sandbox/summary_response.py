"""Responses to summary requests (docs/ozonetel-api.md, "Agent state summary")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.calls.agent_summary import agent_summary
from sandbox.records_response import SUCCESS_VALUES, RecordsResponse
from sandbox.responses import dump_json
from sandbox.summary_request import ERROR, SummaryRequest

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.options import Options


def build_summary_response(
    options: Options, request: SummaryRequest, now: datetime
) -> RecordsResponse:
    """Return the response to a valid request.

    Args:
        options: Options of the account.
        request: The request.
        now: The account's local time.
    """
    rows = [
        row
        for row in agent_summary(options, request.first, request.last, now)
        if (request.agent_ids is None or row["AgentUniqueID"] in request.agent_ids)
        and (request.modes is None or row["ModeType"] in request.modes)
    ]
    if not rows:
        fields: dict[str, object] = {"status": ERROR, "message": "No Data Found"}
        return RecordsResponse(fields, replacement=b"")
    records, success = list(map(dump_json, rows)), SUCCESS_VALUES[options.success]
    if options.summary_shape == "details":
        fields = {"message": "success", "status": success}
        return RecordsResponse(fields, records, len(records), records_first=True)
    return RecordsResponse(
        {"status": success},
        records,
        len(records),
        records_field="message",
        as_object=options.summary_shape == "message-object" and len(records) == 1,
    )
