"""The names and imports of the test modules."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
MODULES = sorted(str(path.relative_to(TESTS)) for path in TESTS.rglob("test_*.py"))
MAX_NAME_LENGTH = 59


@pytest.mark.parametrize("module", MODULES)
def test_names_are_short(module: str) -> None:
    tree = ast.parse((TESTS / module).read_text(encoding="utf-8"))
    names = [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert [name for name in names if len(name) > MAX_NAME_LENGTH] == []


@pytest.mark.parametrize("module", MODULES)
def test_test_modules_do_not_import_each_other(module: str) -> None:
    tree = ast.parse((TESTS / module).read_text(encoding="utf-8"))
    imported = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    own = [name for name in imported if name.startswith("tests.")]
    assert [name for name in own if not name.startswith("tests.helpers.")] == []
