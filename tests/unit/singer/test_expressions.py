"""The type of an expression's value is inferred where it is certain."""

from __future__ import annotations

from typing import Any

import pytest

from tap_ozonetel.singer.expressions import Scope, parse_expression

FIELDS: dict[str, dict[str, Any]] = {
    "CallDate": {"type": ["string", "null"], "format": "date"},
    "CallerID": {"type": ["string", "null"], "description": "Phone number."},
    "Rating": {"type": ["number", "null"], "description": "Rating."},
    "Status": {"type": ["string", "null"], "description": "Status."},
    "UCID": {"type": ["integer", "null"], "minimum": 0},
}

CONFIG = {"salt": "x", "weight": 0.5}


def infer(expression: str, field: str = "new") -> object:
    node = parse_expression(expression)
    assert node is not None
    schema = Scope(field, FIELDS, CONFIG).infer_schema(node)
    if schema is None or schema in FIELDS.values():
        return schema
    kind, null = schema["type"]
    assert null == "null"
    assert schema.keys() == {"type"}
    return kind


@pytest.mark.parametrize(
    ("expression", "field"),
    [
        *(("UCID", "UCID"), ("record['UCID']", "UCID"), ("_['CallDate']", "CallDate")),
        *(("CallDate if Status else None", "CallDate"), ("UCID or None", "UCID")),
    ],
)
def test_a_field_keeps_its_schema(expression: str, field: str) -> None:
    assert infer(expression) == FIELDS[field]
    assert infer("self", field) == FIELDS[field]


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        *(("True", "boolean"), ("1", "integer"), ("0.5", "number"), ("'x'", "string")),
        *(
            ("Status == 'Answered'", "boolean"),
            ("not Status", "boolean"),
            ("'x' in Status", "bool"),
        ),
        *(("Rating > 3 and UCID > 1", "boolean"), ("(UCID > 1) | (UCID < 9)", "boolean")),
        *(("Status.startswith('A')", "boolean"), ("bool(Status)", "boolean")),
        *(("UCID + 1", "integer"), ("-UCID", "integer"), ("int(Status)", "integer")),
        *(("UCID | 1", "integer"), ("True + True", "integer"), ("UCID & True", "integer")),
        *(("UCID // 2", "integer"), ("1 + True", "integer"), ("Status.count('a')", "integer")),
        *(("UCID / 2", "number"), ("Rating * 0.5", "number"), ("UCID + 0.5", "number")),
        *(("2 ** UCID", "number"), ("float(Status)", "number"), ("1 if UCID else 0.5", "number")),
        *(("CallerID[-4:]", "string"), ("CallDate[:4]", "string"), ("f'{UCID}'", "string")),
        *(("'%s' % UCID", "string"), ("CallerID + Status", "string"), ("str(UCID)", "string")),
        *(("CallerID.replace('0', '')", "string"), ("sha256(CallerID)", "string")),
        *(("Status or CallerID", "string"), ("'a' if UCID else 'b'", "string")),
        *(("config['salt']", "string"), ("config['weight'] * UCID", "number")),
        *(("CallDate or Status", "string"), ("json.dumps(record)", "string")),
    ],
)
def test_the_type_of_an_expression(expression: str, kind: str) -> None:
    assert str(infer(expression)).startswith(kind)


@pytest.mark.parametrize(
    "expression",
    [
        *("None", "None if UCID else None", "config['x']", "json.loads(Status)['x']", "[UCID]"),
        *("UCID * CallerID", "UCID if Status else CallerID", "unknown", "record", "rand()[0]"),
        *("UCID or config['x']", "datetime.date.today()", "self", "Status.split('-')[0]"),
    ],
)
def test_a_type_that_only_the_values_tell_is_left_open(expression: str) -> None:
    assert infer(expression) is None


@pytest.mark.parametrize(
    ("expression", "unknown"),
    [
        ("sha256(CallerId)", ["CallerId"]),
        ("[each for each in CallerID if each != x]", ["x"]),
        ("config['salt'] + _['x'] + record['x'] + __stream_name__", []),
        ("self", ["self"]),
        ("datetime.date.today() if True else None", []),
    ],
)
def test_unknown_names(expression: str, unknown: list[str]) -> None:
    node = parse_expression(expression)
    assert node is not None
    assert Scope("new", FIELDS, CONFIG).find_unknown_names(node, ["sha256", "datetime"]) == unknown
    assert "self" not in Scope("UCID", FIELDS, CONFIG).find_unknown_names(node, [])


@pytest.mark.parametrize(
    "text", ["", "a b", "(", "a\0b", "x = 1", "a; b", "a\nb", "del a", "(" * 300, " a", "\ud800"]
)
def test_other_text_than_one_expression_is_none(text: str) -> None:
    assert parse_expression(text) is None
