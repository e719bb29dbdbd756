"""The tries of a request, and the budgets of its retries.

The budgets are nested: all tries of one line count as one try of the line below it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, TypeVar

import backoff

from tap_ozonetel.api.request import TokenUse
from tap_ozonetel.errors import RateLimitedError, TransientError, UnauthorizedError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from backoff.types import Details

    from tap_ozonetel.api.request import Request

T = TypeVar("T")

#: How often a request is sent when its token is rejected. A bound in case other clients of the
#: account keep requesting tokens, each of which invalidates the previous one.
MAX_TOKEN_TRIES = 6

#: How often in a row a request is sent when the API reports an exceeded rate limit.
MAX_RATE_LIMIT_TRIES = 11

#: How often a request is sent when it meets transient errors.
MAX_TRIES = 8

#: A request that timed out as often as this is split.
TIMEOUTS_BEFORE_SPLIT = 2

#: The longest that a request waits in total because of other requests of the account. The API's
#: limits are per minute and, for tokens, per hour (docs/ozonetel-api.md, "Limits").
MAX_WAIT_SECONDS = 3600.0


@dataclass(slots=True)
class Attempt:
    """A request, and what became of its tries."""

    request: Request
    token_use: TokenUse = field(default_factory=TokenUse)
    timeouts: int = 0
    #: How long the tries have waited for each other, in seconds.
    waited: float = 0.0
    #: The digests of the responses that were not JSON.
    malformed: set[bytes] = field(default_factory=set)


def with_retries(
    send: Callable[[Attempt], T],
    period: float,
    *,
    on_unauthorized: Callable[[Details], None],
    on_rate_limited: Callable[[Details], None],
    on_transient: Callable[[Details], None],
) -> Callable[[Attempt], T]:
    """Make a function that sends a request until a retry no longer helps.

    Args:
        send: Sends the request once. It waits for the permit of the rate limit itself.
        period: The period of the rate limit in seconds.
        on_unauthorized: Renews the credentials before the next try.
        on_rate_limited: Called before the next try.
        on_transient: Called before the next try.

    Returns:
        A function that raises the error of the last try. Any of the three functions can end the
        tries with an error.
    """
    # The next try waits for its permit.
    no_wait = partial(backoff.constant, 0)
    for error, max_tries, waits, on_retry in (
        (UnauthorizedError, MAX_TOKEN_TRIES, no_wait, on_unauthorized),
        (RateLimitedError, MAX_RATE_LIMIT_TRIES, no_wait, on_rate_limited),
        (TransientError, MAX_TRIES, partial(_exponential_wait, period), on_transient),
    ):
        # `logger=None`: backoff would log the exceptions in its own words.
        send = backoff.on_exception(
            waits,
            error,
            max_tries=max_tries,
            jitter=None,
            on_backoff=on_retry,
            logger=None,
        )(send)
    return send


def _exponential_wait(period: float) -> Generator[float, None, None]:
    """Wait twice as long each time, with jitter, up to one period."""
    yield 0  # backoff discards the first value
    for number in count():
        jitter = random.uniform(1, 2)  # noqa: S311 - not cryptography
        yield min(period, period / 30 * 2**number * jitter)
