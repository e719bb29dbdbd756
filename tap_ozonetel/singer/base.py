"""The base class of a tap: its command's options, and the sync of all streams."""

from __future__ import annotations

import platform
from abc import abstractmethod
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, ClassVar

import click
from singer_sdk import Tap
from singer_sdk.cli import plugin_cli
from singer_sdk.tap_base import CliTestOptionValue
from typing_extensions import override

from tap_ozonetel.errors import OzonetelError, RunError
from tap_ozonetel.singer.command import OneLineErrorCommand, log_error
from tap_ozonetel.singer.json_files import read_config_file
from tap_ozonetel.singer.log_config import configure_logging
from tap_ozonetel.singer.message_writer import MessageWriter, output_errors
from tap_ozonetel.singer.process import exit_on_signals
from tap_ozonetel.singer.stream_maps import build_mapper

if TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_sdk import Stream

#: The value of `--config` that reads the environment.
_ENV = "ENV"


class BaseTap(Tap):
    """A tap that reads its files, tests its connection and syncs differently from the SDK."""

    #: Packages whose versions `--about` shows, besides the SDK's.
    about_packages: ClassVar[Sequence[str]] = ()
    message_writer_class = MessageWriter

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - the parameters of the SDK
        super().__init__(**options)
        # After the SDK, which sets its own handlers.
        exit_on_signals()

    @classmethod
    @override
    def append_builtin_config(cls, config_jsonschema: dict[str, Any]) -> None:
        super().append_builtin_config(config_jsonschema)
        # The SDK's schema of this setting is not valid: it has a string in place of a schema at
        # `__else__`, which ends in an AttributeError. The tap validates the setting.
        maps = config_jsonschema["properties"]["stream_maps"]
        config_jsonschema["properties"]["stream_maps"] = {
            key: maps[key] for key in ("type", "title", "description")
        }

    @override
    def setup_mapper(self) -> None:
        self.mapper = build_mapper(self.config, self.streams.values(), self.logger)

    @abstractmethod
    def test_connection(self) -> None:
        """Test the connection."""

    def selected_streams(self) -> list[Stream]:
        """The streams to read, in the order in which they are read."""
        return [stream for stream in self.streams.values() if stream.selected]

    @override  # type: ignore[misc]
    def sync_all(self) -> None:
        """Sync the selected streams, including those after one that fails.

        The SDK marks its own as final. It would end at the first error, read the streams in the
        order of their names, and remove markers from the bookmarks of other taps.

        Raises:
            RunError: An error that every other stream would meet too.
            OzonetelError: Several streams are selected, and at least one of them failed. Each error
                has been logged.
            Exception: The error of the only stream.
        """
        if self.state:
            self.state_writer.write_state(self.state)
        streams = self.selected_streams()
        failed: list[str] = []
        for position, stream in enumerate(streams):
            try:
                stream.sync()
            except RunError as error:
                if not failed:
                    raise
                log_error(self.logger, error)
                failed += [each.name for each in streams[position:]]
                break
            except Exception as error:
                if len(streams) == 1:
                    raise
                log_error(self.logger, error)
                failed.append(stream.name)
            # After an error too, so that the STATE of the next stream has no markers of this one.
            stream.finalize_state_progress_markers()
        if failed:
            raise OzonetelError(f"Not read completely: {', '.join(failed)}. See the errors above")

    @classmethod
    @override
    def print_about(cls, output_format: str | None = None) -> None:
        super().print_about(output_format)
        if output_format is None:
            click.echo(f"Installed Versions:\n  - Python: {platform.python_version()}")
            for package in ("singer-sdk", *cls.about_packages):
                click.echo(f"  - {package}: {version(package)}")

    @classmethod
    @override
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> Any:
        given = super().cb_config(ctx, param, tuple(path for path in value if path == _ENV))
        for path in value:
            if path != _ENV:
                given.config |= read_config_file(path)
        return given

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        command = super().get_singer_command()
        for option in command.params:
            if option.name in {"discover", "test"}:
                # `invoke` does their work. The SDK's connection test reads one record of every
                # stream, and all 15 days if there are no calls; its schema test has no catalog.
                option.callback, option.expose_value = None, True
            if option.name == "test":
                option.type = click.Choice([each.value for each in CliTestOptionValue])
                option.help = (
                    "Test the connection and the credentials, or with --test=schema write the "
                    "SCHEMA messages of the selected streams without a request."
                )
            elif option.name in {"catalog", "state"}:
                # The SDK would open the file and would not name it in an error.
                option.type = click.STRING
        return OneLineErrorCommand(
            name=command.name,
            callback=command.callback,
            params=command.params,
            help=command.help,
            context_settings=command.context_settings,
            logger=cls.logger,
        )

    @classmethod
    @override
    def invoke(
        cls,
        *,
        discover: bool = False,
        test: str = CliTestOptionValue.Disabled.value,
        about: bool = False,
        about_format: str | None = None,
        config: Any = None,
        catalog: Any = None,
        state: Any = None,
        **others: Any,
    ) -> None:
        del others
        if about:
            with output_errors():
                super().invoke(about=about, about_format=about_format)
        cls.print_version(print_fn=cls.logger.info)
        settings: dict[str, Any] = {"config": config.config, "parse_env_config": config.parse_env}
        if discover:
            tap = cls(**settings, validate_config=False, setup_mapper=False)
            with output_errors():
                tap.run_discovery()
        elif test == CliTestOptionValue.All.value:
            cls(**settings).test_connection()
        elif test == CliTestOptionValue.Schema.value:
            # The SDK's `write_schemas` would select all streams.
            for stream in cls(**settings, catalog=catalog, state=state).selected_streams():
                stream._write_schema_message()  # noqa: SLF001 - it has no public name
        else:
            cls(**settings, catalog=catalog, state=state).sync_all()

    @plugin_cli
    def cli(cls) -> click.Command:  # noqa: N805 - as in the SDK
        """The command."""
        return configure_logging(cls.name, lambda: super(BaseTap, cls).cli)
