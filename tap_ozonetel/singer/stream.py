"""A stream that reads any API, and leaves to the SDK what the SDK does well."""

from __future__ import annotations

import datetime as dt
import logging
from abc import abstractmethod
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import Stream, metrics
from singer_sdk.mapper import SameRecordTransform
from singer_sdk.singerlib import RecordMessage, StateMessage
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context, Record


class BaseStream(Stream):
    """A stream whose bookmark and STATE messages are its own."""

    #: The path of the endpoint, for the metrics.
    path: ClassVar[str]

    def __init__(self, tap: Tap) -> None:
        super().__init__(tap)
        self._write_message = tap.write_message
        self._request_counter = metrics.http_request_counter(self.name, endpoint=self.path)

    @abstractmethod
    def fetch_records(self) -> Iterable[Record]:
        """Fetch all records of this run."""

    @override
    def get_records(self, context: Context | None) -> Iterable[Record]:
        with self._request_counter:
            yield from self.fetch_records()

    @override
    def get_batch_config(self, config: Mapping[str, Any]) -> None:
        # With batches, the SDK writes the records after the bookmarks of their days.
        return None

    @override
    def log(
        self,
        message: str,
        *args: Any,
        level: int = logging.INFO,
        **kwargs: Any,
    ) -> None:
        # The SDK announces every error that ends a sync as "unhandled". `command.py` logs it.
        if level < logging.ERROR:
            super().log(message, *args, level=level, **kwargs)

    def write_state(self) -> None:
        """Write a STATE message, even if the state has not changed since the last one.

        Some targets drop the state at each RECORD message, and then have none to emit.
        """
        # A marker of the SDK, which removes it at the end of the stream.
        self.get_context_state(None).pop("starting_replication_value", None)
        self._write_message(StateMessage(value=self.tap_state))

    def log_request(self, status: int, seconds: float) -> None:
        """Emit the SDK's metrics of an HTTP request, which it emits for its own REST streams only.

        Args:
            status: The HTTP status of the response.
            seconds: The time until the response started.
        """
        self._request_counter.increment()
        succeeded = status < HTTPStatus.BAD_REQUEST
        metrics.log(
            metrics.get_metrics_logger(),
            metrics.Point(
                "timer",
                metric=metrics.Metric.HTTP_REQUEST_DURATION,
                value=seconds,
                tags={
                    metrics.Tag.STREAM: self.name,
                    metrics.Tag.ENDPOINT: self.path,
                    metrics.Tag.HTTP_STATUS_CODE: status,
                    metrics.Tag.STATUS: (
                        metrics.Status.SUCCEEDED if succeeded else metrics.Status.FAILED
                    ),
                },
            ),
        )

    # The private names of the SDK that are overridden. tests/project/test_private_names.py fails
    # if there is another one.

    @override
    def _increment_stream_state(
        self, latest_record: Record, *, context: Context | None = None
    ) -> None:
        # The SDK would take the bookmark from the records. The bookmark is a day that was requested
        # and read completely; a record with a later date would move it past days that were not.
        del latest_record, context

    @override
    def _write_record_message(self, record: Record) -> None:
        # The SDK checks the selection of every field of every record, which takes longer than
        # reading the record (benchmarks/README.md). If everything is selected, the message is the
        # same without.
        if self._writes_whole_records:
            now = dt.datetime.now(dt.UTC)
            self._write_message(RecordMessage(self.name, record, time_extracted=now))
        else:
            super()._write_record_message(record)

    @cached_property
    def _writes_whole_records(self) -> bool:
        """Whether records are written as they are: all fields selected, no map, no flattening."""
        return (
            all(self.mask.values())
            and not self.emit_activate_version_messages
            and [type(stream_map) for stream_map in self.stream_maps] == [SameRecordTransform]
            and not self.stream_maps[0].flattening_enabled
        )
