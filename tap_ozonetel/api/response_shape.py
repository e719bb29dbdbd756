"""Logs the shape of a response in one line, for reports of what the API sends."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tap_ozonetel.api.responses import ResponseKind
from tap_ozonetel.bodies.envelope import read_records
from tap_ozonetel.shapes.envelope import describe_envelope, describe_headers

if TYPE_CHECKING:
    from tap_ozonetel.api.responses import ClassifiedResponse
    from tap_ozonetel.transport.request import RawResponse


def log_shape(
    logger: logging.Logger, name: str, response: RawResponse, classified: ClassifiedResponse
) -> None:
    """Log the shape of a response at the level DEBUG, without any of its values.

    Args:
        logger: The logger.
        name: The endpoint, and what was requested.
        response: The response.
        classified: What it was classified as.
    """
    if logger.isEnabledFor(logging.DEBUG):
        logger.debug(
            "Shape of %s: HTTP %d, %s, %s bytes, %.1f s; %s",
            name,
            response.status,
            describe_headers(response.headers),
            f"{response.size:,}",
            response.elapsed,
            describe_envelope(classified.envelope, _count_records(response, classified)),
        )


def _count_records(response: RawResponse, classified: ClassifiedResponse) -> int | None:
    """Count the records, which takes another pass over the body. None if it is not successful."""
    match classified.kind:
        case ResponseKind.RECORDS if classified.rows is None:
            return sum(1 for _ in read_records(response.body))
        case ResponseKind.RECORDS | ResponseKind.EMPTY:
            return len(classified.rows or ())
    return None
