"""Builds and runs the images of the Containerfile in namespaces, without a container engine."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import string
import subprocess
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uv
from dockerfile_parse import DockerfileParser

from tests.helpers.namespaces import Root, command_in

if TYPE_CHECKING:
    from collections.abc import Mapping

REPOSITORY = Path(__file__).parents[2]

#: The environment of the official Python images.
_BASE_ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
    # Takes the place of `ldconfig` in the base image.
    "LD_LIBRARY_PATH": "/usr/local/lib",
}

#: Where the builds find packages, as build arguments of a container engine.
_BUILD_ARGUMENTS = ("_proxy", "uv_", "ssl_cert_", "pip_")


@dataclass
class Image:
    """An image: its files, and what the instructions define for its process."""

    root: Root
    environment: dict[str, str] = field(default_factory=lambda: dict(_BASE_ENVIRONMENT))
    folder: str = "/"
    user: str = "0:0"
    volumes: list[str] = field(default_factory=list)
    entrypoint: list[str] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)

    def make_volume(self, inside: str, outside: Path) -> Path:
        """Make a folder with the mode that the image has there, as a container engine does."""
        outside.mkdir()
        outside.chmod(self.root.locate(inside).stat().st_mode)
        return outside

    def command(
        self,
        volumes: Mapping[str, Path],
        environment: Mapping[str, str],
        *arguments: str,
        user: str = "",
        join: str = "",
    ) -> list[str]:
        """Return the command line that runs the image with a read-only root.

        Args:
            volumes: Folders of this machine that are mounted writable.
            environment: Variables beside those of the image.
            arguments: Arguments instead of those of the image.
            user: The uid and the gid instead of those of the image.
            join: A line of shell that sets limits for the process.
        """
        return command_in(
            self.root,
            [*self.entrypoint, *(arguments or self.arguments)],
            {**self.environment, **environment},
            user=user or self.user,
            folder=self.folder,
            volumes=volumes,
            join=join,
        )


def read_stages() -> dict[str, list[dict[str, Any]]]:
    """The instructions of each stage of the Containerfile, the FROM first."""
    parser = DockerfileParser(fileobj=BytesIO((REPOSITORY / "Containerfile").read_bytes()))
    stages: dict[str, list[dict[str, Any]]] = {}
    for instruction in parser.structure:
        if instruction["instruction"] == "FROM":
            stages[instruction["value"].split()[-1]] = [instruction]
        elif instruction["instruction"] not in {"COMMENT", "ARG"}:
            stages[list(stages)[-1]].append(instruction)
    return stages


class Builder:
    """Builds the stages of the Containerfile.

    Args:
        folder: Where to put the files of the images.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stages = read_stages()
        self._images: dict[str, Image] = {}

    def build(self, stage: str) -> Image:
        """Run the instructions of a stage, and before them those of the stages that it needs."""
        if stage not in self._images:
            (start, *rest) = self._stages[stage]
            image = self._start(stage, start["value"].split()[0])
            for instruction in rest:
                self._run(image, instruction["instruction"], instruction["value"])
            self._images[stage] = image
        return self._images[stage]

    def _start(self, stage: str, base: str) -> Image:
        folder = self._folder / stage
        if base in self._stages:
            parent = self.build(base)
            shutil.copytree(parent.root.folder.parent, folder, symlinks=True)
            return Image(
                Root(folder / "root", folder / "local"),
                dict(parent.environment),
                parent.folder,
                parent.user,
                list(parent.volumes),
                list(parent.entrypoint),
                list(parent.arguments),
                dict(parent.labels),
            )
        image = Image(Root.create(folder))
        if base == "${UV_IMAGE}":
            shutil.copy(uv.find_uv_bin(), image.root.folder / "uv")
        else:
            assert base == "${PYTHON_IMAGE}"
        return image

    def _run(self, image: Image, instruction: str, value: str) -> None:
        match instruction:
            case "ENV":
                pairs = dict(word.split("=", 1) for word in shlex.split(value))
                known = image.environment
                image.environment = known | {
                    name: string.Template(text).safe_substitute(known)
                    for name, text in pairs.items()
                }
            case "LABEL":
                image.labels |= dict(word.split("=", 1) for word in shlex.split(value))
            case "WORKDIR":
                image.folder = value
                image.root.locate(value).mkdir(parents=True, exist_ok=True)
            case "COPY":
                self._copy(image, value.split())
            case "RUN":
                self._execute(image, value)
            case "USER":
                image.user = value
            case "VOLUME":
                image.volumes += json.loads(value)
            case "ENTRYPOINT":
                image.entrypoint, image.arguments = json.loads(value), []
            case "CMD":
                image.arguments = json.loads(value)
            case _:
                raise AssertionError(f"unknown instruction: {instruction}")

    def _copy(self, image: Image, words: list[str]) -> None:
        """Copy from the repository or from another stage, to a folder if the target ends in /."""
        source_root = REPOSITORY
        if words[0].startswith("--from="):
            source_root = self.build(words.pop(0).removeprefix("--from=")).root.folder
        *sources, last = words
        target = image.root.locate(str(Path(image.folder, last)))
        for name in sources:
            source = source_root / name.lstrip("/")
            destination = target / source.name if last.endswith("/") else target
            destination.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, destination, symlinks=True, dirs_exist_ok=True)
            else:
                shutil.copy2(source, destination)

    def _execute(self, image: Image, script: str) -> None:
        arguments = {
            name: value
            for name, value in os.environ.items()
            if name.lower().endswith(_BUILD_ARGUMENTS[0])
            or name.lower().startswith(_BUILD_ARGUMENTS[1:])
        }
        find_cache = [uv.find_uv_bin(), "cache", "dir"]
        found = subprocess.run(find_cache, capture_output=True, text=True, check=True)
        cache = Path(found.stdout.strip())
        cache.mkdir(parents=True, exist_ok=True)
        command = command_in(
            image.root,
            ["/bin/sh", "-c", script],
            {**arguments, **image.environment, "UV_CACHE_DIR": "/root/.cache/uv", "HOME": "/root"},
            folder=image.folder,
            volumes={"/root/.cache/uv": cache},
            read_only=False,
        )
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr
