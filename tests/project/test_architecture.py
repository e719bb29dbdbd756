"""The architecture page names what exists, and its picture shows every import."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from markdown_it import MarkdownIt

from tools.package_graph import package_imports
from tools.plugin_definition import config_schema

_ROOT = Path(__file__).parents[2]
_PAGE = (_ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def _code_spans() -> list[str]:
    tokens = MarkdownIt().enable("table").parse(_PAGE)
    inner = [child for token in tokens for child in token.children or ()]
    return [token.content for token in inner if token.type == "code_inline"]


def _defined_names() -> set[str]:
    """The names of all modules, classes, functions and variables of the tap and the sandbox."""
    names: set[str] = set()
    for path in [*_ROOT.glob("tap_ozonetel/**/*.py"), *_ROOT.glob("sandbox/**/*.py")]:
        names.add(path.stem)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                names.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
    return names


def test_named_names_exist() -> None:
    names = [
        span.rpartition(".")[2]
        for span in _code_spans()
        if re.fullmatch(r"[A-Za-z_][A-Za-z_.]*", span) and not (_ROOT / span).exists()
    ]
    known = {*config_schema()["properties"], "singer_sdk", "yml", "example", "json", "md", "toml"}
    assert {name for name in names if name != "py"} - _defined_names() <= known


def test_named_paths_exist() -> None:
    is_path = re.compile(r"[\w./]*/|[\w./]+\.(py|md|yml|yaml|toml|json)|\.env\.example")
    paths = {span for span in _code_spans() if is_path.fullmatch(span)}
    assert len(paths) > 10
    roots = (_ROOT, _ROOT / "tap_ozonetel")
    assert {path for path in paths if not any((root / path).exists() for root in roots)} == set()


def test_picture_shows_every_import() -> None:
    shown = set(re.findall(r"^ *(\w+) --> (\w+)$", _PAGE, re.MULTILINE))
    imports = package_imports()
    assert shown == {
        (importer, imported)
        for importer, packages in imports.items()
        for imported in packages - {"errors"}
    }
    assert {"api", "bodies", "config", "records", "singer", "streams", "transport"} <= set(imports)
