"""One request, tried until there is an answer, with the patience that its limit calls for."""

from __future__ import annotations

import random
from dataclasses import dataclass
from http import HTTPStatus
from typing import IO, TYPE_CHECKING

import backoff

from tap_ozonetel.api import responses as answers
from tap_ozonetel.api import transport
from tap_ozonetel.api.responses import Judgement, Verdict
from tap_ozonetel.errors import (
    GatewayTimeoutError,
    OzonetelError,
    RateLimitedError,
    TokenRefusedError,
    TryAgainError,
    WindowTooBigError,
)

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

    import requests
    from backoff.types import Details
    from singer_sdk.streams.rest import HTTPRequest

    from tap_ozonetel.api.account import Account
    from tap_ozonetel.api.auth import Turn

#: How often a window is tried when it meets passing faults.
MOST_TRIES = 8

#: How often in a row the account may refuse a request for the rate and be waited for.
MOST_RATE_REFUSALS = 10

#: A window that timed out as often as this is cut in half.
TIMEOUTS_BEFORE_CUT = 2


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked."""

    http: HTTPRequest
    #: The day or the window, for the log.
    label: str
    #: Whether the window can be cut in half, should it be too much for the gateway.
    can_be_cut: bool = False
    paginated: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer; `body` is the caller's to close."""

    body: IO[bytes]
    has_records: bool
    #: How many records there are in all pages, for a paginated question with records.
    total: int | None


class Exchange:
    """Gets the answers of one stream."""

    def __init__(self, session: requests.Session, account: Account, logger: logging.Logger) -> None:
        """Set whom to ask.

        Args:
            session: Sends the requests.
            account: Whose limit and token they take.
            logger: The stream's.
        """
        self._session = session
        self._account = account
        self._logger = logger

    def answer(self, question: Question) -> Answer:
        """Ask until there is an answer.

        Args:
            question: What to ask.

        Returns:
            The whole answer, judged good.

        Raises:
            WindowTooBigError: The window should be cut in half.
            OzonetelError: There is no good answer to be had.
        """
        timeouts = 0

        def ask() -> Answer:
            nonlocal timeouts
            try:
                return self._account.authenticator.with_accepted_token(lambda: self._once(question))
            except GatewayTimeoutError as fault:
                timeouts += 1
                if question.can_be_cut and timeouts == TIMEOUTS_BEFORE_CUT:
                    raise WindowTooBigError(str(fault)) from fault
                raise

        try:
            return self._patient(ask, question.label)()
        except RateLimitedError as refusal:
            msg = (
                f"Refused for the rate {MOST_RATE_REFUSALS + 1} times in a row ({refusal}): "
                "something else uses this account's requests. Stop it, or run at another time"
            )
            raise OzonetelError(msg) from refusal
        except TryAgainError as fault:
            msg = f"No answer in {MOST_TRIES} tries, the last: {fault}. Run again to go on here"
            raise OzonetelError(msg) from fault

    def answer_once(self, question: Question) -> Answer:
        """Ask with one token and one request, whatever comes.

        Args:
            question: What to ask.

        Returns:
            The whole answer, judged good.

        Raises:
            OzonetelError: There was no good answer.
        """
        authenticator = self._account.authenticator
        try:
            # A token that an earlier run has left would say nothing of the key. And since nothing
            # is tried twice, the new one gets the seconds that it may need.
            authenticator.renew()
            return authenticator.with_accepted_token(lambda: self._once(question), tries=1)
        except RateLimitedError as refusal:
            msg = f"Refused for the rate ({refusal}): something else uses this account's requests"
            raise OzonetelError(msg) from refusal
        except TryAgainError as fault:
            msg = f"No answer: {fault}. Try again in a moment"
            raise OzonetelError(msg) from fault

    def _patient(self, ask: Callable[[], Answer], label: str) -> Callable[[], Answer]:
        """Repeat what may pass: a refusal for the rate costs no try of the others."""
        period = self._account.config.rate_limit_period

        def jittered(seconds: float) -> float:
            return min(period, seconds * random.uniform(1, 2))  # noqa: S311 - no cryptography

        def say(details: Details) -> None:
            self._logger.warning(
                "%s: %s; try %d of %d in %.3g s",
                label,
                details["exception"],
                details["tries"] + 1,
                MOST_TRIES,
                details["wait"],
            )

        def say_refused(_: Details) -> None:
            wait = self._account.window.seconds_until(1)
            self._logger.warning("%s: refused for the rate; trying again in %.3g s", label, wait)

        # `logger=None`: backoff's own would log the exceptions in its words. After a refusal for
        # the rate the waiting is done in the limiter, for all streams and runs of the account.
        unrefused = backoff.on_exception(
            backoff.constant,
            RateLimitedError,
            interval=0,
            jitter=None,
            max_tries=MOST_RATE_REFUSALS + 1,
            on_backoff=say_refused,
            logger=None,
        )
        unbroken = backoff.on_exception(
            backoff.expo,
            TryAgainError,
            factor=period / 30,
            jitter=jittered,
            max_tries=MOST_TRIES,
            on_backoff=say,
            logger=None,
        )
        return unbroken(unrefused(ask))

    def _once(self, question: Question) -> Answer:
        """Send the request, once, with a permit and a token, and judge what comes."""
        request = question.http
        with self._account.authenticator.turn() as turn:
            reply = transport.send(
                self._session,
                request.method,
                request.url,
                read_timeout=self._account.config.request_timeout,
                params=request.params,
                json=request.data,
                headers=request.headers,
                auth=self._account.authenticator,
            )
            try:
                judged = answers.judge(reply.status, reply.body, paginated=question.paginated)
                self._tell(turn, judged, reply)
            except BaseException:
                reply.body.close()
                raise
        return Answer(reply.body, judged.verdict is Verdict.RECORDS, judged.total)

    def _tell(self, turn: Turn, judged: Judgement, reply: transport.Reply) -> None:
        """Note what a refusal says of the account, and raise what is no good answer."""
        verdict, reason = judged.verdict, judged.reason
        if verdict in {Verdict.RECORDS, Verdict.NO_CALLS}:
            return
        if judged.token:
            turn.adopt(judged.token)
        if verdict is Verdict.RATE_LIMITED:
            asked_for = reply.headers.get("Retry-After")
            turn.refused_for_rate(answers.retry_after(asked_for, self._account.clock.time()))
            raise RateLimitedError(reason)
        if verdict is Verdict.TOKEN_REFUSED:
            raise TokenRefusedError(reason)
        if verdict is Verdict.TRY_AGAIN:
            timed_out = reply.status == HTTPStatus.GATEWAY_TIMEOUT
            raise GatewayTimeoutError(reason) if timed_out else TryAgainError(reason)
        raise _refusal(reply.status, reason)


def _refusal(status: int, reason: str) -> OzonetelError:
    """What is refused for good, with what to look at."""
    redirected = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
    if redirected or status in {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}:
        advice = "Check the setting api_url"
    else:
        advice = "Check the settings that its message is about, or ask Ozonetel's support"
    return OzonetelError(f"The API refused the request ({reason}). {advice}")
