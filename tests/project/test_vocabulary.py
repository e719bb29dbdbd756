"""Names and texts use the terms of Singer, HTTP and rate limiting."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = Path(__file__).parents[2]

#: Former names that are not words of plain English. They must not occur anywhere.
_FORMER_NAMES = (
    "_look_ahead|_patient|_Shape|closed_until|DAYS_KEPT|Judgement|left_out|lost_days|MOST_TRIES|"
    "NO_CALLS|oldest_kept_day|put_bookmark_right|RecordReader|RollingWindow|TOKEN_REFUSED|"
    "TokenRefusedError|TRY_AGAIN|TryAgainError|unbroken|unrefused|with_accepted_token"
)

#: Former names that are also words. They must not be names in the code.
_FORMER_WORDS = (
    "adopt|Answer|answers|bodies|contest|contestants|counted|damage|[Ee]xchange|gone|held|"
    "judge|keep|[Ll]edger|odd|Page|people|[Pp]ieces?|Question|question|REFUSED|refused|renew|Reply|"
    "room|said|Seen|spend|spoken|stamps|stretch|Turn|Verdict"
)

#: Phrases that are hard to read.
_PHRASES = (
    r"but for|come home|comes home|does not tell|for ever|in clear|start anew|"
    r"that of the|the contract|the one of|whatever comes|without end|"
    r"(?:answers?|believes?|refuses?) (?:that|to|it)"
)

_CODE = ("tap_ozonetel", "sandbox", "demo", "dashboard", "tools", "benchmarks")
_TEXTS = sorted(
    str(path.relative_to(_ROOT))
    for pattern in (
        *(f"{folder}/**/*.py" for folder in _CODE),
        *(
            "docs/*.md",
            "benchmarks/*.md",
            "*.md",
            "*.yml",
            "plugin.yaml",
            ".env.example",
            ".github/**/*.yml",
        ),
    )
    for path in _ROOT.glob(pattern)
)


def _find_words(text: str, pattern: str) -> list[str]:
    return re.findall(rf"(?<!\w)(?:{pattern})(?!\w)", text)


def _defined_names(source: str) -> Iterator[str]:
    """The names of all classes, functions, parameters and variables."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.id if isinstance(node, ast.Name) else node.attr


@pytest.mark.parametrize("name", _TEXTS)
def test_former_names_do_not_occur(name: str) -> None:
    text = (_ROOT / name).read_text(encoding="utf-8")
    assert _find_words(text, _FORMER_NAMES) == []


@pytest.mark.parametrize("name", [name for name in _TEXTS if name.endswith(".py")])
def test_former_words_are_not_names(name: str) -> None:
    names = {Path(name).stem, *_defined_names((_ROOT / name).read_text(encoding="utf-8"))}
    assert {each for each in names if re.fullmatch(f"_?(?:{_FORMER_WORDS})", each)} == set()


@pytest.mark.parametrize("name", _TEXTS)
def test_phrases_do_not_occur(name: str) -> None:
    text = " ".join((_ROOT / name).read_text(encoding="utf-8").split())
    assert re.findall(rf"\b(?:{_PHRASES})\b", text) == []


def test_names_are_found_in_all_places() -> None:
    source = "class Page:\n    def judge(self, room):\n        self.held = room\n        odd = 1\n"
    assert set(_defined_names(source)) >= {"Page", "judge", "room", "held", "odd"}
    assert _find_words("# RecordReader reads", "RecordReader") == ["RecordReader"]
    assert _find_words("left_outer", "left_out") == []
