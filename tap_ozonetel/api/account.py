"""What the streams of a run share: one account, with its day, its limit and its token."""

from __future__ import annotations

import datetime as dt
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tap_ozonetel.api.account_cache import Ledger
from tap_ozonetel.api.auth import RateLimitedAuthenticator
from tap_ozonetel.api.rate_limiter import Clock, RollingWindow
from tap_ozonetel.config.parsing import Config, typed

if TYPE_CHECKING:
    from collections.abc import Mapping


class Account:
    """An account, made of the settings when it is first used: discovery has none."""

    def __init__(self, settings: Mapping[str, Any], clock: Clock = time) -> None:
        """Keep the settings for later.

        Args:
            settings: Checked, with defaults.
            clock: Tells the time and waits.
        """
        self._settings = settings
        self.clock = clock

    @cached_property
    def config(self) -> Config:
        """The settings as typed values."""
        return typed(self._settings)

    @cached_property
    def window(self) -> RollingWindow:
        """The account's limit."""
        return RollingWindow(
            self.config.rate_limit_requests,
            self.config.rate_limit_period,
            self._ledger,
            self.clock,
        )

    @cached_property
    def authenticator(self) -> RateLimitedAuthenticator:
        """The one authenticator of the account."""
        return RateLimitedAuthenticator(self.config, self.window, self._ledger, self.clock)

    @property
    def today(self) -> dt.date:
        """The account's own day."""
        return dt.datetime.fromtimestamp(self.clock.time(), tz=self.config.timezone).date()

    @cached_property
    def _ledger(self) -> Ledger:
        name = f"{self.config.api_url}\n{self.config.username}"
        return Ledger(self.config.cache_dir, name, self.clock)
