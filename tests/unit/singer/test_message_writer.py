"""Messages that cannot be written are errors that tell why."""

from __future__ import annotations

import pytest
from singer_sdk.singerlib import RecordMessage

from tap_ozonetel.errors import OzonetelError
from tap_ozonetel.singer.message_writer import MessageWriter


def test_a_value_that_is_not_json_is_named_by_its_message() -> None:
    # An expression of a stream map can make one: half of a surrogate pair.
    message = RecordMessage("cdr_details", {"UCID": 1, "Comments": "private \ud800"})
    with pytest.raises(OzonetelError, match="A RECORD message cannot be written as JSON") as error:
        MessageWriter().write_message(message)
    assert "Check the expressions in stream_maps" in str(error.value)
    assert "private" not in str(error.value)


def test_a_message_is_one_line(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    MessageWriter().write_message(RecordMessage("cdr_details", {"UCID": 1, "Comments": "a\nb"}))
    lines = capsysbinary.readouterr().out.splitlines()
    assert len(lines) == 1
    assert b'"UCID":1' in lines[0]
