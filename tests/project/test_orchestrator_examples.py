"""The page of the orchestrators shows the examples as they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from markdown_it import MarkdownIt

_ROOT = Path(__file__).parents[2]
_TOKENS = MarkdownIt().parse((_ROOT / "docs/orchestrators.md").read_text(encoding="utf-8"))
_EXCERPTS = [token.content for token in _TOKENS if token.info in {"python", "yaml"}]
_EXAMPLES = [
    path.read_text(encoding="utf-8")
    for tool in ("airflow", "dagster")
    for path in sorted((_ROOT / "examples" / tool).glob("*"))
    if path.is_file()
]


def test_each_example_has_an_excerpt() -> None:
    shown = [example for example in _EXAMPLES if any(each in example for each in _EXCERPTS)]
    assert len(shown) == len(_EXAMPLES) == 3


@pytest.mark.parametrize("excerpt", _EXCERPTS)
def test_an_excerpt_is_a_part_of_an_example(excerpt: str) -> None:
    assert any(excerpt in example for example in _EXAMPLES)
