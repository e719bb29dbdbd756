"""The command of a tap: its options, and one line on stderr for every error."""

from __future__ import annotations

import io
import logging
import os
import platform
import sys
from abc import abstractmethod
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, ClassVar

import click
from singer_sdk import Tap
from singer_sdk.cli import plugin_cli
from singer_sdk.exceptions import ConfigurationError, DiscoveryError, MappingError
from singer_sdk.plugin_base import SingerCommand
from singer_sdk.tap_base import CliTestOptionValue
from typing_extensions import override

from tap_ozonetel.errors import OzonetelError, RunError
from tap_ozonetel.singer.json_files import read_config_file
from tap_ozonetel.singer.log_config import configure_logging, log_level_variable
from tap_ozonetel.singer.message_writer import output_error, output_errors
from tap_ozonetel.singer.process import StoppedBySignal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from singer_sdk import Stream

#: The word for `--config` that reads the environment.
_ENV = "ENV"


class CommandLineTap(Tap):
    """A tap whose command reads its files and tests its connection differently from the SDK."""

    #: Packages whose versions `--about` shows, besides the SDK's.
    about_packages: ClassVar[Sequence[str]] = ()

    @abstractmethod
    def test_connection(self) -> None:
        """Test the connection."""

    def write_selected_schemas(self) -> None:
        """Write the SCHEMA messages of the selected streams.

        The SDK's `write_schemas` would select all streams.
        """
        for stream in self.selected_streams():
            # The SDK has no public name for it.
            stream._write_schema_message()  # noqa: SLF001

    def selected_streams(self) -> list[Stream]:
        """The streams to read, in the order in which they are read."""
        return [stream for stream in self.streams.values() if stream.selected]

    @override  # type: ignore[misc]
    def sync_all(self) -> None:
        """Sync the selected streams, also those after one that fails.

        The SDK marks its own as final. It would end at the first error, read the streams in the
        order of their names, and remove markers from the bookmarks of other taps.

        Raises:
            RunError: What no stream can be read with.
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
                _log_error(self.logger, error)
                failed += [each.name for each in streams[position:]]
                break
            except Exception as error:
                if len(streams) == 1:
                    raise
                _log_error(self.logger, error)
                failed.append(stream.name)
            # After an error too, so that the STATE of the next stream has no markers of this one.
            stream.finalize_state_progress_markers()
        if failed:
            raise OzonetelError(
                f"Not read completely: {', '.join(failed)}. Each error is in a line above"
            )

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
            cls(**settings, catalog=catalog, state=state).write_selected_schemas()
        else:
            cls(**settings, catalog=catalog, state=state).sync_all()

    @plugin_cli
    def cli(cls) -> click.Command:  # noqa: N805 - as in the SDK
        """The command."""
        return configure_logging(cls.name, lambda: super(CommandLineTap, cls).cli)


class OneLineErrorCommand(SingerCommand):
    """The SDK's command, with one line per error instead of a traceback."""

    @override
    def main(self, *args: Any, **kwargs: Any) -> Any:
        if sys.stdout is None:
            self.logger.error("stdout is closed. Redirect it to a target or a file")
            sys.exit(1)
        if isinstance(sys.stdout, io.TextIOWrapper):
            # Texts for people, in a terminal that cannot show all characters.
            sys.stdout.reconfigure(errors="backslashreplace")
        try:
            try:
                return super().main(*args, **kwargs)
            finally:
                _flush_stdout()
        except StoppedBySignal as stopped:
            self.logger.warning(
                "Stopped by %s. The state is the one of the last complete day; run again to "
                "continue there",
                stopped.name,
            )
            raise
        except Exception as error:  # noqa: BLE001 - every error is one line
            _log_error(self.logger, error)
            sys.exit(1)

    @override
    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        # --help and --version write their output here.
        with _named_broken_pipe():
            return super().make_context(*args, **kwargs)

    @override
    def invoke(self, ctx: click.Context) -> Any:
        with _named_broken_pipe():
            return super().invoke(ctx)


def _log_error(logger: logging.Logger, error: Exception) -> None:
    """Log an error in one line. At the level DEBUG, it has a traceback.

    In one record, because Meltano drops those of the level DEBUG.
    """
    with_traceback = logger.isEnabledFor(logging.DEBUG)
    logger.error("%s", _describe(error, logger.name), exc_info=error if with_traceback else None)


def _describe(error: Exception, name: str) -> str:
    """Describe an error without any of the data that it is about.

    Args:
        error: The error.
        name: The name of the tap.
    """
    if isinstance(error, OzonetelError):
        return str(error)
    hint = f"set {log_level_variable(name)}=debug for a traceback"
    if isinstance(error, ConfigurationError | DiscoveryError | MappingError):
        # Their messages have the names of settings, streams and fields, and the expressions of
        # maps.
        return f"{' '.join(str(error).split())} ({hint})"
    if isinstance(error, OSError):
        return f"{error.strerror or type(error).__name__} ({hint})"
    return f"{type(error).__name__} ({hint})"


@contextmanager
def _named_broken_pipe() -> Iterator[None]:
    """Convert a broken pipe before click sees it, which would exit without a message."""
    try:
        yield
    except BrokenPipeError as error:
        raise output_error(error) from error


def _flush_stdout() -> None:
    """Flush stdout before Python does, which would exit with 120 and without a message."""
    ended = sys.exception()
    try:
        sys.stdout.flush()
    except OSError as error:
        # What is left in the buffer goes nowhere, so that Python can flush it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        is_success = isinstance(ended, SystemExit) and not ended.code
        if ended is None or is_success or isinstance(ended, OSError):
            raise output_error(error) from None
