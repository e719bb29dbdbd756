"""Every message that a run can end with is on the page of errors, and the page has no others."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from tap_ozonetel import errors

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = Path(__file__).parents[2]
#: Stands for a part of a message that is not in its source.
_HOLE = "\0"
#: Errors whose messages are a part of another one, such as the reason of the last try.
_PARTS = {
    *("GatewayTimeoutError", "RateLimitedError", "TransientError", "UnauthorizedError"),
    *("SpanTooLargeError", "UnreachableError", "UnusableRecordError"),
}
_ENDINGS = {
    name
    for name, each in vars(errors).items()
    if isinstance(each, type) and issubclass(each, errors.OzonetelError) and name not in _PARTS
}


@cache
def _trees() -> list[ast.Module]:
    paths = sorted((_ROOT / "tap_ozonetel").rglob("*.py"))
    return [ast.parse(path.read_text(encoding="utf-8")) for path in paths]


def _nodes() -> Iterator[ast.AST]:
    return (node for tree in _trees() for node in ast.walk(tree))


@cache
def _functions() -> dict[str, list[ast.FunctionDef]]:
    found: dict[str, list[ast.FunctionDef]] = {}
    for node in _nodes():
        if isinstance(node, ast.FunctionDef):
            found.setdefault(node.name, []).append(node)
    return found


def _template(node: ast.AST) -> str | None:
    """Return a string of the source with holes, or None for another expression."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = (each.value if isinstance(each, ast.Constant) else _HOLE for each in node.values)
        return "".join(map(str, parts))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return (_template(node.left) or _HOLE) + (_template(node.right) or _HOLE)
    return None


def _name(node: ast.AST) -> str:
    return getattr(node, "id", getattr(node, "attr", ""))


def _texts(node: ast.AST) -> Iterator[str]:
    """The strings in an expression. Those within another string are a part of it."""
    text = _template(node)
    if text is not None:
        yield text
    else:
        for child in ast.iter_child_nodes(node):
            yield from _texts(child)


def _arguments() -> Iterator[ast.expr]:
    """The messages of the errors that a run can end with, as expressions."""
    for node in _nodes():
        raised = node.exc if isinstance(node, ast.Raise) else node
        if isinstance(raised, ast.Call) and raised.args:
            name = _name(raised.func)
            # The class of a raised error may be in a variable.
            is_variable = raised is not node and name.islower() and name not in _functions()
            is_logged = name == "error" and _template(raised.args[0]) != "%s"
            if name in _ENDINGS or is_variable or is_logged:
                yield raised.args[0]


def _returned(name: str) -> set[str]:
    """The messages that the functions of a name return or yield."""
    return {
        text
        for function in _functions().get(name, [])
        for node in ast.walk(function)
        if isinstance(node, ast.Return | ast.Yield) and node.value is not None
        for text in _texts(node.value)
        if " " in text
    }


def _messages() -> set[str]:
    """The messages with holes, also those that a function makes."""
    found: set[str] = set()
    for node in _arguments():
        text = _template(node)
        if text is not None and re.search("[a-z]", text):
            found.add(text)
        else:
            called = _name(node.func) if isinstance(node, ast.Call) else ""
            makers = _MADE_BY.get(ast.unparse(node), (called,))
            texts = set().union(*map(_returned, makers))
            assert texts, ast.unparse(node)
            found |= texts
    return found


#: Messages that are not strings in the source, and the functions that make them.
_MADE_BY = {
    "'; '.join(problems.values())": ("_find_problems",),
    "f'{message}{advice}'": ("retention_gap_message", "idle_message", "check_selection"),
}


def _spans() -> list[str]:
    """The messages in the first column of the table."""
    page = (_ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    section = page[page.index("## Messages") : page.index("## Exit codes")]
    tokens = MarkdownIt().enable("table").parse(section)
    cells = [
        tokens[position + 2]
        for position, token in enumerate(tokens)
        if token.type == "tr_open" and tokens[position + 1].type == "td_open"
    ]
    return [
        token.content
        for cell in cells
        for token in cell.children or ()
        if token.type == "code_inline"
    ]


def _pattern(span: str) -> re.Pattern[str]:
    """The regular expression of a message on the page, in which `…` and numbers are holes."""
    return re.compile(".*".join(map(re.escape, re.split(r"…|\d+", span))), re.DOTALL)


def test_every_message_is_on_the_page() -> None:
    patterns = [_pattern(span) for span in _spans()]
    messages = _messages()
    assert len(messages) > 50
    missing = {
        text.replace(_HOLE, "…")
        for text in messages
        if not any(pattern.match(text) for pattern in patterns)
    }
    assert missing == set()


def test_the_page_has_no_other_message() -> None:
    texts = {text for node in _nodes() if (text := _template(node))}
    stale = [span for span in _spans() if not any(map(_pattern(span).search, texts))]
    assert stale == []


def test_no_message_of_the_page_matches_everything() -> None:
    for span in _spans():
        assert len(re.sub(r"…|\W", "", span)) >= 8, span
