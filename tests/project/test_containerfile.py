"""The Containerfile agrees with the project, and its context has what it copies."""

from __future__ import annotations

import re

from tests.helpers.containers import REPOSITORY, read_stages

_TEXT = (REPOSITORY / "Containerfile").read_text(encoding="utf-8")


def test_the_context_has_what_is_copied_and_nothing_else() -> None:
    copied = {
        word.strip("/")
        for stage in read_stages().values()
        for instruction in stage
        if instruction["instruction"] == "COPY" and not instruction["value"].startswith("--from=")
        for word in instruction["value"].split()[:-1]
    }
    lines = (REPOSITORY / ".containerignore").read_text(encoding="utf-8").splitlines()
    assert lines[1] == "*"
    assert {line[1:] for line in lines if line.startswith("!")} == copied
    assert [name for name in copied if not (REPOSITORY / name).exists()] == []


def test_the_python_of_the_image_is_the_one_of_the_project() -> None:
    version = (REPOSITORY / ".python-version").read_text(encoding="utf-8").strip()
    assert f"ARG PYTHON_IMAGE=docker.io/library/python:{version}-slim" in _TEXT
    assert set(re.findall(r"/lib/python(\d\.\d+)", _TEXT)) == {version}


def test_base_images_have_a_version() -> None:
    images = re.findall(r"^ARG \w+_IMAGE=(\S+)$", _TEXT, re.MULTILINE)
    assert len(images) == 2
    assert [image for image in images if not re.search(r":\d+\.\d+", image)] == []
