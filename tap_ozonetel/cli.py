"""The command line: every way to fail is one line on stderr and an exit code."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any, NoReturn

from singer_sdk.plugin_base import SingerCommand
from typing_extensions import override

from tap_ozonetel.errors import OzonetelError

if TYPE_CHECKING:
    from types import FrameType

    import click

logger = logging.getLogger("tap-ozonetel")


class Stopped(SystemExit):
    """A signal ends the run; the exit code is that of a process that the signal has killed."""

    def __init__(self, signum: int) -> None:
        """Keep the signal."""
        super().__init__(128 + signum)
        self.name = signal.Signals(signum).name


def stop_on_signals() -> None:
    """End the run on SIGTERM and Ctrl-C with their exit codes.

    The SDK exits with 0, so that a sync that was killed looks like one that is finished. No STATE
    is written here: that of the last whole day is out, and in the middle of a line it would tear
    the line.
    """

    def stop(signum: int, _: FrameType | None) -> NoReturn:
        raise Stopped(signum)

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)


class OneLineCommand(SingerCommand):
    """The SDK's command, which ends in one line instead of a traceback."""

    @override
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            # Click would end the run without a word.
            _end("The target has stopped reading; its own log says why", error)

    @override
    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().main(*args, **kwargs)
        except Stopped as stopped:
            logger.warning(
                "Stopped by %s. The state is that of the last whole day; run again to go on there",
                stopped.name,
            )
            raise
        except OzonetelError as error:
            _end(str(error), error)
        except Exception as error:  # noqa: BLE001 - whatever it is, it ends in one line
            _end(_unforeseen(error), error)


def _end(message: str, error: Exception) -> NoReturn:
    logger.error("%s", message)
    logger.debug("Where this came from:", exc_info=error)
    sys.exit(1)


def _unforeseen(error: Exception) -> str:
    """An error that is not of our making, in words that quote nothing of what it was about."""
    more = "set TAP_OZONETEL_LOGLEVEL=debug to see where"
    if isinstance(error, FileNotFoundError):
        return f"{error.args[0] if len(error.args) == 1 else error.strerror} ({more})"
    if isinstance(error, OSError):
        return f"{error.strerror or type(error).__name__} ({more})"
    if isinstance(error, ValueError) and "json" in type(error).__module__:
        return "A file given on the command line is not JSON"
    return f"{type(error).__name__} ({more})"


def one_line(command: click.Command) -> click.Command:
    """The same command, ending in one line."""
    return OneLineCommand(
        name=command.name,
        callback=command.callback,
        params=command.params,
        help=command.help,
        context_settings=command.context_settings,
        logger=logger,
    )
