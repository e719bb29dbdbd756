"""Records that are hard to load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.helpers.comparison import Row

LARGEST, SMALLEST = 2**63 - 1, -(2**63)

#: Values by case, in the fields that have them.
HARD_VALUES: dict[str, list[Row]] = {
    "ids at the bounds": [{"CallID": LARGEST, "UCID": SMALLEST}, {"CallID": 2**53 + 1}],
    "emoji and scripts": [{"Comments": "😀 नमस्ते"}],
    "quotes": [{"Comments": 'it\'s "quoted", `back` \\ and \\n, $$ and %s'}],
    "NULL and other words": [{"Comments": "NULL"}, {"Comments": "\\N"}, {"Comments": " a\tb "}],
    "line feeds": [{"Comments": "one\ntwo\n"}],
    "carriage returns": [{"Comments": "one\r\ntwo\rthree"}],
    "line separators": [{"Comments": "one\u2028two\u2029three\x85four"}],
    "10,000 characters": [{"Comments": "long " * 2000}],
    "empty text and null": [{"Comments": "", "Skill": None}, {"Comments": None, "Skill": ""}],
    "integers as ratings": [{"Rating": 0}, {"Rating": 5}],
    "decimals as ratings": [{"Rating": 4.5}, {"Rating": 0.1}],
}

#: More texts, which COPY, SQL, CSV or JSON treat as special.
_TEXTS = [
    *("", " ", "  both ends  ", "NULL", "null", "\\N", "\\.", "\\.\n", "\n\\.\n", "\\", "\\\\"),
    *("\t", "\\t", "\n", "\\n", "\r", "\r\n", "line\n", "\u2028", "\u2029", "\x85", "\x0b", "\x01"),
    *(
        "'",
        "''",
        '"',
        '""',
        ",",
        ";",
        "|",
        "$1",
        "$$",
        "%s",
        "%(a)s",
        ":name",
        "?",
        "{}",
        "--",
        "/*",
    ),
    *("e\u0301", "\ufeff", "\uffff"),
]
_RATINGS = [-0.25, 12345.678901]
_IDS = [LARGEST, SMALLEST, 2**53 + 1, 0, -1]


def hard_messages(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a sync of hard records.

    Args:
        messages: The messages of a sync, whose schema and first record are the template.
    """
    (schema,) = [dict(each) for each in messages if each["type"] == "SCHEMA"]
    template = next(each for each in messages if each["type"] == "RECORD")
    records = [values for case in HARD_VALUES.values() for values in case]
    records += [{"Comments": text} for text in _TEXTS]
    records += [{"Rating": rating} for rating in _RATINGS]
    records += [{"CallID": one, "UCID": other} for one in _IDS for other in _IDS]
    records.append(dict.fromkeys(set(template["record"]) - {"CallID", "UCID", "CallDate"}))
    changed = [
        {**template["record"], "CallID": number, "UCID": number, **record}
        for number, record in enumerate(records, start=1)
    ]
    # A field can be missing, or the fields can be in another order.
    changed.append({"CallDate": "2026-03-17", "UCID": 1_000, "CallID": 1_000})
    changed.append({name: changed[0][name] for name in reversed(changed[0])} | {"CallID": 1_001})
    return [schema, *({**template, "record": record} for record in changed)]


def records_of(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the records of messages as rows: with all fields of the schema, null if missing."""
    (fields,) = [each["schema"]["properties"] for each in messages if each["type"] == "SCHEMA"]
    records = [each["record"] for each in messages if each["type"] == "RECORD"]
    return [{**dict.fromkeys(fields), **record} for record in records]
