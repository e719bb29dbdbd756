"""CallID and UCID, the key of a record."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from singer_sdk.contrib.msgspec import encoder

from tap_ozonetel.errors import OzonetelError
from tests.helpers.examples import examples
from tests.helpers.records import CALL, LARGEST, LEG, SMALLEST, read, read_raw


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


@examples(200)
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
        # As an integer it has three million digits, which take minutes.
        Decimal("1E+3000000"),
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
def test_an_invalid_id_fails_and_is_not_in_the_message(name: str, value: object) -> None:
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


def test_an_id_of_zero_is_not_missing() -> None:
    assert read({"CallID": 0, "UCID": LEG})["CallID"] == 0


@pytest.mark.parametrize(
    "sent", [{}, {"CallID": None, "UCID": ""}, {"CallerID": "09845012345"}], ids=repr
)
def test_a_record_without_any_id_fails(sent: dict[str, object]) -> None:
    with pytest.raises(OzonetelError, match="with neither CallID nor UCID") as failed:
        read(sent)
    assert "0984" not in str(failed.value)
