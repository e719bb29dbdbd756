"""What can go wrong, in the words that end a run."""

from __future__ import annotations


class OzonetelError(Exception):
    """The run ends here; the message is one line: what happened and what to do.

    Messages name settings, days, statuses and the API's own `message`, never a key, a token, a
    phone number or the body of an answer.
    """


class ConfigError(OzonetelError):
    """A setting is missing or has a value that cannot be used."""


class TryAgainError(OzonetelError):
    """A passing fault: the same request may well be answered in a moment."""


class GatewayTimeoutError(TryAgainError):
    """The gateway or the connection gave up waiting: the window may hold too many calls."""


class RateLimitedError(OzonetelError):
    """The account's budget was spent when the request arrived."""


class TokenRefusedError(OzonetelError):
    """The account did not accept the token or the key that came with a request."""


class WindowTooBigError(OzonetelError):
    """A window timed out as often as is tried before it is cut in half."""
