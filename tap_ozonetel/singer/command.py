"""The command of a tap: every error is one line on stderr, with an exit code."""

from __future__ import annotations

import io
import logging
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import ConfigurationError, DiscoveryError, MappingError
from singer_sdk.plugin_base import SingerCommand
from typing_extensions import override

from tap_ozonetel.errors import OzonetelError
from tap_ozonetel.singer.log_config import log_level_variable
from tap_ozonetel.singer.message_writer import output_error
from tap_ozonetel.singer.process import StoppedBySignal

if TYPE_CHECKING:
    from collections.abc import Iterator

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
            try:
                return super().main(*args, **kwargs)
            finally:
                _flush_stdout()
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
        # --help and --version write their output here.
        with _named_broken_pipe():
            return super().make_context(*args, **kwargs)

    @override
    def invoke(self, ctx: click.Context) -> Any:
        with _named_broken_pipe():
            return super().invoke(ctx)


def log_error(logger: logging.Logger, error: Exception) -> None:
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
