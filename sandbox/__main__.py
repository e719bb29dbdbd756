"""The command line: serve, or serve while a command runs."""

from __future__ import annotations

import argparse
import signal
import sys
from dataclasses import MISSING, Field, fields
from threading import Event
from typing import Any

from sandbox.command import run
from sandbox.options import Options
from sandbox.server import Sandbox


def _add(parser: argparse.ArgumentParser, item: Field[Any]) -> None:
    flag = f"--{item.name.replace('_', '-')}"
    default = None if item.default is MISSING else item.default
    about = item.metadata["about"].replace("%", "%%")
    shown = f"{about} (default: {default})" if default not in {None, ""} else about
    if isinstance(default, bool):
        parser.add_argument(flag, action=argparse.BooleanOptionalAction, help=shown)
    else:
        kind = item.metadata.get("parse") or type(default)
        parser.add_argument(flag, type=kind, choices=item.metadata["choices"], help=shown)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        usage="%(prog)s [options] [-- COMMAND ...]",
        description="A local stand-in for the Ozonetel CDR API. With a command: serves while it "
        "runs, with TAP_OZONETEL_* pointing here, and ends with its code.",
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    for item in fields(Options):
        _add(parser, item)
    return parser


def _serve(box: Sandbox) -> int:
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with box:
        print(box.url, flush=True)  # noqa: T201
        stop.wait()
    return 0


def summary(box: Sandbox) -> str:
    """Return in one line what came."""
    return (
        f"sandbox: {len(box.requests)} requests, {box.refused_for_rate} refused for rate, "
        f"{box.tokens_made} tokens made"
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    split = words.index("--") if "--" in words else len(words)
    parser, command = _parser(), words[split + 1 :]
    if split < len(words) and not command:
        parser.error("no command after --")
    try:
        options = Options(**vars(parser.parse_args(words[:split])))
    except (ValueError, KeyError) as error:
        parser.error(str(error))
    box = Sandbox(options)
    code = run(box, command) if command else _serve(box)
    print(summary(box), file=sys.stderr, flush=True)  # noqa: T201
    return code


if __name__ == "__main__":
    sys.exit(main())
