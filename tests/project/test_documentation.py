"""The documentation is true: its links, commands, settings, names and messages exist."""

from __future__ import annotations

import datetime as dt
import re
import shlex
import subprocess
import tomllib
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt
from ruamel.yaml import YAML

from sandbox import Options, Sandbox
from sandbox.__main__ import _make_parser
from sandbox.faults.script import parse_script
from tap_ozonetel.api.retry import MAX_RATE_LIMIT_TRIES, MAX_TRIES
from tap_ozonetel.streams import progress
from tap_ozonetel.streams.spans import RetentionGap, date_range
from tests.helpers.sync import sync
from tools.plugin_definition import config_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

    from tests.helpers.clock import FakeClock

_ROOT = Path(__file__).parents[2]
_PAGES = sorted(
    str(path.relative_to(_ROOT))
    for pattern in ("*.md", "docs/*.md", "benchmarks/*.md")
    for path in _ROOT.glob(pattern)
)
_SETTINGS = set(config_schema()["properties"])
_MARKDOWN = MarkdownIt().enable("table")


def _read(name: str) -> str:
    return (_ROOT / name).read_text(encoding="utf-8")


@cache
def _tokens(name: str) -> list[Token]:
    """All tokens of a page, those inside of paragraphs included."""
    tokens = _MARKDOWN.parse(_read(name))
    return [inner for token in tokens for inner in (token, *(token.children or ()))]


def _anchors(name: str) -> set[str]:
    """The anchors of the headings of a page, as GitHub makes them."""
    tokens = _MARKDOWN.parse(_read(name))
    titles = [text.content for heading, text in pairwise(tokens) if heading.type == "heading_open"]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def _links(name: str) -> Iterator[str]:
    for token in _tokens(name):
        if token.type == "link_open":
            yield str(token.attrs["href"])


def _code_spans(name: str) -> Iterator[str]:
    return (token.content for token in _tokens(name) if token.type == "code_inline")


def _code_blocks(language: str) -> list[tuple[str, str]]:
    """The code blocks of a language, each with the name of its page."""
    return [
        (name, token.content)
        for name in _PAGES
        for token in _tokens(name)
        if token.type == "fence" and token.info == language
    ]


def _problem_of_link(page: str, link: str) -> str | None:
    if "://" in link or link.startswith("mailto:"):
        return None
    path, _, anchor = link.partition("#")
    target = (_ROOT / page).parent / path if path else _ROOT / page
    if not target.exists():
        return f"{link}: no such file"
    if anchor and anchor not in _anchors(str(target.resolve().relative_to(_ROOT))):
        return f"{link}: no such heading"
    return None


@pytest.mark.parametrize("page", _PAGES)
def test_links_resolve(page: str) -> None:
    problems = [_problem_of_link(page, link) for link in _links(page)]
    assert [problem for problem in problems if problem] == []


def test_broken_links_are_found() -> None:
    assert _problem_of_link("README.md", "docs/none.md") == "docs/none.md: no such file"
    assert _problem_of_link("docs/sandbox.md", "#none") == "#none: no such heading"
    assert _problem_of_link("docs/sandbox.md", "#faults") is None


def test_readme_links_every_page() -> None:
    linked = {link.partition("#")[0] for link in _links("README.md")}
    assert {page for page in _PAGES if page != "README.md"} <= linked


def test_readme_is_short() -> None:
    assert len(_read("README.md").splitlines()) <= 150


@pytest.mark.parametrize("page", _PAGES)
def test_settings_exist(page: str) -> None:
    # Two underscores introduce an extra of Meltano; ABROAD is a second account.
    variables = re.findall(r"TAP_OZONETEL_(?:ABROAD_)?([A-Z][A-Z_]*)", _read(page))
    assert {name.lower() for name in variables} <= {*_SETTINGS, "loglevel"}
    values = [re.fullmatch(r"([a-z_]+): .+", span) for span in _code_spans(page)]
    known = {*_SETTINGS, *_loader_settings(), "pip_url", "select"}
    if page != "CHANGELOG.md":  # It has former messages too.
        assert {match[1] for match in values if match} <= known


