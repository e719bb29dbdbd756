"""Running a loader in an environment of its own, which uv makes and keeps."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.helpers.environments import uv_command
from tests.helpers.meltano import inherited_environment, run_process

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.helpers.comparison import Row
    from tests.helpers.targets.loaders import Loader


@dataclass
class Stored:
    """The rows of a stream as a loader stored them, without its metadata.

    The names of the columns are those of the fields. Dates are text, and ratings are decimals.
    """

    rows: list[Row]
    #: The stored type of the columns CallID, UCID, CallDate and Rating.
    types: dict[str, str]


@dataclass
class Destination:
    """Where a loader loads into, and how to read it."""

    config: dict[str, Any]
    read: Callable[[], Stored]
    #: More environment variables of the loader.
    environment: dict[str, str] = field(default_factory=dict)
    #: Makes the command of the loader from that of its environment and the path of its config.
    command: Callable[[Loader, Path], list[str]] | None = None


def uvx(loader: Loader, config: Path) -> list[str]:
    """Return the command that runs a loader in its own environment."""
    first, *others = loader.requirements
    return [
        *uv_command("tool", "run"),
        f"--from={first}",
        *(f"--with={requirement}" for requirement in others),
        *(loader.executable, "--config", str(config)),
    ]


@dataclass
class Target:
    """A loader with its config and its destination."""

    loader: Loader
    folder: Path
    destination: Destination

    def load(self, messages: Iterable[Mapping[str, Any]]) -> subprocess.CompletedProcess[str]:
        """Run the loader once."""
        config = self.folder / "config.json"
        command = (self.destination.command or uvx)(self.loader, config)
        environment = inherited_environment() | self.destination.environment
        return run_process(command, environment, messages, cwd=self.folder)

    def load_completely(self, messages: Iterable[Mapping[str, Any]]) -> dict[str, Any] | None:
        """Run the loader once, and return the last state that it wrote."""
        done = self.load(messages)
        assert done.returncode == 0, done.stderr[-5000:]
        lines = done.stdout.splitlines()
        state: dict[str, Any] | None = json.loads(lines[-1]) if lines else None
        return state

    def read(self) -> Stored:
        """Read what was loaded."""
        return self.destination.read()


@contextmanager
def make_target(
    loader: Loader,
    make: Callable[[Path], AbstractContextManager[Destination]],
    folder: Path,
    settings: Mapping[str, Any],
) -> Iterator[Target]:
    """Make a loader's destination and write its config.

    Args:
        loader: The loader.
        make: Makes the destination.
        folder: An empty folder for the config and the data.
        settings: More settings of the loader.
    """
    data = folder / "data"
    data.mkdir(parents=True)
    with make(data) as destination:
        config = json.dumps(destination.config | dict(settings))
        (folder / "config.json").write_text(config, encoding="utf-8")
        yield Target(loader, folder, destination)
