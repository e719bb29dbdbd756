"""The command line: every error is one line on stderr, with an exit code."""

from __future__ import annotations

import functools
import logging
import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from singer_sdk.exceptions import ConfigurationError, DiscoveryError, MappingError
from singer_sdk.plugin_base import SingerCommand
from typing_extensions import override

from tap_ozonetel.errors import OzonetelError
from tap_ozonetel.singer.message_writer import output_error
from tap_ozonetel.singer.process import StoppedBySignal

if TYPE_CHECKING:
    from collections.abc import Callable

    import click

logger = logging.getLogger("tap-ozonetel")


class OneLineErrorCommand(SingerCommand):
    """The SDK's command, with one line per error instead of a traceback."""

    @override
    def main(self, *args: Any, **kwargs: Any) -> Any:
        if sys.stdout is None:
            _fail("stdout is closed. Redirect it to a target or a file")
        try:
            try:
                return super().main(*args, **kwargs)
            finally:
                _flush_stdout()
        except StoppedBySignal as stopped:
            logger.warning(
                "Stopped by %s. The state is the one of the last complete day; run again to "
                "continue there",
                stopped.name,
            )
            raise
        except OzonetelError as error:
            _fail(str(error), error)
        except Exception as error:  # noqa: BLE001 - every error is one line
            _fail(_describe(error), error)

    @override
    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        # --help and --version write their output here. click exits silently if that fails.
        try:
            return super().make_context(*args, **kwargs)
        except BrokenPipeError as error:
            raise output_error(error) from error


def with_one_line_errors(command: click.Command) -> click.Command:
    """Make a command that ends with one line on an error.

    Args:
        command: The SDK's command.
    """
    return OneLineErrorCommand(
        name=command.name,
        callback=command.callback and _with_own_errors(command.callback),
        params=command.params,
        help=command.help,
        context_settings=command.context_settings,
        logger=logger,
    )


def _with_own_errors(callback: Callable[..., Any]) -> Callable[..., Any]:
    """Report errors before click and the SDK do."""

    @functools.wraps(callback)
    def wrapper(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - those of the callback
        try:
            return callback(*args, **kwargs)
        except OzonetelError as error:
            # The SDK would log "Config validation failed" as a second line.
            _fail(str(error), error)
        except BrokenPipeError as error:
            # click would exit without a message.
            _fail(str(output_error(error)), error)

    return wrapper


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


def _fail(message: str, error: Exception | None = None) -> NoReturn:
    # In one record, because Meltano drops those of the level DEBUG.
    logger.error("%s", message, exc_info=error if logger.isEnabledFor(logging.DEBUG) else None)
    sys.exit(1)


def _describe(error: Exception) -> str:
    """Describe an unexpected error without any of the data that it is about."""
    hint = "set TAP_OZONETEL_LOGLEVEL=debug for a traceback"
    if isinstance(error, ConfigurationError | DiscoveryError | MappingError):
        # Their texts have the names of settings, streams and fields, and the expressions of maps.
        return f"{' '.join(str(error).split())} ({hint})"
    if isinstance(error, OSError):
        return f"{error.strerror or type(error).__name__} ({hint})"
    return f"{type(error).__name__} ({hint})"
