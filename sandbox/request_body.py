"""Parses the JSON body of a request, whichever report it asks for."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import NoReturn

from sandbox.responses import Response, error_response

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)


def parse_timestamp(text: object) -> datetime | None:
    """Parse ``YYYY-MM-DD HH:MM:SS``; return None for anything else."""
    if not isinstance(text, str) or not _TIMESTAMP.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def parse_body(raw: bytes) -> dict[str, object] | None:
    """Parse the JSON object of a request; return None for anything else."""
    try:
        body = json.loads(raw)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


class RejectedError(Exception):
    """The request is invalid; ``response`` is the error to return."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.outcome)
        self.response = response


def reject(message: str, word: str) -> NoReturn:
    """Raise the error for an invalid request.

    Args:
        message: Value of ``message``.
        word: Value of ``status``.

    Raises:
        RejectedError: Always.
    """
    raise RejectedError(error_response(message, word=word))
