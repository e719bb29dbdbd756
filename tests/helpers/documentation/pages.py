"""The pages of the documentation and their code blocks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
#: The pages whose commands are run.
PAGES = (
    "README.md",
    *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("docs/*.md")),
)


@dataclass(frozen=True)
class Block:
    """A code block."""

    page: str
    #: The heading above it.
    heading: str
    language: str
    text: str

    @property
    def first_line(self) -> str:
        """The first line, which names the block."""
        return self.text.splitlines()[0]


@cache
def read_blocks(page: str) -> tuple[Block, ...]:
    """Return the code blocks of a page, in its order."""
    return tuple(_read_blocks(page))


def _read_blocks(page: str) -> Iterator[Block]:
    heading = ""
    tokens = MarkdownIt().parse((ROOT / page).read_text(encoding="utf-8"))
    for before, token in zip([None, *tokens], tokens, strict=False):
        if before is not None and before.type == "heading_open":
            heading = token.content
        if token.type == "fence":
            yield Block(page, heading, token.info, token.content)
