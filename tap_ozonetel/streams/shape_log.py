"""Logs the shape of the records of a day, for reports of what the API sends."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tap_ozonetel.shapes.table import RecordTable


class ShapeLog:
    """Logs the shape of records at the level DEBUG. At other levels it does nothing.

    Args:
        stream: The name of the stream.
        make_table: Makes an empty table.
        logger: The logger of the stream. Its level is read once, here.
    """

    def __init__(
        self, stream: str, make_table: Callable[[], RecordTable], logger: logging.Logger
    ) -> None:
        self._stream, self._make_table, self._logger = stream, make_table, logger
        self._table = make_table() if logger.isEnabledFor(logging.DEBUG) else None

    def observe(self, records: Iterable[object]) -> Iterable[object]:
        """Observe the records of a response while they are read.

        Returns:
            The same records.
        """
        return records if self._table is None else self._table.observe(records)

    def report(self, days: object) -> None:
        """Log the shape of the records since the last report.

        Args:
            days: The requested day, or range of days.
        """
        if self._table is not None:
            log_table(self._logger, self._stream, days, self._table)
            self._table = self._make_table()


def log_table(logger: logging.Logger, stream: str, days: object, table: RecordTable) -> None:
    """Log the lines of a table at the level DEBUG.

    Args:
        logger: The logger of the stream.
        stream: The name of the stream.
        days: The requested day, or range of days.
        table: The shape of the records.
    """
    for line in table.lines():
        logger.debug("Shape of %s, %s: %s", stream, days, line)
