"""Where the blocks of each page run, what is replaced in them, and which ones cannot run here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.helpers.documentation.pages import PAGES, read_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.helpers.documentation.pages import Block

#: The places: a fresh clone of this repository, a Meltano project of one's own, a plain directory.
CLONE, PROJECT, DIRECTORY = "clone", "project", "directory"

#: The place of the shell and YAML blocks below each heading.
PLACES: Mapping[str, Mapping[str, str]] = {
    "README.md": {
        "Try it in a clone": CLONE,
        "Use it in your own Meltano project": PROJECT,
        "Use it without Meltano": DIRECTORY,
    },
    "docs/backfill.md": {"With Meltano": PROJECT, "Without Meltano": DIRECTORY},
    "docs/dbt.md": {"With Meltano": CLONE},
    "docs/errors.md": {"Report a problem": DIRECTORY},
    "docs/example-queries.md": {"Example queries": CLONE},
    "docs/meltano.md": {
        "Where the tables are": PROJECT,
        "Select streams and fields": PROJECT,
        "Add a field": PROJECT,
        "Test the connection": PROJECT,
    },
    "docs/performance.md": {"Fast and safe settings": PROJECT},
    "docs/personal-data.md": {"Leave out fields": PROJECT, "Hash phone numbers": PROJECT},
    "docs/production.md": {
        "State backend": PROJECT,
        "Several accounts": PROJECT,
    },
    "docs/orchestrators.md": {"Setup": DIRECTORY},
    "docs/sandbox.md": {"The sandbox": CLONE},
    "docs/without-meltano.md": {
        "Two environments": DIRECTORY,
        "The config": DIRECTORY,
        "The state": DIRECTORY,
        "The catalog": DIRECTORY,
    },
}

#: Shell blocks that cannot run here, by page and first line, with the reason.
NOT_RUN: Mapping[tuple[str, str], str] = {
    ("README.md", "uv run poe test  # all checks and tests: about 15 minutes on 2 cores"): (
        "It runs this test."
    ),
    ("docs/dashboard.md", "uv run poe demo"): (
        "tests/integration/test_demo.py runs the demo, and test_dashboard.py the dashboard."
    ),
    ("docs/dashboard.md", "export DASHBOARD_URL=postgresql://reader:...@warehouse:5432/calls"): (
        "tests/integration/test_dashboard_postgres.py runs the dashboard over Postgres."
    ),
    (
        "docs/dashboard.md",
        'docker run --rm --publish 127.0.0.1:8501:8501 --volume "$PWD:/app:ro" --workdir /app \\',
    ): "It needs a container engine and a registry.",
    ("docs/containers.md", "docker build --file Containerfile --tag tap-ozonetel ."): (
        "It needs a container builder and a registry. tests/integration/test_containers.py runs "
        "the instructions of the Containerfile."
    ),
    ("docs/performance.md", "uv run poe bench             # about 40 minutes"): (
        "It takes 40 minutes. tests/project/benchmarks/ runs the parts."
    ),
}


#: Blocks that run until Ctrl-C, and the start of a line that they print when they are ready.
UNTIL_STOPPED: Mapping[tuple[str, str], str] = {
    ("docs/sandbox.md", "uv run python -m sandbox --port 8080"): "export ",
}


def blocks_to_run(page: str) -> Iterator[Block]:
    """The blocks of shell and of plugins in `meltano.yml`, in the order of the page.

    Those that cannot run are not among them.
    """
    for block in read_blocks(page):
        is_plugin = block.language == "yaml" and block.first_line == "plugins:"
        if (block.language == "bash" or is_plugin) and (page, block.first_line) not in NOT_RUN:
            yield block


def shell_blocks() -> list[Block]:
    """The shell blocks of all pages."""
    return [block for page in PAGES for block in read_blocks(page) if block.language == "bash"]
