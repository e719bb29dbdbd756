"""What must not be committed: registry hosts, paths of a machine, secrets; and the pinned date."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import tomllib
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_REGISTRIES = re.compile("|".join(rf"{name}\.org" for name in ("pypi", "pythonhosted", "npmjs")))
_MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:home|root|Users|work)/\w")


def _committed_texts() -> dict[str, str]:
    """The text files that git tracks or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=_ROOT, capture_output=True, check=True).stdout.decode()
    paths = [_ROOT / name for name in names.split("\0") if name]
    return {
        str(path.relative_to(_ROOT)): path.read_text(encoding="utf-8")
        for path in paths
        if path.is_file() and path.suffix != ".png"
    }


def test_no_registry_or_machine_is_named() -> None:
    texts = _committed_texts()
    assert "README.md" in texts
    found = {
        name: [*_REGISTRIES.findall(text), *_MACHINE_PATHS.findall(text)]
        for name, text in texts.items()
    }
    assert {name: matches for name, matches in found.items() if matches} == {}


def test_lock_file_is_ignored() -> None:
    assert not {"uv.lock", ".env"} & set(_committed_texts())


def test_newer_releases_are_excluded() -> None:
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    cutoff = dt.datetime.fromisoformat(project["tool"]["uv"]["exclude-newer"])
    assert cutoff <= dt.datetime.now(dt.UTC)
