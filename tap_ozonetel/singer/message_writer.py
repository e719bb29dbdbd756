"""Writes Singer messages to stdout."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.singerlib import SchemaMessage
from typing_extensions import override

from tap_ozonetel.errors import OzonetelError, RunError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.singerlib import Message


class MessageWriter(MsgSpecWriter):
    """A writer whose errors state what happened to stdout."""

    @override
    def format_message(self, message: Message) -> bytearray:
        if isinstance(message, SchemaMessage):
            # Also those that a stream map removes, for the SDK.
            properties = message.schema["properties"]
            bookmarks = [each for each in message.bookmark_properties or () if each in properties]
            message.bookmark_properties = bookmarks or None
        try:
            return super().format_message(message)
        except (OverflowError, TypeError, ValueError) as error:
            # The message has the type of the value, not the value.
            raise OzonetelError(
                f"A {message.type.value} message cannot be written as JSON: {error}. Check the "
                "expressions in stream_maps"
            ) from None

    @override
    def write_message(self, message: Message) -> None:
        line = self.format_message(message)
        try:
            sys.stdout.buffer.write(line)
            sys.stdout.flush()
        except OSError as error:
            raise output_error(error) from error


@contextmanager
def output_errors() -> Iterator[None]:
    """Convert the errors of code that only writes to stdout.

    Stdout is flushed. If Python did it at its end, an error would have no message.
    """
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except OSError as error:
        raise output_error(error) from error


def output_error(error: OSError) -> RunError:
    """The error for a failed write to stdout."""
    if isinstance(error, BrokenPipeError):
        return RunError("The target has stopped reading. See its log for the reason")
    return RunError(f"Cannot write to stdout: {error.strerror}")
