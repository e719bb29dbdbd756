"""Classifies the responses of the agent summary (docs/ozonetel-api.md, "Agent state summary")."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import IO

from tap_ozonetel.api.responses import (
    SUCCESS_WORDS,
    ClassifiedResponse,
    ResponseKind,
    classify_envelope,
    is_success,
    reject_without_records,
    status_word,
)
from tap_ozonetel.bodies.chunks import find_records_start
from tap_ozonetel.errors import GatewayTimeoutError

#: Cap on the size of a response with its rows under `message`, which are in memory as a whole: 30
#: days of some 4,000 agents.
MAX_MESSAGE_BYTES = 64 * 1024**2


def classify_summary_response(
    status: int, body: IO[bytes], *, charset: str | None = None, replace_broken: bool = False
) -> ClassifiedResponse:
    """Classify a response of the summary endpoint by its whole body and its HTTP status.

    The rows come under `details`, or under `message`: a list of rows, or the only row.

    Args:
        status: The HTTP status.
        body: The body, which is repaired if only a lenient reader accepts it.
        charset: The charset that the response declares.
        replace_broken: Whether to replace records that are not JSON by null.

    Raises:
        GatewayTimeoutError: The rows are under `message`, and too many for one response.
    """
    if body.seek(0, os.SEEK_END) > MAX_MESSAGE_BYTES and not find_records_start(body):
        raise GatewayTimeoutError(
            f"the response has more than {MAX_MESSAGE_BYTES:,} bytes, and no list of details"
        )
    envelope, response = classify_envelope(status, body, charset, replace_broken=replace_broken)
    message = envelope.get("message")
    if (
        is_success(status)
        and status_word(envelope) in SUCCESS_WORDS
        and not envelope.get("details")
        and isinstance(message, list | dict)
    ):
        rows = [message] if isinstance(message, dict) and message else list(message)
        return replace(
            response, kind=ResponseKind.RECORDS if rows else ResponseKind.EMPTY, rows=rows
        )
    return reject_without_records(envelope, response)
