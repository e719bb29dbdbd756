"""The tests that docs/bug-reports.md names exist."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "bug-reports.md"

#: A test file with or without a test, or `…` for the file of the test before it.
_NAME = re.compile(r"`(…|[\w/]+\.py)(?:::(\w+))?`")


def missing(page: str) -> list[str]:
    """The names of a page for which there is no test."""
    found, file = [], ""
    for match in _NAME.finditer(page):
        file = file if match[1] == "…" else match[1].removeprefix("tests/")
        path = TESTS / file
        if not path.is_file() or f"def {match[2] or ''}" not in path.read_text():
            found.append(match[0])
    return found


def test_every_test_of_the_page_exists() -> None:
    assert missing(PAGE.read_text()) == []


def test_a_name_without_a_test_is_found() -> None:
    assert missing("`unit/test_none.py` and `unit/test_days.py::test_none` and `…::test_none`") == [
        "`unit/test_none.py`",
        "`unit/test_days.py::test_none`",
        "`…::test_none`",
    ]
