"""The tap: which streams there are, and what they share."""

from __future__ import annotations

import copy
import os
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import Tap
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities
from singer_sdk.tap_base import CliTestOptionValue
from typing_extensions import override

from tap_ozonetel import progress
from tap_ozonetel.api.account import Account
from tap_ozonetel.cli import one_line, stop_on_signals
from tap_ozonetel.client import Page
from tap_ozonetel.config.parsing import from_environment, normalised
from tap_ozonetel.config.schema import SCHEMA
from tap_ozonetel.config.validation import check
from tap_ozonetel.daily import DailyStream
from tap_ozonetel.days import Window
from tap_ozonetel.errors import ConfigError, OzonetelError
from tap_ozonetel.streams import CdrByUcid, CdrDetails, CdrPaginated

if TYPE_CHECKING:
    from collections.abc import Sequence

    import click
    from singer_sdk import Stream
    from singer_sdk.helpers.capabilities import CapabilitiesEnum

    from tap_ozonetel.api.rate_limiter import Clock


class TapOzonetel(Tap):
    """A Singer tap for the call detail records of an Ozonetel CloudAgent account."""

    name = "tap-ozonetel"
    # A copy, since the SDK adds settings of its own to it.
    config_jsonschema: ClassVar[dict[str, Any]] = copy.deepcopy(SCHEMA)
    message_writer_class = MsgSpecWriter
    # No batches: the SDK writes them at the end, behind the bookmarks of their days. And no
    # activate-version: it tells a target to delete all calls but those that were looked up last.
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.STATE,
        TapCapabilities.DISCOVER,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]
    #: Tells the time and waits; tests bring another.
    clock: ClassVar[Clock] = time

    def __init__(
        self,
        *,
        config: dict[str, Any] | None = None,
        parse_env_config: bool = False,
        validate_config: bool = True,
        **rest: Any,  # noqa: ANN401 - what the SDK takes besides
    ) -> None:
        """Make the tap.

        Args:
            config: The settings.
            parse_env_config: Whether those in the environment go before.
            validate_config: Whether to refuse what cannot be used; discovery needs no settings.
            rest: What the SDK takes besides.

        Raises:
            ConfigError: A setting is missing or cannot be used.
            OzonetelError: Days are gone for ever, and the settings say to fail.
        """
        self.append_builtin_config(self.config_jsonschema)
        environment = os.environ if parse_env_config else {}
        settings = normalised(
            {**(config or {}), **from_environment(self.config_jsonschema, environment)},
            self.config_jsonschema,
        )
        if validate_config:
            check(settings, self.config_jsonschema)
        super().__init__(config=settings, validate_config=validate_config, **rest)
        stop_on_signals()
        if validate_config:
            self._look_ahead()

    @cached_property
    def account(self) -> Account:
        """What the streams share."""
        return Account(self.config, self.clock)

    @override
    def discover_streams(self) -> Sequence[Stream]:
        return [stream(self, self.account) for stream in (CdrDetails, CdrPaginated, CdrByUcid)]

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        bookmarks: object = state.get("bookmarks", {})
        if not isinstance(bookmarks, dict) or any(
            not isinstance(bookmark, dict) for bookmark in bookmarks.values()
        ):
            raise ConfigError("The state must be an object with the bookmarks of the streams")
        super().load_state(state)
        for stream in self.streams.values():
            if isinstance(stream, DailyStream):
                stream.put_bookmark_right()

    def test_connection(self) -> None:
        """See whether the account lets itself be read, with one token and one CDR request.

        Raises:
            OzonetelError: What does not work, and what to do.
        """
        stream = CdrDetails(self, self.account)
        window = Window(self.account.today, 0, 59)
        stream.ask(Page(window), f"{window}", once=True).body.close()
        self.logger.info(
            "The account accepts the credentials (auth_method: %s) and answers %s requests",
            self.account.config.auth_method,
            stream.name,
        )

    @classmethod
    @override
    def cb_test(cls, ctx: click.Context, param: click.Option, value: str) -> None:
        if value != CliTestOptionValue.All.value:
            super().cb_test(ctx, param, value)
            return
        # The SDK's own test reads a record of every stream: of an empty account, 15 days.
        given = ctx.params["config"]
        cls(config=given.config, parse_env_config=given.parse_env).test_connection()
        ctx.exit()

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        return one_line(super().get_singer_command())

    def _look_ahead(self) -> None:
        """Say, or refuse, what should be known before the first request."""
        unknown = sorted(self.config.keys() - self.config_jsonschema["properties"].keys())
        if unknown:
            self.logger.warning("There are no such settings: %s", ", ".join(unknown))
        streams = [
            stream
            for stream in self.streams.values()
            if isinstance(stream, DailyStream) and stream.selected
        ]
        gaps = [
            f"{stream.name} {progress.stretch(stream.lost_days)}"
            for stream in streams
            if stream.lost_days
        ]
        if gaps:
            message = progress.gone(gaps)
            if self.account.config.on_retention_gap == "fail":
                raise OzonetelError(f"{message}. {progress.AFTER_A_GAP}")
            self.logger.warning("%s", message)
        if len(streams) > 1:
            self.logger.warning("%s", progress.read_twice({s.name: len(s.days) for s in streams}))
