"""The table of the shape of records."""

from __future__ import annotations

import tracemalloc
from decimal import Decimal
from itertools import repeat
from typing import TYPE_CHECKING, Any

import pytest

from tap_ozonetel.shapes import table as table_module
from tap_ozonetel.shapes.columns import MAX_WORDS, MIN_RECORDS_OF_WORD
from tap_ozonetel.shapes.table import BATCH_RECORDS, MAX_FIELDS, RecordTable

if TYPE_CHECKING:
    from collections.abc import Iterable

FIELDS = ("CallID", "Status", "AgentName", "Rating")


def make_table(records: Iterable[object], fields: Iterable[str] = FIELDS) -> RecordTable:
    table = RecordTable(fields)
    for _ in table.observe(records):
        pass
    return table


def rows(records: Iterable[object], fields: Iterable[str] = FIELDS) -> dict[str, str]:
    """The lines of the table by the name of the field, without the name."""
    lines = list(make_table(records, fields).lines())
    assert lines[1] == "field | absent | null | empty | types | length | values"
    return dict(line.split(" | ", 1) for line in lines[2:])


def test_a_line_per_field() -> None:
    records: list[object] = [
        {
            "CallID": 37396897346587876,
            "Status": "Answered",
            "AgentName": "Asha Rao",
            "Rating": None,
        },
        {
            "CallID": "37396897346587876",
            "Status": "Answered",
            "AgentName": "",
            "Rating": Decimal("4.5"),
        },
        {"Status": "", "AgentName": "Meenakshi Iyer", "Rating": 3},
    ]
    assert rows(records) == {
        "CallID": '1 | 0 | 0 | integer 1, string 1 | 17 | "9{17}" 1, 9{17} 1',
        "Status": '0 | 0 | 1 | string 3 | 8 | "Answered" 2',
        "AgentName": '0 | 0 | 1 | string 3 | 8-14 | "A{4-9} A{3-4}" 2',
        "Rating": "0 | 1 | 0 | number 1, integer 1 | 1-3 | 9{1}.9{1} 1, 9{1} 1",
    }


def test_nested_values_and_booleans_have_only_a_type() -> None:
    records = [{"AgentName": ["Asha"], "Rating": True}, {"AgentName": {"Asha": "Rao"}, "Rating": 1}]
    assert rows(records, ["AgentName", "Rating"]) == {
        "AgentName": "0 | 0 | 0 | array 1, object 1 | - | -",
        "Rating": "0 | 0 | 0 | boolean 1, integer 1 | 1 | 9{1} 1",
    }


def test_a_number_of_any_length_has_a_pattern() -> None:
    assert rows([{"Rating": 10**5_000}, {"Rating": -5}], ["Rating"]) == {
        "Rating": "0 | 0 | 0 | integer 2 | 2-61 | 9{60}… 1, -9{1} 1"
    }


def test_items_that_are_not_objects_are_counted_apart() -> None:
    table = make_table([None, "Asha", {"Status": "Answered"}], ["Status"])
    assert list(table.lines())[::2] == [
        "3 records, 1 of type null, 1 of type string",
        'Status | 0 | 0 | 0 | string 1 | 8 | "Answered" 1',
    ]


def test_known_unknown_and_missing_fields() -> None:
    table = make_table([{"Status": "", "NewField": 1, "+91 98": 2, "+92 98": 2}], ["Status", "DID"])
    assert (table.known, table.missing) == (["Status"], ["DID"])
    assert table.unknown == ["NewField", '"+9{2} 9{2}"']
    assert table.types("NewField") == {"integer"}
    assert table.types("Another") == set()


def test_other_names_of_a_field_are_known() -> None:
    table = RecordTable(["Status", "TransferredTo"], aliases=["transferto"])
    for _ in table.observe([{"STATUS": "Answered", "TransferTo": "Asha"}]):
        pass
    assert (table.unknown, table.missing) == ([], ["Status", "TransferredTo"])
    assert list(table.lines())[4:] == [
        'STATUS | 0 | 0 | 0 | string 1 | 8 | "A{8}" 1',
        'TransferTo | 0 | 0 | 0 | string 1 | 4 | "A{4}" 1',
    ]


def test_records_pass_unchanged_and_may_be_changed() -> None:
    table, records = RecordTable(FIELDS), [{"Status": "Answered"} for _ in range(2 * BATCH_RECORDS)]
    for record, observed in zip(records, table.observe(iter(records)), strict=True):
        assert observed is record
        record.clear()
    assert '"Answered" 500' in list(table.lines())[3]


