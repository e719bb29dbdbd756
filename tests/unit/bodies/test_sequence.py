"""Records that are stored one after the other."""

from __future__ import annotations

import io
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tap_ozonetel.bodies.envelope import read_records
from tap_ozonetel.bodies.sequence import write_record
from tests.helpers.bodies import as_floats
from tests.helpers.examples import examples
from tests.helpers.json_values import values


@examples(100)
@given(st.lists(values, max_size=6))
def test_records_are_read_as_they_were_written(records: list[Any]) -> None:
    file = io.BytesIO()
    for record in records:
        write_record(file, record)
    assert as_floats(list(read_records(file))) == records


def test_an_empty_file_has_no_records() -> None:
    assert list(read_records(io.BytesIO())) == []
