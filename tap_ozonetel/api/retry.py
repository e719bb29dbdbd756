"""The retry rules: for transient errors, an exceeded rate limit, and rejected credentials."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, TypeVar

import backoff

from tap_ozonetel.errors import (
    OzonetelError,
    RateLimitedError,
    RunError,
    TransientError,
    UnauthorizedError,
    UnreachableError,
)

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

    from backoff.types import Details

    from tap_ozonetel.api.auth import RateLimitedAuthenticator
    from tap_ozonetel.api.rate_limiter import RateLimiter

T = TypeVar("T")

#: How often a request is sent when it meets transient errors.
MAX_TRIES = 8

#: How often in a row a request is retried when the API reports an exceeded rate limit.
MAX_RATE_LIMIT_RETRIES = 10

#: How often a request is sent when its token is rejected. A bound in case other clients of the
#: account keep making tokens, each of which invalidates the previous one.
MAX_TOKEN_TRIES = 6


def retry_transient(
    send: Callable[[], T], request: object, period: float, logger: logging.Logger
) -> T:
    """Retry transient errors with exponential backoff.

    Args:
        send: Sends the request.
        request: The name of the request in the log.
        period: The period of the rate limit in seconds, which is the longest wait.
        logger: Logs each retry.

    Raises:
        OzonetelError: The last try failed too.
    """

    def add_jitter(seconds: float) -> float:
        return min(period, seconds * random.uniform(1, 2))  # noqa: S311 - not cryptography

    def log_retry(details: Details) -> None:
        logger.warning(
            "%s: %s; retrying in %.3g s (try %d of %d)",
            request,
            details["exception"],
            details["wait"],
            details["tries"] + 1,
            MAX_TRIES,
        )

    # `logger=None`: backoff would log the exceptions in its own words.
    retrying = backoff.on_exception(
        backoff.expo,
        TransientError,
        factor=period / 30,
        jitter=add_jitter,
        max_tries=MAX_TRIES,
        on_backoff=log_retry,
        logger=None,
    )
    try:
        return retrying(send)()
    except TransientError as error:
        kind = RunError if isinstance(error, UnreachableError) else OzonetelError
        raise kind(
            f"{MAX_TRIES} tries failed, the last with: {error}. Run again to continue here"
        ) from error


def retry_rate_limited(
    send: Callable[[], T], request: object, limiter: RateLimiter, logger: logging.Logger
) -> T:
    """Retry a request as soon as the rate limiter permits it.

    These retries do not count as tries of `retry_transient`.

    Args:
        send: Acquires a permit of the rate limiter and sends the request.
        request: The name of the request in the log.
        limiter: The account's rate limiter.
        logger: Logs each retry.

    Raises:
        OzonetelError: The rate limit was exceeded too often in a row.
    """

    def log_retry(_: Details) -> None:
        wait = limiter.seconds_until(1)
        logger.warning("%s: rate limit exceeded; retrying in %.3g s", request, wait)

    retrying = backoff.on_exception(
        backoff.constant,
        RateLimitedError,
        interval=0,
        jitter=None,
        max_tries=MAX_RATE_LIMIT_RETRIES + 1,
        on_backoff=log_retry,
        logger=None,
    )
    try:
        return retrying(send)()
    except RateLimitedError as error:
        raise OzonetelError(
            f"Rate limit exceeded {MAX_RATE_LIMIT_RETRIES + 1} times in a row ({error}): something "
            "else uses the account's requests. Stop it, or run at another time"
        ) from error


def retry_unauthorized(send: Callable[[], T], authenticator: RateLimitedAuthenticator) -> T:
    """Retry a request with another token as long as that may help.

    A token that is only seconds old is tried again after a wait. If another run has stored a newer
    token, that one is used. Otherwise one new token is requested.

    Args:
        send: Sends the request with the authenticator's token.
        authenticator: The account's authenticator.

    Raises:
        RunError: The API rejects the credentials.
    """
    refreshed = False
    for tries_left in reversed(range(MAX_TOKEN_TRIES)):
        try:
            return send()
        except UnauthorizedError as error:
            reason = error
        if not authenticator.uses_tokens or not tries_left:
            break
        if authenticator.token_was_replaced():
            continue
        if refreshed:
            break
        if authenticator.wait_for_activation():
            continue
        authenticator.wait_for_other_clients()
        if authenticator.token_was_replaced():
            continue
        refreshed = True
        authenticator.refresh_token()
    raise RunError(authenticator.rejection_message(reason)) from reason
