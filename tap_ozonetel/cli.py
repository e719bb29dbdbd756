"""The command line: every error is one line on stderr, with an exit code."""

from __future__ import annotations

import functools
import logging
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from singer_sdk.plugin_base import SingerCommand
from typing_extensions import override

from tap_ozonetel.errors import OzonetelError
from tap_ozonetel.signals import StoppedBySignal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import click

logger = logging.getLogger("tap-ozonetel")

STOPPED_READING = "The target has stopped reading. See its log for the reason"


class OneLineErrorCommand(SingerCommand):
    """The SDK's command, with one line per error instead of a traceback."""

    @override
    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().main(*args, **kwargs)
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
        try:
            # Options such as --discover write their output here, and end with an exception.
            with _flushed_stdout():
                return super().make_context(*args, **kwargs)
        except BrokenPipeError as error:
            # click would exit without a message.
            raise OzonetelError(STOPPED_READING) from error


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
            with _flushed_stdout():
                return callback(*args, **kwargs)
        except OzonetelError as error:
            # The SDK would log "Config validation failed" as a second line.
            _fail(str(error), error)
        except BrokenPipeError as error:
            # click would exit without a message.
            _fail(STOPPED_READING, error)

    return wrapper


@contextmanager
def _flushed_stdout() -> Iterator[None]:
    """Flush stdout while an error can still be reported."""
    try:
        yield
    finally:
        if sys.stdout is not None:
            sys.stdout.flush()


def _fail(message: str, error: Exception) -> NoReturn:
    logger.error("%s", message)
    logger.debug("Traceback:", exc_info=error)
    sys.exit(1)


def _describe(error: Exception) -> str:
    """Describe an unexpected error without any of the data that it is about."""
    hint = "set TAP_OZONETEL_LOGLEVEL=debug for a traceback"
    if isinstance(error, FileNotFoundError):
        return f"{error.args[0] if len(error.args) == 1 else error.strerror} ({hint})"
    if isinstance(error, OSError):
        return f"{error.strerror or type(error).__name__} ({hint})"
    if isinstance(error, ValueError) and "json" in type(error).__module__:
        return "A file of the command line is not JSON"
    return f"{type(error).__name__} ({hint})"
