"""The tests that docs/bug-reports.md names exist."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "bug-reports.md"

#: A test file or directory with or without a test, or `…` for the file of the test before it.
_FILE = re.compile(r"`(…|[\w/]+(?:\.py|/))(?:::(\w+))?`")
#: A test without its file, which is one of the files that the section names.
_TEST = re.compile(r"`(test_\w+)`")


def defines(file: str, test: str | None) -> bool:
    """Whether a file, or a file of a directory, defines a test (or any)."""
    path = TESTS / file
    files = [*path.rglob("*.py")] if path.is_dir() else [path] if path.is_file() else []
    words = f"def {test}(" if test else "def test_"
    return any(words in each.read_text() for each in files)


def missing(page: str) -> list[str]:
    """The names of a page for which there is no test."""
    found: list[str] = []
    for section in re.split(r"^## ", page, flags=re.MULTILINE):
        files = [""]
        for match in _FILE.finditer(section):
            files.append(files[-1] if match[1] == "…" else match[1].removeprefix("tests/"))
            if not defines(files[-1], match[2]):
                found.append(match[0])
        found += [
            match[0]
            for match in _TEST.finditer(section)
            if not any(defines(file, match[1]) for file in files[1:])
        ]
    return found


def test_every_test_of_the_page_exists() -> None:
    assert missing(PAGE.read_text()) == []


def test_a_name_without_a_test_is_found() -> None:
    assert missing("`unit/test_none.py` and `unit/test_days.py::test_none` and `…::test_none`") == [
        "`unit/test_none.py`",
        "`unit/test_days.py::test_none`",
        "`…::test_none`",
    ]


def test_a_test_is_looked_for_in_the_files_of_its_section() -> None:
    test = "`test_a_byte_order_mark_is_skipped`"
    assert missing(f"## A\n`unit/bodies/`\n{test}") == []
    assert missing(f"## A\n`unit/bodies/`\n## B\n`unit/config/`\n{test}") == [test]
    assert missing("`unit/bodies/` `test_a_byte_order_mark`") == ["`test_a_byte_order_mark`"]
