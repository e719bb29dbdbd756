"""The shape of responses and records in the log."""

from __future__ import annotations

import datetime as dt
import logging
import re
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Options, Sandbox
from sandbox.faults.injection import UNFAMILIAR_FIELDS, UNFAMILIAR_PARTS
from tap_ozonetel.errors import OzonetelError
from tap_ozonetel.shapes.known_values import KNOWN_WORDS
from tap_ozonetel.streams import base
from tests.helpers.sync import sync

if TYPE_CHECKING:
    from tests.helpers.clock import FakeClock

_DAY = "2026-03-15"
_ONE_DAY: dict[str, Any] = {"start_date": _DAY, "end_date": _DAY}


def shape_lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [line for line in caplog.messages if line.startswith("Shape of")]


def played_values(box: Sandbox) -> set[str]:
    """All values of the day that nothing may show, with at least four characters."""
    values, words = set(map(str, UNFAMILIAR_FIELDS.values())), set[str]()
    for record in box.calls_between(dt.date.fromisoformat(_DAY), dt.date.fromisoformat(_DAY)):
        for field, value in {**record, **UNFAMILIAR_PARTS}.items():
            text = "" if value is None else str(value)
            is_word = field in KNOWN_WORDS and (text in KNOWN_WORDS[field] or text.isalpha())
            (words if is_word else values).add(text)
    # The requested day is the CallDate.
    return {value for value in values - words - {_DAY} if len(value) >= 4}


def test_a_maintainer_finds_what_is_new(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with Sandbox(Options(records=40, faults="1=unfamiliar"), clock=clock) as box:
        sync(box, clock, **_ONE_DAY)
    values = played_values(box)
    (token, response, *table) = shape_lines(caplog)
    assert re.sub(r"[\d,]+ bytes, [\d.]+ s", "BYTES, SECONDS", response) == (
        f"Shape of /ca_reports/fetchCDRDetails, {_DAY}: HTTP 200, application/json, no encoding, "
        'BYTES, SECONDS; status string "success", message string "A{6} A{2} A{7} 9{1}" (unknown), '
        "servedBy (unknown) string, details array, 40 records"
    )
    assert token.startswith("Shape of /ca_apis/CAToken/generateToken: HTTP 200")
    assert token.endswith("; token string")
    rows = dict(
        line.removeprefix(f"Shape of cdr_details, {_DAY}: ").split(" | ", 1) for line in table[1:]
    )
    assert rows["Status"] == '0 | 0 | 0 | string 40 | 6 | "Parked" 40 (unknown)'
    assert rows["HangupBy"] == '0 | 0 | 0 | string 40 | 9 | "A{6} 9{2}" 40 (unknown)'
    assert rows["CallerMood (unknown)"] == '0 | 0 | 0 | string 40 | 13 | "A{4} A{3} A{4}" 40'
    assert rows["DialCount"] == "40 | 0 | 0 | - | - | -"
    assert rows["CallID"].endswith('"9{17}" 34, "9{16}" 6')
    assert len(values) > 150
    assert {value for value in values if value in caplog.text} == set()


def test_a_renamed_field_of_the_envelope_is_found(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with (
        Sandbox(Options(records=40, faults="1=details-renamed"), clock=clock) as box,
        pytest.raises(OzonetelError, match="no list of records"),
    ):
        sync(box, clock, **_ONE_DAY)
    response = shape_lines(caplog)[1]
    assert response.endswith("records (unknown) array")
    assert {value for value in played_values(box) if value in caplog.text} == set()


def test_nothing_is_observed_by_default(
    clock: FakeClock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "RecordTable", None)
    with Sandbox(Options(records=40), clock=clock) as box:
        done = sync(box, clock, **_ONE_DAY)
    assert len(done.records()) == 40
    assert shape_lines(caplog) == []


def test_a_day_that_fails_has_a_table(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    options = Options(records=40, faults="1=malformed:id-none-both")
    with Sandbox(options, clock=clock) as box, pytest.raises(OzonetelError, match="CallID"):
        sync(box, clock, **_ONE_DAY)
    assert f"Shape of cdr_details, {_DAY}: 40 records" in caplog.messages
    assert any(": UCID | 0 | 1 | 0 |" in line for line in shape_lines(caplog))


def test_a_table_per_day_and_a_line_per_response(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with Sandbox(Options(records=25), clock=clock) as box:
        sync(
            box,
            clock,
            "cdr_paginated",
            start_date="2026-03-15",
            end_date="2026-03-16",
            page_size=10,
        )
    lines = shape_lines(caplog)
    pages = [line for line in lines if line.startswith("Shape of /ca_reports/fetchCdrByPagination")]
    assert [line.partition("totalCount ")[2] for line in pages] == [
        "integer 25, details array, 10 records",
        "integer 25, details array, 10 records",
        "integer 25, details array, 5 records",
    ] * 2
    # The names of this endpoint are known.
    assert any(": TransferTo | 0 |" in line for line in lines)
    assert not any(" (unknown) | " in line for line in lines)
    assert [line for line in lines if line.endswith(": 25 records")] == [
        f"Shape of cdr_paginated, 2026-03-{day}: 25 records" for day in (15, 16)
    ]


def test_the_agent_summary_has_a_shape(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with Sandbox(Options(records=40), clock=clock) as box:
        done = sync(box, clock, "agent_summary", start_date="2026-03-14", end_date=_DAY)
    table = f"Shape of agent_summary, 2026-03-14 to {_DAY}: "
    assert f"{table}{len(done.records('agent_summary'))} records" in caplog.messages
    assert any(line.startswith(f"{table}AgentName | 0 | 0 | 0") for line in caplog.messages)


def test_a_gateway_page_has_a_shape(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with Sandbox(Options(records=3, faults="1=html502"), clock=clock) as box:
        sync(box, clock, **_ONE_DAY)
    _, failed, succeeded = shape_lines(caplog)[:3]
    assert "HTTP 502, text/html" in failed
    assert failed.endswith("s; not JSON")
    assert succeeded.endswith("3 records")
