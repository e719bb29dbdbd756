"""The tap: its streams, and what they share."""

from __future__ import annotations

import copy
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
from tap_ozonetel.api.endpoint import CdrRequest
from tap_ozonetel.cli import with_one_line_errors
from tap_ozonetel.config.parsing import load_environment, parse_config, read_environment
from tap_ozonetel.config.schema import CONFIG_JSONSCHEMA
from tap_ozonetel.config.validation import validate_config as check_config
from tap_ozonetel.daily import DailyStream
from tap_ozonetel.days import Window
from tap_ozonetel.errors import ConfigError, OzonetelError
from tap_ozonetel.field_converters import check_schemas
from tap_ozonetel.signals import exit_on_signals
from tap_ozonetel.streams import CdrByUcid, CdrDetails, CdrPaginated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import click
    from singer_sdk import Stream
    from singer_sdk.helpers.capabilities import CapabilitiesEnum

    from tap_ozonetel.api.clock import Clock


class TapOzonetel(Tap):
    """A Singer tap for the call detail records of an Ozonetel CloudAgent account."""

    name = "tap-ozonetel"
    # A copy, because the SDK adds its own settings to it.
    config_jsonschema: ClassVar[dict[str, Any]] = copy.deepcopy(CONFIG_JSONSCHEMA)
    message_writer_class = MsgSpecWriter
    # Without BATCH: the SDK writes batches after the bookmarks of their days. Without
    # ACTIVATE_VERSION: targets would delete all calls except those that were looked up last.
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.STATE,
        TapCapabilities.DISCOVER,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]
    #: Tests set another clock.
    clock: ClassVar[Clock] = time

    # A private name of the SDK (see client.py for the others). `__init__` has already merged the
    # environment, and reported invalid values, which the SDK would not.
    _env_var_config: ClassVar[Mapping[str, Any]] = {}

    def __init__(
        self,
        *,
        config: dict[str, Any] | None = None,
        parse_env_config: bool = False,
        validate_config: bool = True,
        **options: Any,  # noqa: ANN401 - the other parameters of the SDK
    ) -> None:
        """Initialize the tap.

        Args:
            config: The settings.
            parse_env_config: Whether to read the environment, which takes precedence.
            validate_config: Whether to check the settings. Discovery does not need any.
            options: The other parameters of the SDK.

        Raises:
            ConfigError: A setting is missing or invalid.
            OzonetelError: Days are past the API's retention, and `on_retention_gap` is `fail`.
        """
        self.append_builtin_config(self.config_jsonschema)
        environment = load_environment() if parse_env_config else {}
        settings = parse_config(
            {**(config or {}), **read_environment(self.config_jsonschema, environment)},
            self.config_jsonschema,
        )
        if validate_config:
            check_config(settings, self.config_jsonschema)
        super().__init__(
            config=settings,
            parse_env_config=parse_env_config,
            validate_config=validate_config,
            **options,
        )
        exit_on_signals()
        if validate_config:
            self._preflight()

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
                stream.normalize_bookmark()

    def test_connection(self) -> None:
        """Test the connection with one token and one CDR request.

        Raises:
            OzonetelError: What does not work, and what to do.
        """
        stream = CdrDetails(self, self.account)
        stream.endpoint.fetch_once(CdrRequest(Window(self.account.today, 0, 59))).body.close()
        self.logger.info(
            "Connection test passed: the account accepts the credentials (auth_method: %s) and "
            "serves %s",
            self.account.config.auth_method,
            stream.name,
        )

    @classmethod
    @override
    def cb_test(cls, ctx: click.Context, param: click.Option, value: str) -> None:
        if value != CliTestOptionValue.All.value:
            super().cb_test(ctx, param, value)
            return
        # The SDK's test reads one record of every stream, and all 15 days if there are no calls.
        given = ctx.params["config"]
        cls(config=given.config, parse_env_config=given.parse_env).test_connection()
        ctx.exit()

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        return with_one_line_errors(super().get_singer_command())

    def _preflight(self) -> None:
        """Report what a user should know before the first request."""
        unknown = sorted(self.config.keys() - self.config_jsonschema["properties"].keys())
        if unknown:
            self.logger.warning("Ignoring unknown settings: %s", ", ".join(unknown))
        streams = [
            stream
            for stream in self.streams.values()
            if isinstance(stream, DailyStream) and stream.selected
        ]
        check_schemas(self.streams.values())
        # The days are fixed now: a day that goes past the retention during the run is an error.
        requests = {stream.name: len(stream.days) for stream in streams}
        gaps = {stream.name: stream.retention_gap for stream in streams if stream.retention_gap}
        if gaps:
            message = progress.retention_gap_message(gaps)
            if self.account.config.on_retention_gap == "fail":
                raise OzonetelError(f"{message}. {progress.RETENTION_GAP_ADVICE}")
            self.logger.warning("%s", message)
        if len(streams) > 1:
            self.logger.warning("%s", progress.duplicate_streams_message(requests))
