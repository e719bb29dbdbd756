"""Records as the API sends them, made into those of the stream."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator, FormatChecker
from singer_sdk.contrib.msgspec import encoder

from tap_ozonetel.api.body import read_records
from tap_ozonetel.errors import OzonetelError
from tap_ozonetel.records import RecordNormalizer
from tap_ozonetel.schema import CDR_SCHEMA, TEXT_FIELDS
from tests.helpers.json_values import objects, shuffled, thorough, tricky_texts, values

if TYPE_CHECKING:
    from collections.abc import Iterable

DAY = "2026-03-17"
CALL, LEG = 31733467784618213, 31733467784618215
LARGEST, SMALLEST = 2**63 - 1, -(2**63)


def read(sent: object, *, added: Iterable[str] = (), day: str = DAY) -> dict[str, Any]:
    """A record that went the whole way, from JSON on."""
    (record,) = read_records(io.BytesIO(json.dumps({"details": [sent]}).encode()))
    return read_raw(record, added=added, day=day)


def read_raw(record: object, *, added: Iterable[str] = (), day: str = DAY) -> dict[str, Any]:
    fields = CDR_SCHEMA["properties"] | {name: {} for name in added}
    return RecordNormalizer(fields, lambda _: None, lambda _: None).normalize(record, day)


def field(name: str, value: object) -> object:
    return read({"CallID": CALL, "UCID": LEG, name: value})[name]


def test_a_good_record_passes_as_it_is() -> None:
    sent: dict[str, object] = dict.fromkeys(TEXT_FIELDS, "00:01:02")
    sent |= {"CallID": CALL, "UCID": LEG, "CallDate": "2026-03-16", "Rating": 4}
    sent |= {"CallerID": "09845012345", "DID": "+918045671234", "CallAudio": "", "Comments": " x "}
    sent |= {"HandlingTime": None, "WrapUpEndTime": None}
    assert read(sent) == sent


@pytest.mark.parametrize(
    ("sent", "number"),
    [
        (CALL, CALL),
        (str(CALL), CALL),
        (f" {CALL} ", CALL),
        (f"00{CALL}", CALL),
        (f"+{CALL}", CALL),
        ("-5", -5),
        (0, 0),
        ("0", 0),
        (LARGEST, LARGEST),
        (str(LARGEST), LARGEST),
        (SMALLEST, SMALLEST),
        (Decimal("31733467784618213.0"), CALL),
        (Decimal("3.1733467784618213E+16"), CALL),
    ],
    ids=repr,
)
@pytest.mark.parametrize("name", ["CallID", "UCID"])
def test_an_id_is_exact_to_the_last_digit(name: str, sent: object, number: int) -> None:
    record = read_raw({"CallID": 1, "UCID": 2, name: sent})
    assert record[name] == number
    assert type(record[name]) is int
    assert str(number).encode() in encoder.encode(record)


@thorough
@given(number=st.integers(SMALLEST, LARGEST), as_text=st.booleans())
def test_any_64_bit_id_is_exact(number: int, *, as_text: bool) -> None:
    record = read({"CallID": str(number) if as_text else number})
    assert (record["CallID"], record["UCID"]) == (number, number)


@pytest.mark.parametrize(
    "value",
    [
        "31733467784618213x",
        "3.17e16",
        "31733467784618213.0",
        "1,234",
        "1_234",
        "0x1F",
        "\u0667",
        "-",
        "   ",
        "1 2",
        Decimal("31733467784618213.5"),
        Decimal("1E+400"),
        LARGEST + 1,
        SMALLEST - 1,
        str(LARGEST + 1),
        "9" * 41,
        "9" * 5_000,
        10**5_000,
        True,
        False,
        [CALL],
        {"id": CALL},
    ],
    ids=lambda value: "10**5000" if value == 10**5_000 else f"{value!r:.20} of {len(repr(value))}",
)
@pytest.mark.parametrize("name", ["CallID", "UCID"])
def test_an_id_that_is_none_fails_and_is_not_shown(name: str, value: object) -> None:
    with pytest.raises(OzonetelError) as failed:
        read_raw({"CallID": 1, "UCID": 2, name: value})
    assert f"a {name} that is not a 64-bit integer" in str(failed.value)
    assert len(str(failed.value).splitlines()) == 1
    for shown in ("317334", "999", "1,234", "0x1F"):
        assert shown not in str(failed.value)


@pytest.mark.parametrize("missing", [{}, {"UCID": None}, {"UCID": ""}], ids=repr)
def test_a_missing_ucid_takes_the_callid(missing: dict[str, object]) -> None:
    record = read({"CallID": CALL, **missing})
    assert (record["CallID"], record["UCID"]) == (CALL, CALL)


@pytest.mark.parametrize("missing", [{}, {"CallID": None}, {"CallID": ""}], ids=repr)
def test_a_missing_callid_takes_the_ucid(missing: dict[str, object]) -> None:
    record = read({"UCID": str(LEG), **missing})
    assert (record["CallID"], record["UCID"]) == (LEG, LEG)


def test_an_id_that_is_zero_is_not_missing() -> None:
    assert read({"CallID": 0, "UCID": LEG})["CallID"] == 0


@pytest.mark.parametrize(
    "sent", [{}, {"CallID": None, "UCID": ""}, {"CallerID": "09845012345"}], ids=repr
)
def test_without_any_id_the_day_fails(sent: dict[str, object]) -> None:
    with pytest.raises(OzonetelError, match="without CallID and UCID") as failed:
        read(sent)
    assert "0984" not in str(failed.value)


@pytest.mark.parametrize("sent", [None, [], [1], "09845012345", 7, True], ids=repr)
def test_what_is_no_object_fails_and_is_not_shown(sent: object) -> None:
    with pytest.raises(OzonetelError, match="a record that is not a JSON object") as failed:
        read(sent)
    assert "0984" not in str(failed.value)


@pytest.mark.parametrize("date", ["2026-03-17", "2026-03-16", "2026-03-18", "2024-02-29"])
def test_a_date_passes(date: str) -> None:
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
def test_what_is_no_date_becomes_the_day_that_was_asked_for(date: object) -> None:
    assert field("CallDate", date) == DAY


def test_a_missing_date_becomes_the_day_that_was_asked_for() -> None:
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
def test_text_fields_become_text(sent: object, text: str | None) -> None:
    for name in ("Comments", "AgentID", "UUI"):
        assert field(name, sent) == text


def test_numbers_in_text_fields_keep_their_digits() -> None:
    body = b'{"details":[{"CallID":1,"DialCount":1.10,"UUI":[1.10,31733467784618213]}]}'
    (record,) = read_records(io.BytesIO(body))
    read_one = read_raw(record)
    assert (read_one["DialCount"], read_one["UUI"]) == ("1.10", "[1.10,31733467784618213]")


def test_nul_is_removed_from_all_texts_of_a_record() -> None:
    sent = dict.fromkeys(TEXT_FIELDS, "a\0b")
    record = read({"CallID": CALL, **sent, "Own": "c\0d"}, added=["Own"])
    assert {record[name] for name in TEXT_FIELDS} == {"ab"}
    assert record["Own"] == "cd"
    mixed = read({"CallID": CALL, "UUI": "a\0b", "Skill": 7, "Comments": None})
    assert (mixed["UUI"], mixed["Skill"], mixed["Comments"]) == ("ab", "7", None)


def test_nul_within_a_list_is_no_nul_in_the_text() -> None:
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


SPELLINGS = [
    ("TransferTo", "TransferredTo"),
    ("transferto", "TransferredTo"),
    ("transferredTo", "TransferredTo"),
    ("WrapupEndTime", "WrapUpEndTime"),
    ("WrapupStartTime", "WrapUpStartTime"),
    ("WrapUpDuration", "WrapupDuration"),
    ("callDate", "CallDate"),
    ("callID", "CallID"),
    ("ucid", "UCID"),
    ("rating", "Rating"),
    ("agentName", "AgentName"),
]


@pytest.mark.parametrize(("spelling", "name"), SPELLINGS)
def test_other_spellings_are_renamed(spelling: str, name: str) -> None:
    value: object = {"CallID": 5, "UCID": 6, "Rating": 3, "CallDate": "2026-03-11"}.get(name, "x")
    base = {each: CALL for each in ("CallID", "UCID") if each != name}
    record = read({**base, spelling: value})
    assert record[name] == value
    assert spelling not in record


@pytest.mark.parametrize(
    ("canonical", "other", "kept"),
    [
        ("a", "b", "a"),
        ("a", "", "a"),
        ("a", None, "a"),
        ("", "b", "b"),
        (None, "b", "b"),
        (None, None, None),
        (0, "b", "0"),
        (False, "b", "false"),
        ([], "b", "[]"),
        ({}, "b", "{}"),
        (["a"], "b", '["a"]'),
        ("a", ["b"], "a"),
        (None, ["b"], '["b"]'),
    ],
    ids=repr,
)
def test_of_both_spellings_the_one_with_a_value_is_kept(
    canonical: object, other: object, kept: object
) -> None:
    one = {"CallID": CALL, "TransferredTo": canonical, "TransferTo": other}
    for sent in (one, dict(reversed(one.items()))):
        assert read(sent)["TransferredTo"] == kept
        assert "TransferTo" not in read(sent)


def test_a_field_that_the_catalog_does_not_have_is_left_out_with_one_warning() -> None:
    warnings: list[str] = []
    reader = RecordNormalizer(CDR_SCHEMA["properties"], warnings.append, warnings.append)
    for sent in ({"Sentiment": "glad"}, {"Sentiment": "sad", "Mood": 1}, {"Mood": 2, "UUI": "x"}):
        record = reader.normalize({"CallID": CALL, **sent}, DAY)
        assert record.keys() <= CDR_SCHEMA["properties"].keys()
    assert warnings == ["Sentiment", "Mood"]


def test_a_field_that_the_catalog_does_not_have_is_left_out_in_every_record() -> None:
    reader = RecordNormalizer(CDR_SCHEMA["properties"], lambda _: None, lambda _: None)
    for _ in range(3):
        assert "Sentiment" not in reader.normalize({"CallID": CALL, "Sentiment": "glad"}, DAY)


def test_a_known_field_that_the_catalog_lacks_is_left_out() -> None:
    warnings: list[str] = []
    known = dict(CDR_SCHEMA["properties"])
    del known["TransferredTo"]
    record = RecordNormalizer(known, warnings.append, warnings.append).normalize(
        {"CallID": CALL, "TransferTo": "x"}, DAY
    )
    assert record == dict.fromkeys(known) | {"CallID": CALL, "UCID": CALL, "CallDate": DAY}
    assert warnings == ["TransferTo"]


@pytest.mark.parametrize("value", [None, "x", 7, True, 1.5, ["a"], {"a": [1]}], ids=repr)
def test_a_field_that_the_user_added_passes(value: object) -> None:
    record = read({"CallID": CALL, "Sentiment": value}, added=["Sentiment"])
    assert record["Sentiment"] == value


def test_an_added_field_in_another_spelling_of_a_known_one_is_its_own() -> None:
    record = read({"CallID": CALL, "TransferTo": "x"}, added=["TransferTo"])
    assert record["TransferTo"] == "x"
    assert record["TransferredTo"] is None


def test_a_reader_is_not_confused_by_records_of_different_shapes() -> None:
    reader = RecordNormalizer(CDR_SCHEMA["properties"], lambda _: None, lambda _: None)
    for _ in range(2):
        empty = dict.fromkeys(CDR_SCHEMA["properties"])
        assert reader.normalize({"TransferTo": "a", "CallID": 1, "Skill": 2}, DAY) == empty | {
            "TransferredTo": "a",
            "CallID": 1,
            "UCID": 1,
            "Skill": "2",
            "CallDate": DAY,
        }
        assert reader.normalize({"UCID": "2", "Odd": 1}, DAY) == empty | {
            "UCID": 2,
            "CallID": 2,
            "CallDate": DAY,
        }


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


@thorough
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
