"""Configures logging."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import click


def log_level_variable(name: str) -> str:
    """The environment variable for the log level of a tap."""
    return f"{name.upper().replace('-', '_')}_LOGLEVEL"


def configure_logging(name: str, get_command: Callable[[], click.Command]) -> click.Command:
    """Configure logging, so that the tap's log level always applies.

    Args:
        name: The name of the tap.
        get_command: The SDK's function that configures logging and returns the command. It fails
            if the log level does not exist. The file of `SINGER_SDK_LOG_CONFIG`, which Meltano
            sets, would replace the level.
    """
    logger, variable = logging.getLogger(name), log_level_variable(name)
    levels = logging.getLevelNamesMapping()
    invalid = [
        key
        for key in (variable, "LOGLEVEL")
        if os.environ.get(key) and os.environ[key].upper() not in levels
    ]
    for key in invalid:
        del os.environ[key]
    try:
        command = get_command()
    except Exception as error:  # noqa: BLE001 - the file can have anything
        logging.basicConfig(force=True, format="%(levelname)s | %(name)s | %(message)s")
        logger.disabled = False
        logger.error(  # noqa: TRY400 - a traceback would hide the line
            "The log config in SINGER_SDK_LOG_CONFIG cannot be used (%s): %s",
            type(error).__name__,
            " ".join(str(error).split()),
        )
        sys.exit(1)
    # A config disables existing loggers by default, which would leave errors without a line.
    logger.disabled = False
    if level := os.environ.get(variable):
        logging.getLogger().setLevel(level.upper())
    for key in invalid:
        logger.warning(
            "The value of %s is not a log level; use debug, info, warning, error or critical", key
        )
    return command