@pytest.mark.parametrize("total", [BATCH_RECORDS - 1, BATCH_RECORDS, BATCH_RECORDS + 1])
def test_every_record_of_a_batch_counts_once(total: int) -> None:
    table = make_table(({"Rating": number} for number in range(total)), ["Rating"])
    for _ in range(2):
        assert table.types("Rating") == {"integer"}
        assert f"integer {total}" in list(table.lines())[2]


def test_records_before_an_error_are_in_the_table() -> None:
    def broken() -> Iterable[object]:
        yield {"Status": "Answered"}
        raise ValueError("broken")

    table = RecordTable(["Status"])
    with pytest.raises(ValueError, match="broken"):
        list(table.observe(broken()))
    assert '"Answered" 1' in list(table.lines())[2]


class TestUnknownWords:
    def status(self, *records: dict[str, Any], fields: Iterable[str] = FIELDS) -> str:
        return rows(records, fields)["Status"].rpartition(" | ")[2]

    def test_a_short_word_of_several_records_is_shown(self) -> None:
        assert self.status(*repeat({"Status": "Parked"}, MIN_RECORDS_OF_WORD)) == (
            '"Parked" 3 (unknown)'
        )

    def test_a_word_of_fewer_records_is_a_pattern(self) -> None:
        assert self.status(*repeat({"Status": "Parked"}, MIN_RECORDS_OF_WORD - 1)) == (
            '"A{6}" 2 (unknown)'
        )

    @pytest.mark.parametrize("value", ["Asha Rao", "a1b2", "x" * 21, "9876543210", "आशा"])
    def test_any_other_value_is_a_pattern(self, value: str) -> None:
        shown = self.status(*repeat({"Status": value}, 9))
        assert value not in shown
        assert shown.endswith("9 (unknown)")

    @pytest.mark.parametrize("name", ["Parked", "Jo Parked", "UNPARKED1", "park ed"])
    @pytest.mark.parametrize("field", ["AgentName", "AGENTNAME", "NewField"])
    def test_a_part_of_a_name_is_a_pattern(self, field: str, name: str) -> None:
        words = [{"Status": "Parked"}] * BATCH_RECORDS
        # Whether the name comes before or after the word.
        assert "Parked" not in self.status({field: name}, *words)
        assert "Parked" not in self.status(*words, {field: name})

    def test_a_word_of_another_field_of_words_is_shown(self) -> None:
        record = {"Status": "Parked", "FallBackRule": "Parked"}
        assert rows([record] * 3)["FallBackRule (unknown)"].endswith('"Parked" 3 (unknown)')

    def test_no_word_is_shown_if_the_names_are_too_many(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(table_module, "MAX_NAME_CHARACTERS", 100)
        words = [{"Status": "Parked"}] * 3
        names = [{"AgentName": f"Agent {number}"} for number in range(3)]
        assert '"Parked"' not in self.status(*words, *names)
        assert '"Parked"' in self.status(*words, *names[:1])

    def test_a_field_without_words_shows_none(self) -> None:
        assert rows([{"Location": "Pune"}] * 9, ["Location"])["Location"].endswith('"A{4}" 9')

    def test_their_number_is_bounded(self) -> None:
        letters = "abcdefghijklmnop"
        words = [f"new{first}{second}" for first in letters for second in letters]
        shown = self.status(*({"Status": word} for word in words for _ in range(3)))
        assert shown.count('"new') == MAX_WORDS
        assert f'"A{{5}}" {3 * (len(words) - MAX_WORDS)} (unknown)' in shown


def test_the_number_of_fields_is_bounded() -> None:
    letters = "abcdefghijklmnop"
    names = [f"field_{first}{second}" for first in letters for second in letters]
    found = rows(({name: "Asha"} for name in names), ["Status"])
    assert len(found) == MAX_FIELDS + 1
    others = len(names) - (MAX_FIELDS - 1)
    assert found["other fields (unknown)"].endswith(f'"A{{4}}" {others}')


def test_memory_does_not_grow_with_the_records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_module, "MAX_NAME_CHARACTERS", 50_000)

    def peak(records: int) -> int:
        tracemalloc.start()
        try:
            make_table(
                {
                    "CallID": number,
                    "Comments": f"{number:b}".replace("0", " a"),
                    "Status": f"{number}",
                }
                for number in range(records)
            )
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(100)
    assert peak(9_000) < 1.2 * peak(3_000)