def _loader_settings() -> set[str]:
    loaders = YAML(typ="safe").load(_read("meltano.yml"))["plugins"]["loaders"]
    return {setting["name"] for loader in loaders for setting in loader["settings"]}


@pytest.mark.parametrize(("page", "script"), _code_blocks("bash"))
def test_shell_commands_parse(page: str, script: str) -> None:
    del page
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)  # noqa: S607


def _commands() -> list[list[str]]:
    lines = [
        line
        for _, script in _code_blocks("bash")
        for line in script.replace("\\\n", "").splitlines()
    ]
    return [words for line in lines if (words := shlex.split(line, comments=True))]


def test_sandbox_commands_parse() -> None:
    commands = [words for words in _commands() if "sandbox" in words]
    assert len(commands) > 1
    for words in commands:
        arguments = words[words.index("sandbox") + 1 :]
        own = arguments[: arguments.index("--")] if "--" in arguments else arguments
        if own != ["--help"]:
            parse_script(Options(**vars(_make_parser().parse_args(own))).faults)


def test_poe_tasks_exist() -> None:
    tasks = tomllib.loads(_read("pyproject.toml"))["tool"]["poe"]["tasks"]
    text = "\n".join(map(_read, _PAGES))
    named = set(re.findall(r"\bpoe ([a-z]+)", text))
    assert named
    assert named <= set(tasks)


_CITATION = re.compile(r'docs/ozonetel-api\.md((?:,? (?:and )?"[^"]+")+)')


def test_cited_sections_exist() -> None:
    headings = _anchors("docs/ozonetel-api.md")
    cited: set[str] = set()
    for folder in ("tap_ozonetel", "sandbox", "benchmarks", "tests"):
        for path in _ROOT.glob(f"{folder}/**/*.py"):
            text = re.sub(r"\s+(#:?\s)?\s*", " ", path.read_text(encoding="utf-8"))
            for citation in _CITATION.findall(text):
                cited.update(re.findall(r'"([^"]+)"', citation))
    assert {"Limits", "Records", "Two dialects"} <= cited
    assert {title for title in cited if title.lower().replace(" ", "-") not in headings} == set()


def test_cited_pages_exist() -> None:
    for folder in ("tap_ozonetel", "sandbox", "demo", "tools", "benchmarks"):
        for path in _ROOT.glob(f"{folder}/**/*.py"):
            pages = re.findall(
                r"\b(?:docs|benchmarks)/[\w-]+\.md", path.read_text(encoding="utf-8")
            )
            assert [page for page in pages if not (_ROOT / page).exists()] == [], path


def test_messages_are_quoted_correctly() -> None:
    bookmark = dt.date(2026, 10, 19)
    unread = date_range(dt.date(2026, 10, 20), dt.date(2026, 11, 8))
    gap = RetentionGap(unread, incomplete=bookmark)
    replication = _read("docs/replication.md")
    assert progress.retention_gap_message({"cdr_details": gap}) in replication
    assert progress.unsettled_message(dt.date(2026, 11, 26)) in replication
    errors = _read("docs/errors.md")
    assert f"`{MAX_TRIES} tries failed`" in errors
    assert f"`Rate limit exceeded {MAX_RATE_LIMIT_TRIES} times in a row`" in errors


def test_stream_map_removes_phone_numbers(clock: FakeClock) -> None:
    (script,) = [text for page, text in _code_blocks("yaml") if page == "docs/personal-data.md"]
    (tap,) = YAML(typ="safe").load(script)["plugins"]["extractors"]
    config = {**tap["config"], "stream_map_config": {"salt": "a-salt-of-nobody"}}
    with Sandbox(Options(records=5), clock=clock) as box:
        day = str(box.today() - dt.timedelta(days=1))
        plain = sync(box, clock, start_date=day, end_date=day).records()
        mapped = sync(box, clock, start_date=day, end_date=day, **config).records()
    assert len(plain) == len(mapped) == 5
    numbers = {
        record[field]
        for record in plain
        for field in ("CallerID", "DialedNumber", "DID", "E164")
        if record.get(field)
    }
    assert len(numbers) > 5
    text = str(mapped)
    assert [number for number in numbers if number in text] == []
    assert {len(record["CallerID"]) for record in mapped if record["CallerID"]} == {64}
