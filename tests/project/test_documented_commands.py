"""Every shell block of the README and of docs/ has a place where a test runs it, or a reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from sandbox.faults import names
from tap_ozonetel.records.schema import AGENT_SUMMARY_SCHEMA, CDR_SCHEMA
from tests.helpers.documentation.pages import PAGES, ROOT, read_blocks
from tests.helpers.documentation.plan import (
    NOT_RUN,
    PLACES,
    UNTIL_STOPPED,
    blocks_to_run,
    shell_blocks,
)
from tools.plugin_definition import config_schema

_TESTS = Path(__file__).parents[1]
#: The tests that run the blocks: `run(page, heading)`.
_RUNNING = "\n".join(
    path.read_text(encoding="utf-8")
    for path in (_TESTS / "integration" / "test_readme.py", *_TESTS.glob("documentation/*.py"))
)


def test_every_block_has_a_place_or_a_reason() -> None:
    runnable = {(block.page, block.heading) for page in PAGES for block in blocks_to_run(page)}
    planned = {(page, heading) for page, places in PLACES.items() for heading in places}
    assert runnable == planned


def test_the_lists_of_blocks_are_not_stale() -> None:
    blocks = {(block.page, block.first_line) for block in shell_blocks()}
    assert set(NOT_RUN) <= blocks
    assert set(UNTIL_STOPPED) <= blocks


@pytest.mark.parametrize("page", PLACES)
def test_every_heading_is_run(page: str) -> None:
    assert f'"{page}"' in _RUNNING
    missing = [heading for heading in PLACES[page] if f'"{heading}")' not in _RUNNING]
    assert missing == []


def test_the_readme_has_the_map_of_the_page_about_personal_data() -> None:
    expression = re.compile(r"CallerID: (.*?None\")")
    found = {
        page: expression.findall("".join(block.text for block in read_blocks(page)))
        for page in ("README.md", "docs/personal-data.md")
    }
    assert found["README.md"] == found["docs/personal-data.md"]
    assert len(found["README.md"]) == 1


def test_every_version_tells_what_an_upgrade_needs() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]
    assert versions
    assert [each.splitlines()[0] for each in versions if "\n### Upgrading\n" not in each] == []


def test_the_fields_with_personal_data_exist() -> None:
    page = (ROOT / "docs" / "personal-data.md").read_text(encoding="utf-8")
    names = re.findall(r"`([A-Z]\w+)`", page.partition("\n## Leave out")[0])
    assert len(names) > 15
    assert set(names) <= {*CDR_SCHEMA["properties"], *AGENT_SUMMARY_SCHEMA["properties"]}


def test_every_fault_of_the_sandbox_is_on_its_page() -> None:
    page = (ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8")
    shown = " ".join(re.findall(r"`([^`\n]+)`", page))
    groups = (
        names.REPLACEMENT_FAULTS,
        names.BODY_FAULTS,
        names.PAGE_FAULTS,
        names.TRANSPORT_FAULTS,
    )
    faults = [fault for group in groups for fault in group]
    assert len(faults) > 25
    assert [
        fault for fault in faults if not re.search(rf"(?<![-\w]){re.escape(fault)}", shown)
    ] == []


def test_settings_in_yaml_exist() -> None:
    settings = config_schema()["properties"]
    shown = [
        name
        for page in PAGES
        for block in read_blocks(page)
        if block.language == "yaml"
        for name in (YAML(typ="safe").load(block.text).get("config") or ())
    ]
    assert "calls" in shown
    assert set(shown) <= set(settings)


def test_plugins_are_shown_as_they_are_in_a_project() -> None:
    # So that the runner can add them, and a reader sees where they belong.
    for page in PAGES:
        for block in read_blocks(page):
            if block.language == "yaml" and re.search(r"name: (tap|target)-", block.text):
                assert block.first_line == "plugins:", f"{page}: {block.text}"
