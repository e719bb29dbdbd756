"""Parses and validates summary requests (docs/ozonetel-api.md, "Agent state summary")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn

from sandbox.calls.agent_summary import MODES
from sandbox.calls.fake_data import agents
from sandbox.request_body import RejectedError, parse_timestamp, reject
from sandbox.responses import INVALID_JSON, Response, invalid_credentials

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from sandbox.options import Options

#: Value of ``status`` in all errors of this report.
ERROR = "error"
_MAX_RANGE = timedelta(days=30)
_KNOWN_FIELDS = {"fromDate", "toDate", "userName", "agentId", "modeType"}


@dataclass(frozen=True, slots=True)
class SummaryRequest:
    """A valid summary request.

    Attributes:
        first: First day.
        last: Last day, included.
        agent_ids: ``AgentUniqueID`` of the requested agents; None for all.
        modes: Requested values of ``ModeType``; None for all.
    """

    first: date
    last: date
    agent_ids: frozenset[str] | None = None
    modes: frozenset[str] | None = None


def parse_summary_request(
    query: Mapping[str, str], body: dict[str, object] | None, options: Options
) -> SummaryRequest | Response:
    """Validate a summary request.

    Args:
        query: Query parameters.
        body: JSON object of the body; None if there is none.
        options: Options of the account.

    Returns:
        The request, or the error to return.
    """
    try:
        fields = _check_account(query, body, options)
        first, last = _parse_range(fields)
        agent_ids = [agent.id for agent in agents(options.seed)]
        return SummaryRequest(
            first.date(),
            last.date(),
            agent_ids=_parse_filter(fields, "agentId", agent_ids, "agentId is Invalid"),
            modes=_parse_filter(fields, "modeType", MODES, "Mode Type is Invalid"),
        )
    except RejectedError as error:
        return error.response


def _reject(message: str) -> NoReturn:
    reject(message, ERROR)


def _check_account(
    query: Mapping[str, str], body: dict[str, object] | None, options: Options
) -> dict[str, object]:
    if body is None or query:
        _reject(INVALID_JSON)
    if not body.get("userName"):
        _reject("userName should not be empty")
    if body["userName"] != options.username:
        raise RejectedError(invalid_credentials(ERROR))
    # As for CDR requests: no client should rely on a field that does not exist.
    if unknown := sorted(set(body) - _KNOWN_FIELDS):
        _reject(f"Unknown field {unknown[0]}")
    return body


def _parse_range(body: dict[str, object]) -> tuple[datetime, datetime]:
    first, last = (parse_timestamp(body.get(name)) for name in ("fromDate", "toDate"))
    if first is None or last is None:
        _reject("From and To Date should be in yyyy-mm-dd HH:mm:ss Format")
    if first > last:
        _reject("From Date Should not be Greater than To Date")
    if last - first > _MAX_RANGE:
        _reject("Difference Between From and To Date should not be Greater than 30 Days")
    return first, last


def _parse_filter(
    body: dict[str, object], name: str, allowed: tuple[str, ...] | list[str], message: str
) -> frozenset[str] | None:
    """Parse comma-separated values, in any case."""
    if name not in body:
        return None
    by_word = {value.casefold(): value for value in allowed}
    text = body[name]
    words = [word.strip().casefold() for word in text.split(",")] if isinstance(text, str) else [""]
    if not by_word.keys() >= set(words):
        _reject(message)
    return frozenset(by_word[word] for word in words)
