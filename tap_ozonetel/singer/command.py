"""The command of a tap: every error is one line on stderr, with an exit code."""

from __future__ import annotations

import io
import logging
import sys
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import ConfigurationError, DiscoveryError, MappingError
from singer_sdk.plugin_base import SingerCommand
from typing_extensions import override

from tap_ozonetel.errors import OzonetelError
from tap_ozonetel.singer.log_config import log_level_variable
from tap_ozonetel.singer.message_writer import output_errors
from tap_ozonetel.singer.process import StoppedBySignal

if TYPE_CHECKING:
    import click


class OneLineErrorCommand(SingerCommand):
    """The SDK's command, with one line per error instead of a traceback."""

    @override
    def main(self, *args: Any, **kwargs: Any) -> Any:
        if sys.stdout is None:
            self.logger.error("stdout is closed. Redirect it to a target or a file")
            sys.exit(1)
        if isinstance(sys.stdout, io.TextIOWrapper):
            # For --about in a terminal that cannot show all characters.
            sys.stdout.reconfigure(errors="backslashreplace")
        try:
            return super().main(*args, **kwargs)
        except StoppedBySignal as stopped:
            self.logger.warning(
                "Stopped by %s. The state is at the last complete day; run again to continue from "
                "there",
                stopped.name,
            )
            raise
        except Exception as error:  # noqa: BLE001 - every error is one line
            log_error(self.logger, error)
            sys.exit(1)

    @override
    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        # --help and --version write their output here. After a broken pipe, click exits without a
        # message.
        with output_errors():
            return super().make_context(*args, **kwargs)


def log_error(logger: logging.Logger, error: Exception) -> None:
    """Log an error in one line. At the level DEBUG, it has a traceback.

    In one record, because Meltano drops those of the level DEBUG.
    """
    with_traceback = logger.isEnabledFor(logging.DEBUG)
    logger.error("%s", _describe(error, logger.name), exc_info=error if with_traceback else None)


def _describe(error: Exception, name: str) -> str:
    """Describe an error of a tap without any of the data that it is about."""
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
