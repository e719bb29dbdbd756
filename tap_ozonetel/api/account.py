"""An account: what all its streams share."""

from __future__ import annotations

import datetime as dt
import logging
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tap_ozonetel.api.account_cache import AccountCache
from tap_ozonetel.api.authenticator import RateLimitedAuthenticator
from tap_ozonetel.api.rate_limit import RateLimit
from tap_ozonetel.config.parsing import Config, build_config
from tap_ozonetel.transport.headers import parse_http_date

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_ozonetel.api.clock import Clock


logger = logging.getLogger("tap-ozonetel.account")

#: A smaller difference is not worth a warning.
MAX_CLOCK_DIFFERENCE_SECONDS = 3600.0


class Account:
    """An account with its config, rate limits and authenticator.

    Everything is created on first use, because discovery has no settings.

    Args:
        settings: Validated settings, with defaults.
        clock: The clock to use.
    """

    def __init__(self, settings: Mapping[str, Any], clock: Clock = time) -> None:
        self._settings = settings
        self.clock = clock
        self._has_checked_clock = False

    @cached_property
    def config(self) -> Config:
        """The settings as typed values."""
        return build_config(self._settings)

    @cached_property
    def cdr_limit(self) -> RateLimit:
        """The rate limit that the CDR endpoints share."""
        config = self.config
        return RateLimit(config.rate_limit_requests, config.rate_limit_period, lambda entry: entry)

    @cached_property
    def summary_limit(self) -> RateLimit:
        """The rate limit of the summary endpoint."""
        config = self.config
        return RateLimit(
            config.summary_rate_limit_requests,
            config.rate_limit_period,
            lambda entry: entry.summary,
        )

    @cached_property
    def authenticator(self) -> RateLimitedAuthenticator:
        """The authenticator of all requests."""
        name = f"{self.config.api_url}\n{self.config.username}"
        cache = AccountCache(self.config.cache_dir, name, self.clock, self.config.request_timeout)
        return RateLimitedAuthenticator(self.config, cache, self.clock)

    @property
    def now(self) -> dt.datetime:
        """The current time in the account's time zone."""
        return dt.datetime.fromtimestamp(self.clock.time(), tz=self.config.timezone)

    @property
    def today(self) -> dt.date:
        """The current day in the account's time zone."""
        return self.now.date()

    def check_clock(self, date: str | None, sent_at: float) -> None:
        """Warn once if the server's clock differs by more than an hour from this machine's.

        A wrong clock makes a run read the wrong days.

        Args:
            date: The `Date` header of a response, which may have taken long to arrive.
            sent_at: When its request was sent, in seconds since the epoch.
        """
        server = parse_http_date(date)
        if server is None or self._has_checked_clock:
            return
        self._has_checked_clock = True
        # 0 if the server's time is between the sending of the request and now.
        ahead = max(sent_at - server, min(self.clock.time() - server, 0.0))
        if abs(ahead) > MAX_CLOCK_DIFFERENCE_SECONDS:
            logger.warning(
                "The clock of this machine is %.1f hours %s the server's. Correct it, because it "
                "determines which days are read",
                abs(ahead) / 3600,
                "ahead of" if ahead > 0 else "behind",
            )
