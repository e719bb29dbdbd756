"""The places in which a reader runs the commands of a page."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import sys
import tomllib
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from ruamel.yaml import YAML
from uv import find_uv_bin

from benchmarks.local_server import HOST, free_port
from benchmarks.postgres_server import DATABASE, PASSWORD, USER, Postgres, postgres
from sandbox import Options, Sandbox
from sandbox.command import environment
from tests.helpers.days import requested_days
from tests.helpers.documentation.hub import hub, loaders
from tests.helpers.documentation.pages import ROOT
from tests.helpers.documentation.plan import CLONE, PLACES, PROJECT, UNTIL_STOPPED, blocks_to_run
from tests.helpers.documentation.shell import Shell
from tests.helpers.meltano import MELTANO, inherited_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.helpers.documentation.pages import Block

_CREDENTIALS = ("TAP_OZONETEL_API_KEY", "TAP_OZONETEL_USERNAME")


@dataclass
class Reader:
    """Runs the blocks of pages, each in its place, against an account and a Postgres."""

    folder: Path
    box: Sandbox
    server: Postgres
    variables: dict[str, str]
    _shells: dict[str, Shell] = field(default_factory=dict)

    def run(self, page: str, heading: str) -> str:
        """Run the blocks below a heading, and return what the shell blocks print."""
        blocks = [block for block in blocks_to_run(page) if block.heading == heading]
        assert blocks
        return "".join(self._run_block(block) for block in blocks)

    def _run_block(self, block: Block) -> str:
        shell = self.shell(PLACES[block.page][block.heading])
        script = block.text
        for written, replacement in self.substitutions().items():
            script = script.replace(written, replacement)
        if line := UNTIL_STOPPED.get((block.page, block.first_line)):
            return shell.run_until(script, line)
        if block.language == "bash":
            return shell.run(script)
        _merge_into_project(shell.directory / "meltano.yml", script)
        return ""

    def substitutions(self) -> dict[str, str]:
        """Return what is replaced in the blocks, and by what. Nothing else is."""
        config = dict(self.box.config)
        key, username = config.pop("api_key"), config.pop("username")
        days = self.days_ago(6, 4)
        return {
            # Credentials.
            "TAP_OZONETEL_API_KEY=...": f"TAP_OZONETEL_API_KEY={key}",
            "TAP_OZONETEL_USERNAME=...": f"TAP_OZONETEL_USERNAME={username}",
            "TAP_OZONETEL_ABROAD_API_KEY=...": f"TAP_OZONETEL_ABROAD_API_KEY={key}",
            "TAP_OZONETEL_ABROAD_USERNAME=...": f"TAP_OZONETEL_ABROAD_USERNAME={username}",
            "TARGET_POSTGRES_HOST=...": f"TARGET_POSTGRES_HOST={HOST}",
            "TARGET_POSTGRES_DATABASE=...": f"TARGET_POSTGRES_DATABASE={DATABASE}",
            "TARGET_POSTGRES_USER=...": f"TARGET_POSTGRES_USER={USER}",
            "TARGET_POSTGRES_PASSWORD=...": f"TARGET_POSTGRES_PASSWORD='{PASSWORD}'",
            "user:password@your-host:5432/meltano": (
                f"{USER}:{quote(PASSWORD)}@{HOST}:{self.server.port}/{DATABASE}"
            ),
            # With the address of the API, because a file is the only source of settings there.
            '"api_key": "..."': json.dumps({"api_key": key, **config})[1:-1],
            '"username": "..."': json.dumps({"username": username})[1:-1],
            # The path of the checkout.
            "/path/to/tap-ozonetel": str(self.clone),
            # A port that is free.
            "--port 8080": f"--port {free_port()}",
            # Days that the API serves when the test runs.
            "2026-11-20": days[0],
            "2026-11-22": days[1],
        }

    @property
    def clone(self) -> Path:
        """A fresh clone of this repository, with its uncommitted changes."""
        clone = self.folder / "clone"
        if not clone.exists():
            _copy_repository(clone)
        return clone

    def shell(self, place: str) -> Shell:
        """Return the shell of a place, which is made when it is first used."""
        if place not in self._shells:
            self._shells[place] = self._make_shell(place)
        return self._shells[place]

    def _make_shell(self, place: str) -> Shell:
        """Make a place. Nothing of this repository is on its path."""
        home, programs = self.folder / "home", self.folder / "programs" / place
        programs.mkdir(parents=True)
        (programs / "uv").symlink_to(find_uv_bin())
        (programs / "python3").symlink_to(Path(sys._base_executable))  # type: ignore[attr-defined]
        path = f"{home}/.local/bin:{programs}:/usr/bin:/bin"
        shell = Shell(self.folder, {**self.variables, "HOME": str(home), "PATH": path})
        if place == PROJECT:
            (programs / "meltano").symlink_to(MELTANO)
            shell.run("meltano init your-project && cd your-project")
        elif place == CLONE:
            shell.directory = self.clone
        else:
            shell.run("mkdir directory && cd directory")
        return shell

    def add_plugins(self) -> None:
        """Add the tap and the loaders to the project, as the README does with many commands."""
        shell = self.shell(PROJECT)
        yaml = YAML(typ="safe")
        tap = yaml.load((ROOT / "plugin.yaml").read_text(encoding="utf-8"))
        tap |= {"pip_url": str(self.clone), "load_schema": "ozonetel"}
        plugins = {"extractors": [tap], "loaders": list(loaders().values())}
        for loader in plugins["loaders"]:
            loader.pop("python", None)
        with (shell.directory / "meltano.yml").open("a", encoding="utf-8") as file:
            yaml.dump({"plugins": plugins}, file)

    def set_account(self, place: str) -> None:
        """Set the credentials of the account and of Postgres."""
        shell = self.shell(place)
        shell.variables |= environment(self.box) | self.server.settings

    def take_requested_days(self) -> list[str]:
        """Return the days of the requests since the last call."""
        days = requested_days(self.box)
        self.box.requests.clear()
        return days

    def days_ago(self, *ago: int) -> list[str]:
        """Return days of the account."""
        return [str(self.box.today() - dt.timedelta(days=days)) for days in ago]


def _merge_into_project(path: Path, text: str) -> None:
    """Add the lines of a YAML block to the plugins of the same name in `meltano.yml`."""
    yaml = YAML(typ="safe")
    project = yaml.load(path.read_text(encoding="utf-8"))
    for kind, added in yaml.load(text)["plugins"].items():
        plugins = {plugin["name"]: plugin for plugin in project["plugins"][kind]}
        for plugin in added:
            plugins[plugin["name"]].update(plugin)
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(project, file)


def _copy_repository(clone: Path) -> None:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    for name in names.split("\0")[:-1]:
        if (ROOT / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, clone / name)


def _exclude_newer() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    date: str = project["tool"]["uv"]["exclude-newer"]
    return date


def _midday_zone() -> str:
    """Return a time zone in which it is between 12:00 and 13:00, so that no day ends or settles."""
    # The sign of these names is that of POSIX: Etc/GMT-5 is ahead of UTC.
    return f"Etc/GMT{dt.datetime.now(dt.UTC).hour - 12:+d}"


@contextmanager
def reader(folder: Path) -> Iterator[Reader]:
    """Make the places of pages.

    Args:
        folder: Where the places are made.

    Yields:
        The reader.
    """
    account = Options(
        records=20,
        dial_count=True,  # The loaders have a column for each field of the catalog.
        limit=1000,
        summary_limit=1000,
        timezone=_midday_zone(),
    )
    inherited = inherited_environment()
    del inherited["MELTANO_PROJECT_ROOT"]
    # Keep the cache of uv. Otherwise everything would be downloaded again.
    caches = Path(inherited.get("XDG_CACHE_HOME", "~/.cache")).expanduser()
    with Sandbox(account) as box, postgres() as server, hub() as hub_address:
        settings = environment(box)
        variables = {
            **{name: value for name, value in inherited.items() if name != "VIRTUAL_ENV"},
            **{name: settings[name] for name in settings if name not in _CREDENTIALS},
            "MELTANO_HUB_API_ROOT": hub_address,
            "NO_COLOR": "1",
            "TARGET_POSTGRES_PORT": str(server.port),
            "TZ": "UTC",
            "UV_EXCLUDE_NEWER": _exclude_newer(),
            "UV_CACHE_DIR": inherited.get("UV_CACHE_DIR", str(caches / "uv")),
        }
        variables.pop("XDG_CACHE_HOME", None)
        yield Reader(folder, box, server, variables)
