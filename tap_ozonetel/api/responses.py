"""Judges an answer of the API: the one place that tells records from refusals and faults.

Most failures come with HTTP 200, a gateway page can stand where an answer should be, and a body may
end in the middle (contract, "Responses"). So an answer is judged by its body, whole, before the
first record of it is used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum
from http import HTTPStatus
from typing import IO, Any

from tap_ozonetel.api.body import BrokenBodyError, envelope


class Verdict(Enum):
    """What an answer is."""

    RECORDS = "records"
    NO_CALLS = "a day without calls"
    TOKEN_REFUSED = "token refused"  # noqa: S105 - a verdict, not a password
    RATE_LIMITED = "rate-limited"
    TRY_AGAIN = "try again"
    REFUSED = "refused for good"


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on an answer, with what of the body matters beside its records."""

    verdict: Verdict
    #: The HTTP status and the API's own message, fit to be shown.
    reason: str
    #: A token that came along.
    token: str | None = None
    #: How many records there are in all pages.
    total: int | None = None


#: The words of success and failure that were seen, in lower case (contract, "Responses").
SUCCESS_WORDS = frozenset({"success", "true"})
FAILURE_WORDS = frozenset({"false", "fail", "failure", "error"})

_RATE_MESSAGE = re.compile(r"rate\s*limit", re.IGNORECASE)
_TOKEN_MESSAGE = re.compile(r"token|api\s*key", re.IGNORECASE)
# The whole message, so that "No record of this campaign" is no empty day.
_NO_DATA_MESSAGE = re.compile(
    r"\W*((no[\s_]*(data|records?|cdrs?|calls?)|(data|records?|cdrs?|calls?)[\s_]+not)"
    r"([\s_]*(found|available|exists?|present))?)([\s_]+(for|in|on|between)\b.*)?\W*",
    re.IGNORECASE | re.DOTALL,
)


def judge(status: int, body: IO[bytes], *, paginated: bool = False) -> Judgement:
    """Tell what an answer is.

    Args:
        status: The HTTP status.
        body: The whole body, anywhere; it is left anywhere.
        paginated: Whether the records must come with a `totalCount`.

    Returns:
        The verdict. A body that fits nothing is refused for good.
    """
    try:
        told = envelope(body)
    except BrokenBodyError:
        return Judgement(_verdict_without_body(status), f"HTTP {status} without a JSON answer")
    if not isinstance(told, dict):
        return Judgement(_verdict_without_answer(status), f"HTTP {status} with no JSON object")
    message = told.get("message")
    text = message if isinstance(message, str) else ""
    reason = f"HTTP {status}: {presentable(text)}" if text else f"HTTP {status}"
    total = _count(told.get("totalCount"))
    verdict = _verdict(status, told, text)
    if verdict is Verdict.RECORDS and paginated and total is None:
        verdict, reason = Verdict.REFUSED, f"HTTP {status}: records without a totalCount"
    elif verdict is Verdict.REFUSED and _word(told) in SUCCESS_WORDS:
        reason = f"{reason}, but no list of records"
    return Judgement(verdict, reason, token=_token(told), total=total)


def token_in(status: int, body: IO[bytes]) -> str | None:
    """The token that the token endpoint has made, None where the answer is none.

    It comes alone, or with a status and a message beside it (contract, "Authentication").
    """
    try:
        told = envelope(body)
    except BrokenBodyError:
        return None
    if not _is_answered(status) or not isinstance(told, dict) or _word(told) in FAILURE_WORDS:
        return None
    return _token(told)


def _token(told: dict[str, Any]) -> str | None:
    token = told.get("token")
    usable = isinstance(token, str) and re.fullmatch(r"[\x21-\x7e]+", token)
    return token if usable else None


def _verdict(status: int, told: dict[str, Any], message: str) -> Verdict:
    """The verdict on a JSON object: first what it says of itself, then the HTTP status."""
    word, details = _word(told), told.get("details")
    answered = _is_answered(status)
    if answered and word in SUCCESS_WORDS and isinstance(details, list):
        return Verdict.RECORDS if details else Verdict.NO_CALLS
    if status == HTTPStatus.TOO_MANY_REQUESTS or _RATE_MESSAGE.search(message):
        return Verdict.RATE_LIMITED
    if word not in SUCCESS_WORDS and _TOKEN_MESSAGE.search(message):
        return Verdict.TOKEN_REFUSED
    if answered and details in (None, []) and _NO_DATA_MESSAGE.fullmatch(message):
        return Verdict.NO_CALLS
    return _verdict_without_answer(status)


def _verdict_without_answer(status: int) -> Verdict:
    """The verdict where the body says nothing: what the HTTP status alone tells."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Verdict.RATE_LIMITED
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return Verdict.TOKEN_REFUSED
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return Verdict.TRY_AGAIN
    return Verdict.REFUSED


def _verdict_without_body(status: int) -> Verdict:
    """The verdict on what is no JSON: with 200 it is a gateway's page or a body cut short."""
    return Verdict.TRY_AGAIN if _is_answered(status) else _verdict_without_answer(status)


def _is_answered(status: int) -> bool:
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def _word(told: dict[str, Any]) -> str:
    """The word for success or failure, in lower case: `true` is as good as "True"."""
    status = told.get("status")
    return str(status).strip().lower() if isinstance(status, str | bool) else ""


def _count(value: object) -> int | None:
    """A count, sent as a number or as digits."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return value if type(value) is int and value >= 0 else None


def retry_after(value: str | None, now: float) -> float:
    """Seconds that a `Retry-After` header asks for, given as a number or as a date; 0 for none."""
    if not value:
        return 0.0
    try:
        return float(value) if value.strip().isdigit() else _until(value, now)
    except (OverflowError, TypeError, ValueError):
        return 0.0


def _until(date: str, now: float) -> float:
    return max(0.0, parsedate_to_datetime(date).timestamp() - now)


_LONGEST_SHOWN = 200

# Long words are keys or tokens, long runs of digits phone numbers or call ids.
_LONG_WORD = re.compile(r"\S{25,}")
_DIGITS = re.compile(r"\+?\d[\d\s./()-]{5,}\d")
_DATE_LIKE = re.compile(r"\d{4}-\d{2}-\d{2}( \d{2})?")


def presentable(message: str) -> str:
    """A message of the API as it may stand in a log: one short line without what is secret."""

    def hidden(found: re.Match[str]) -> str:
        return found.group() if _DATE_LIKE.fullmatch(found.group()) else "…"

    line = " ".join("".join(c if c.isprintable() else " " for c in message).split())
    line = _DIGITS.sub(hidden, _LONG_WORD.sub("…", line))
    return line if len(line) <= _LONGEST_SHOWN else f"{line[:_LONGEST_SHOWN]}…"
