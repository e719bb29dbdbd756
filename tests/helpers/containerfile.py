"""Reads the instructions of the Containerfile."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from tests.helpers.meltano import ROOT


@dataclass
class Stage:
    """A stage, with its instructions in order, without the instruction FROM."""

    image: str
    instructions: list[tuple[str, str]] = field(default_factory=list)

    def all(self, name: str) -> list[str]:
        """Return the arguments of all instructions of a name."""
        return [arguments for each, arguments in self.instructions if each == name]

    def only(self, name: str) -> str:
        """Return the arguments of the only instruction of a name."""
        (arguments,) = self.all(name)
        return arguments

    @property
    def environment(self) -> dict[str, str]:
        """The variables that the stage sets."""
        return dict(each.split("=", 1) for each in self.all("ENV"))

    @property
    def entry_point(self) -> list[str]:
        """The program of a container, which is not started by a shell."""
        program: list[str] = json.loads(self.only("ENTRYPOINT"))
        return program


def read_stages() -> dict[str, Stage]:
    """Return the stages by name. The last one, which has none, is `final`."""
    stages: dict[str, Stage] = {}
    current = Stage("")
    for line in (ROOT / "Containerfile").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        instruction, _, arguments = line.partition(" ")
        if instruction == "FROM":
            image, _, name = arguments.partition(" AS ")
            current = stages[name or "final"] = Stage(image)
        else:
            current.instructions.append((instruction, arguments))
    return stages
