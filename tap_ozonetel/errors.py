"""The errors of the tap."""

from __future__ import annotations


class OzonetelError(Exception):
    """Base class of the tap's errors. It ends the stream that is being read.

    The message is one line: what happened and what to do. It may name settings, days,
    HTTP statuses and the API's own `message`, but never an API key, a token, a phone number or a
    response body.
    """


class RunError(OzonetelError):
    """An error that every other stream would meet too. It ends the run at once.

    Rejected credentials, no token, a network that needs another set-up, no connection, a full disk,
    or a target that has stopped reading. After any other error the next stream is read.
    """


class ConfigError(OzonetelError):
    """The config, catalog or state is missing something or has an invalid value."""


class TransientError(OzonetelError):
    """A request failed in a way that may pass: it is worth a retry."""


class UnreachableError(TransientError):
    """There was no connection, so the request was not sent."""


class GatewayTimeoutError(TransientError):
    """A request timed out. The requested span may have too many records."""


class ResponseTooLargeError(OzonetelError):
    """A response is larger than the limit. The same request would get it again."""


class RateLimitedError(OzonetelError):
    """The account's rate limit was exceeded when the request arrived."""


class UnauthorizedError(OzonetelError):
    """The API rejected the token or the API key of a request."""


class RejectedError(OzonetelError):
    """The API rejected a request, and a retry would not help."""


class UnusableRecordError(OzonetelError):
    """A record of the API cannot become a record of the stream."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The API sent a record {reason}")
        #: What is wrong with the record, such as "with neither CallID nor UCID".
        self.reason = reason


class SpanTooLargeError(OzonetelError):
    """A span of time has too many records for one response, and should be split."""
