"""The tap: its streams, and what they share."""

from __future__ import annotations

import copy
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities
from typing_extensions import override

from tap_ozonetel.api.account import Account
from tap_ozonetel.config.environment import (
    find_unknown_names,
    load_environment,
    read_environment,
)
from tap_ozonetel.config.parsing import parse_config
from tap_ozonetel.config.schema import CONFIG_JSONSCHEMA
from tap_ozonetel.config.validation import validate_config as check_config
from tap_ozonetel.errors import OzonetelError
from tap_ozonetel.records.converters import check_schemas
from tap_ozonetel.singer.base import BaseTap
from tap_ozonetel.singer.catalog import read_catalog
from tap_ozonetel.singer.catalog_entry import StreamDefinition
from tap_ozonetel.singer.json_files import read_document
from tap_ozonetel.singer.selection import check_selection
from tap_ozonetel.streams import progress
from tap_ozonetel.streams.agent_summary import AgentSummary
from tap_ozonetel.streams.bookmark import read_bookmarks
from tap_ozonetel.streams.calls import CdrByUcid, CdrDetails, CdrPaginated
from tap_ozonetel.streams.connection import check_connection
from tap_ozonetel.streams.incremental import IncrementalStream

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from singer_sdk import Stream
    from singer_sdk.helpers.capabilities import CapabilitiesEnum

    from tap_ozonetel.api.clock import Clock
    from tap_ozonetel.streams.base import OzonetelStream


#: The streams in the order in which they are read.
_STREAMS: tuple[type[OzonetelStream], ...] = (
    CdrDetails,
    CdrPaginated,
    CdrByUcid,
    AgentSummary,
)
_DEFINITIONS = {
    each.name: StreamDefinition(each.schema, tuple(each.primary_keys), each.replication_key)
    for each in _STREAMS
}


class TapOzonetel(BaseTap):
    """A Singer tap for the calls and the agent summary of an Ozonetel CloudAgent account."""

    name = "tap-ozonetel"
    # A copy, because the SDK adds its own settings to it.
    config_jsonschema: ClassVar[dict[str, Any]] = copy.deepcopy(CONFIG_JSONSCHEMA)
    about_packages = ("requests", "urllib3")
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

    # A private name of the SDK (see streams/base.py for the others). `__init__` has already merged
    # the environment, and reported invalid values, which the SDK would not.
    _env_var_config: ClassVar[Mapping[str, Any]] = {}

    def __init__(
        self,
        *,
        config: dict[str, Any] | None = None,
        catalog: object = None,
        state: object = None,
        parse_env_config: bool = False,
        validate_config: bool = True,
        **options: Any,  # noqa: ANN401 - the other parameters of the SDK
    ) -> None:
        """Check the settings, the catalog and the state, and what the run will read.

        The parameters are those of the SDK. The environment takes precedence over `config`, and
        discovery does not need valid settings.

        Raises:
            ConfigError: The config, the catalog or the state is missing something or is invalid.
            OzonetelError: There is nothing to read, or days are past the API's retention, and
                `on_retention_gap` is `fail`.
        """
        self.append_builtin_config(self.config_jsonschema)
        environment = load_environment() if parse_env_config else {}
        settings = parse_config(
            {**(config or {}), **read_environment(self.config_jsonschema, environment)},
            self.config_jsonschema,
        )
        if validate_config:
            check_config(settings, self.config_jsonschema)
        self._checked_catalog = read_catalog(catalog, _DEFINITIONS)
        super().__init__(
            config=settings,
            catalog=self._checked_catalog.catalog if self._checked_catalog else None,
            state={"bookmarks": read_bookmarks(*read_document(state, "The state"))},
            parse_env_config=parse_env_config,
            validate_config=validate_config,
            **options,
        )
        for warning in find_unknown_names(self.config_jsonschema, settings, environment):
            self.logger.warning("%s", warning)
        if validate_config:
            self._preflight()

    @cached_property
    def account(self) -> Account:
        """What the streams share."""
        return Account(self.config, self.clock)

    @override
    def discover_streams(self) -> Sequence[Stream]:
        return [stream(self, self.account) for stream in _STREAMS]

    @override
    def selected_streams(self) -> list[Stream]:
        # In this order, because the API serves calls for 15 days only.
        return [self.streams[each.name] for each in _STREAMS if self.streams[each.name].selected]

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        bookmarks = read_bookmarks(state)
        own: dict[str, dict[str, Any]] = {}
        for name, stream in self.streams.items():
            bookmark = bookmarks.pop(name, None)
            if isinstance(stream, IncrementalStream):
                own[name] = stream.read_state(bookmark)
        super().load_state({"bookmarks": own})
        if bookmarks:
            # Those of other taps. The SDK could not load them if they are not objects.
            self.state.setdefault("bookmarks", {}).update(bookmarks)

    @override
    def test_connection(self) -> None:
        """Test the connection with one token and one CDR request.

        Raises:
            OzonetelError: The test failed. The message has the reason and what to do.
        """
        for line in check_connection(CdrDetails(self, self.account)):
            self.logger.info("%s", line)

    def _preflight(self) -> None:
        """Report what a user should know before the first request."""
        self._check_selection()
        check_schemas(self.streams.values())
        days = {
            stream.name: stream.run_days
            for stream in self.streams.values()
            if isinstance(stream, IncrementalStream) and stream.selected
        }
        idle = {name: each.idle_reason for name, each in days.items() if each.idle_reason}
        if idle:
            self._warn_or_fail(progress.idle_message(idle))
        # The days are fixed now: a day that goes past the retention during the run is an error.
        gaps = {name: each.retention_gap for name, each in days.items() if each.retention_gap}
        if any(map(len, gaps.values())):
            self._warn_or_fail(progress.retention_gap_message(gaps), progress.RETENTION_GAP_ADVICE)
        elif gaps:
            self.logger.warning("%s", progress.retention_gap_message(gaps))
        requests = {
            name: len(each.span.days) if each.span else 0
            for name, each in days.items()
            if each.oldest
        }
        if len(requests) > 1:
            self.logger.warning("%s", progress.duplicate_streams_message(requests))

    def _warn_or_fail(self, message: str, advice: str = "") -> None:
        """Warn, or fail with advice if `on_retention_gap` is `fail`."""
        if self.account.config.on_retention_gap == "fail":
            raise OzonetelError(f"{message}{advice}")
        self.logger.warning("%s", message)

    def _check_selection(self) -> None:
        """Report what is wrong with the selection, and whether there is nothing to read."""
        has_calls = bool(self.account.config.calls)
        warnings, nothing_to_read = check_selection(
            self.streams.values(),
            self._checked_catalog,
            {} if has_calls else {CdrByUcid.name: "the setting calls is empty"},
        )
        for warning in warnings:
            self.logger.warning("%s", warning)
        if nothing_to_read:
            self._warn_or_fail(nothing_to_read)
