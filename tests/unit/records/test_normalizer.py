"""Values of a record, from the API's to the stream's."""

from __future__ import annotations

import io
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator, FormatChecker
from singer_sdk.contrib.msgspec import encoder

from tap_ozonetel.bodies.envelope import read_records
from tap_ozonetel.errors import OzonetelError
from tap_ozonetel.records.schema import CDR_SCHEMA, STRING_FIELDS
from tests.helpers.examples import examples
from tests.helpers.json_values import objects, shuffled, tricky_texts, values
from tests.helpers.records import CALL, DAY, LARGEST, LEG, SMALLEST, field, read, read_raw


def test_a_valid_record_is_unchanged() -> None:
    sent: dict[str, object] = dict.fromkeys(STRING_FIELDS, "00:01:02")
    sent |= {"CallID": CALL, "UCID": LEG, "CallDate": "2026-03-16", "Rating": 4}
    sent |= {"CallerID": "09845012345", "DID": "+918045671234", "CallAudio": "", "Comments": " x "}
    sent |= {"HandlingTime": None, "WrapUpEndTime": None}
    assert read(sent) == sent


@pytest.mark.parametrize("sent", [None, [], [1], "09845012345", 7, True], ids=repr)
def test_a_non_object_fails_and_is_not_in_the_message(sent: object) -> None:
    with pytest.raises(OzonetelError, match="a record that is not a JSON object") as failed:
        read(sent)
    assert "0984" not in str(failed.value)


@pytest.mark.parametrize("date", ["2026-03-17", "2026-03-16", "2026-03-18", "2024-02-29"])
def test_a_valid_calldate_is_unchanged(date: str) -> None:
    assert field("CallDate", date) == date


@pytest.mark.parametrize(
    "date",
    [
        None,
        "",
        "27-02-2024",
        "2026/03/17",
        "20260317",
        "2026-W12-2",
        "2026-3-17",
        "2026-02-30",
        "2023-02-29",
        "2026-03-17 10:00:00",
        "2026-03-17T00:00:00",
        " 2026-03-16",
        "2026-03-16\0",
        "today",
        20260316,
        True,
        ["2026-03-16"],
        {"day": "2026-03-16"},
    ],
    ids=repr,
)
def test_an_invalid_calldate_becomes_the_requested_day(date: object) -> None:
    assert field("CallDate", date) == DAY


def test_a_missing_calldate_becomes_the_requested_day() -> None:
    assert read({"CallID": CALL}, day="2026-03-10")["CallDate"] == "2026-03-10"


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        (7, "7"),
        (0, "0"),
        (-7, "-7"),
        (CALL * 10**20, f"{CALL}{'0' * 20}"),
        (4.5, "4.5"),
        (True, "true"),
        (False, "false"),
        (None, None),
        ("", ""),
        ("0091", "0091"),
        (" +91 ", " +91 "),
        ([], "[]"),
        ({}, "{}"),
        (["a", 1, None, True], '["a",1,null,true]'),
        ({"b": [1.50, "é"], "a": CALL}, f'{{"b":[1.5,"é"],"a":{CALL}}}'),
        ("a\0b\0", "ab"),
        ("\0", ""),
    ],
    ids=repr,
)
def test_values_of_text_fields_become_text(sent: object, text: str | None) -> None:
    for name in ("Comments", "AgentID", "UUI"):
        assert field(name, sent) == text


def test_numbers_in_text_fields_keep_their_digits() -> None:
    body = b'{"details":[{"CallID":1,"DialCount":1.10,"UUI":[1.10,31733467784618213]}]}'
    (record,) = read_records(io.BytesIO(body))
    read_one = read_raw(record)
    assert (read_one["DialCount"], read_one["UUI"]) == ("1.10", "[1.10,31733467784618213]")


def test_nul_is_removed_from_all_texts_of_a_record() -> None:
    sent = dict.fromkeys(STRING_FIELDS, "a\0b")
    record = read({"CallID": CALL, **sent, "Own": "c\0d"}, added=["Own"])
    assert {record[name] for name in STRING_FIELDS} == {"ab"}
    assert record["Own"] == "cd"
    mixed = read({"CallID": CALL, "UUI": "a\0b", "Skill": 7, "Comments": None})
    assert (mixed["UUI"], mixed["Skill"], mixed["Comments"]) == ("ab", "7", None)


def test_nul_in_a_list_is_escaped_in_the_text() -> None:
    assert "\0" not in str(field("Comments", ["a\0b"]))


@pytest.mark.parametrize(
    ("sent", "rating"),
    [
        (4, 4),
        (0, 0),
        (-1, -1),
        (4.5, Decimal("4.5")),
        ("4", 4),
        (" 4 ", 4),
        ("+4", 4),
        ("04", 4),
        ("4.0", 4),
        ("4.5", Decimal("4.5")),
        ("-4.25", Decimal("-4.25")),
        (None, None),
        ("", None),
        ("good", None),
        ("4/5", None),
        ("4,5", None),
        ("1e3", None),
        ("NaN", None),
        ("Infinity", None),
        ("\u0664", None),
        ("9" * 5_000, None),
        ("1." + "3" * 5_000, None),
        (10**40, None),
        (True, None),
        (False, None),
        ([4], None),
        ({"stars": 4}, None),
    ],
    ids=lambda value: repr(value)[:20] + type(value).__name__,
)
def test_a_rating_is_a_number_or_null(sent: object, rating: object) -> None:
    found = field("Rating", sent)
    assert found == rating
    assert type(found) is type(rating)


ids = st.integers(SMALLEST, LARGEST)
anything = values | tricky_texts | st.sampled_from(["4.5", "2026-03-17", "\0", "", "7"])
likely = st.fixed_dictionaries(
    {},
    optional={
        "CallID": ids | ids.map(str) | anything,
        "UCID": ids | ids.map(str) | st.none() | st.just(""),
        **dict.fromkeys(
            ["CallDate", "Rating", "Comments", "TransferTo", "TransferredTo", "WrapupEndTime"],
            anything,
        ),
        "WrapUpEndTime": anything,
        "CallerID": anything,
        "Sentiment": anything,
    },
)
VALIDATOR = Draft7Validator(
    {**CDR_SCHEMA, "additionalProperties": False, "required": ["CallID", "UCID", "CallDate"]},
    format_checker=FormatChecker(),
)


@examples(200)
@given(st.one_of(likely.flatmap(shuffled), objects, values))
def test_any_record_conforms_to_the_schema_or_fails_cleanly(sent: object) -> None:
    try:
        record = read(sent)
    except OzonetelError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017 - a record may well be good
        return
    assert not any("\0" in value for value in record.values() if isinstance(value, str))
    written = json.loads(encoder.encode(record))
    VALIDATOR.validate(written)
    assert (written["CallID"], written["UCID"]) == (record["CallID"], record["UCID"])
