"""The contest: who there is, and what each takes for a day, in one run and by turns."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from benchmarks.contestants.account import API_KEY, USERNAME
from benchmarks.days import render
from benchmarks.measure import TAP, Usage, measured
from benchmarks.server import Served, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

#: The sizes of an account's day that all are measured at.
SIZES = (1_000, 20_000, 200_000)

#: One more for the tap alone: the others hold the whole answer, six times over.
LARGEST = 1_000_000

#: How often each is measured at each size. The least of it counts: a busy machine only adds.
ROUNDS = 3

OURS, PLAIN = TAP.name, "a plain SDK tap"

SCRIPTS = {
    PLAIN: "plain_sdk_tap",
    "dlt `rest_api`, extract": "dlt_rest_api",
    "airbyte-cdk, low code": "airbyte_declarative",
    "tap-rest-api-msdk": "rest_api_msdk",
    "floor: parse and write": "floor",
}


@dataclass(frozen=True, slots=True)
class Contestant:
    """Whoever reads a day and writes it to stdout."""

    name: str
    #: What it is made of, with versions.
    made_of: str
    #: The command, given the API's address, the day, and a folder for its files.
    command: Callable[[str, str, Path], Sequence[str | Path]]


@dataclass(slots=True)
class Result:
    """What a contestant took, by the records of the day: the least of all rounds."""

    made_of: str
    #: Why it could not do the job, where it could not.
    cannot: str = ""
    cpu_seconds: dict[int, float] = field(default_factory=dict)
    peak_bytes: dict[int, int] = field(default_factory=dict)

    def add(self, records: int, usage: Usage) -> None:
        """Keep the usage where it is less than before."""
        seconds, peak = usage.cpu_seconds, usage.peak_bytes
        self.cpu_seconds[records] = min(seconds, self.cpu_seconds.get(records, seconds))
        self.peak_bytes[records] = min(peak, self.peak_bytes.get(records, peak))


def ours(versions: str = "") -> Contestant:
    """The tap as it is installed here."""

    def command(url: str, day: str, folder: Path) -> Sequence[str | Path]:
        config = folder / "config.json"
        settings = {"api_url": url, "api_key": API_KEY, "username": USERNAME, "cache_dir": ""}
        config.write_text(json.dumps({**settings, "start_date": day, "end_date": day}))
        return [TAP, "--config", config]

    return Contestant(OURS, versions, command)


def peer(name: str, script: str, python: str | Path, versions: str = "") -> Contestant:
    """A contestant that a script of `contestants/` makes up.

    Args:
        name: What to call it.
        script: The script's name.
        python: The interpreter of its environment.
        versions: What it is made of.
    """
    module = f"benchmarks.contestants.{script}"
    return Contestant(name, versions, lambda url, day, _: [python, "-m", module, url, day])


def peers() -> list[Contestant]:
    """All peers, each in an environment of its own, which uv makes of the head of its script."""
    folder = Path(__file__).parent / "contestants"
    return [_installed(name, folder / f"{script}.py") for name, script in SCRIPTS.items()]


def _installed(name: str, script: Path) -> Contestant:
    try:
        # The same Python for all, and bytecode, which a user's second run has.
        _uv("sync", "--quiet", "--script", script, "--python", sys.executable, "--compile-bytecode")
        python = _uv("python", "find", "--script", script).strip()
        listed = json.loads(_uv("pip", "list", "--python", python, "--format", "json"))
    except subprocess.CalledProcessError:
        return absent(name, "uv could not install it")
    versions = {each["name"]: each["version"] for each in listed}
    made_of = ", ".join(f"{each} {versions[each]}" for each in pinned(script))
    return peer(name, script.stem, python, made_of)


def absent(name: str, reason: str) -> Contestant:
    """A contestant that cannot take part."""

    def command(_url: str, _day: str, _: Path) -> NoReturn:
        raise RuntimeError(reason)

    return Contestant(name, "", command)


def pinned(script: Path) -> list[str]:
    """What the head of a script pins to a version: what the contestant is made of."""
    (line,) = re.findall("^# (dependencies = .*)$", script.read_text(), re.MULTILINE)
    requirements: list[str] = tomllib.loads(line)["dependencies"]
    return [name for name, pin, _ in (each.partition("==") for each in requirements) if pin]


def _uv(*arguments: str | Path) -> str:
    # The environment that this runs in is none of theirs.
    others = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    command = ["uv", *map(str, arguments)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=others)  # noqa: S603
    return done.stdout


def contest(
    contestants: Iterable[Contestant],
    sizes: Mapping[int, int],
    say: Callable[[str], None],
    only_ours: Sequence[int] = (),
) -> dict[str, Result]:
    """Measure all contestants at all sizes, by turns.

    Who fails, does not write every record or asks more than once is out, and the reason is kept.

    Args:
        contestants: Who takes part.
        sizes: How many rounds for each number of records.
        say: Takes a line on what goes on.
        only_ours: Further sizes, for the tap alone, once.

    Returns:
        The results by name.

    Raises:
        RuntimeError: The tap itself could not do it.
    """
    everyone = list(contestants)
    results = {each.name: Result(each.made_of) for each in everyone}
    yesterday = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    turns = [(size, n + 1, everyone) for size, rounds in sizes.items() for n in range(rounds)]
    turns += [(size, 1, [each for each in everyone if each.name == OURS]) for size in only_ours]
    with tempfile.TemporaryDirectory() as name:
        folder, rendered = Path(name), 0
        for records, number, taking_part in turns:
            if records != rendered:
                render(folder / "day.json", yesterday, records)
                rendered = records
            with serving(folder / "day.json") as served:
                for each in (one for one in taking_part if not results[one.name].cannot):
                    # What is written is counted once, where there is least of it.
                    counted = records if number == 1 and records == min(sizes) else None
                    try:
                        usage = _turn(each, served, yesterday.isoformat(), folder, counted)
                    except RuntimeError as failure:
                        if each.name == OURS:
                            raise
                        results[each.name].cannot = str(failure).strip().splitlines()[-1]
                        say(f"{each.name} is out: {failure}")
                    else:
                        results[each.name].add(records, usage)
                        say(f"{records:>9,} records, round {number}: {usage} {each.name}")
    return results


def _turn(
    contestant: Contestant, served: Served, day: str, folder: Path, counted: int | None
) -> Usage:
    """Measure one contestant once, and see that it did the job.

    Args:
        contestant: Whose turn it is.
        served: The API.
        day: The day that it has.
        folder: For files.
        counted: How many records must have been written; without it that is not looked at.

    Raises:
        RuntimeError: It did not do the job.
    """
    output, before = folder / "output", served.requests
    command = contestant.command(served.url, day, folder)
    usage = measured(command, None if counted is None else output)
    if served.requests != before + 1:
        msg = f"asked {served.requests - before} times for one day"
        raise RuntimeError(msg)
    if counted is not None:
        lines = output.read_bytes().splitlines()
        # The field is named in the SCHEMA as well.
        written = sum(b'"CallID"' in line and b'"SCHEMA"' not in line for line in lines)
        if written != counted:
            msg = f"has written {written} records of {counted}"
            raise RuntimeError(msg)
    return usage
