"""The `totalCount` of pages: which values are a number of records."""

from __future__ import annotations

import pytest

from tap_ozonetel.api.responses import ClassifiedResponse, ResponseKind
from tests.helpers.responses import body_of, classified, kind_of

RECORDS, REJECTED = ResponseKind.RECORDS, ResponseKind.REJECTED
CALL = {"CallID": 31733467784618213}


@pytest.mark.parametrize(
    ("count", "total"),
    [
        *((7, 7), ("7", 7), ("007", 7), (0, 0), (7.0, 7), (1204.0, 1204)),
        *((" 7", 7), ("1 ", 1), ("7.0", 7), ("1,204", 1204), ("1,00,204", 100_204)),
        ("12,345,678", 12_345_678),
    ],
    ids=repr,
)
def test_a_total_is_a_number_or_a_string_of_one(count: object, total: int) -> None:
    sent = body_of("success", "success", details=[CALL], totalCount=count)
    assert classified(200, sent, paginated=True) == ClassifiedResponse(
        RECORDS, "HTTP 200: success", total_count=total
    )


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        *((-1, "-1"), ("-1", "-1"), ("", ""), ("many", "many"), (7.5, "7.5"), ("7.5", "7.5")),
        *(("1,2", "1,2"), ("1,,204", "1,,204"), (True, "True"), ("\u0667", "\u0667")),
        *(([7], "an object or a list"), ({"n": 7}, "an object or a list")),
        ("9" * 5_000, "…"),
    ],
    ids=repr,
)
def test_pages_with_an_unusable_total_are_rejected(count: object, shown: str) -> None:
    sent = body_of("success", "success", details=[CALL], totalCount=count)
    response = classified(200, sent, paginated=True)
    problem = f"records with a totalCount that is not a number of records: {shown}"
    assert (response.kind, response.reason) == (REJECTED, f"HTTP 200: {problem}")
    assert kind_of(200, sent) is RECORDS


@pytest.mark.parametrize("more", [{}, {"totalCount": None}])
def test_pages_without_a_total_are_rejected(more: dict[str, object]) -> None:
    response = classified(200, body_of("success", "", details=[CALL], **more), paginated=True)
    assert response.reason == "HTTP 200: records without a totalCount"
    assert response.kind is REJECTED
