"""Command line of the sandbox: `python -m sandbox [options] [-- COMMAND ...]`."""

from __future__ import annotations

import argparse
import signal
import sys
from dataclasses import MISSING, Field, fields
from threading import Event
from typing import Any

from sandbox.command import environment, run
from sandbox.options import Options
from sandbox.server import Sandbox


def _add_flag(parser: argparse.ArgumentParser, item: Field[Any]) -> None:
    flag = f"--{item.name.replace('_', '-')}"
    default = None if item.default is MISSING else item.default
    description = item.metadata["help"].replace("%", "%%")
    if default not in {None, ""}:
        description = f"{description} (default: {default})"
    if isinstance(default, bool):
        parser.add_argument(flag, action=argparse.BooleanOptionalAction, help=description)
    else:
        kind = item.metadata.get("parse") or type(default)
        parser.add_argument(flag, type=kind, choices=item.metadata["choices"], help=description)


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        usage="%(prog)s [options] [-- COMMAND ...]",
        description="A local Ozonetel CDR API with generated calls. With a COMMAND it serves while "
        "the command runs, sets TAP_OZONETEL_* for it, and exits with its exit code.",
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    for item in fields(Options):
        _add_flag(parser, item)
    return parser


def _serve(box: Sandbox) -> int:
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with box:
        lines = [f"export {name}={value}" for name, value in environment(box).items()]
        print(box.url, *lines, sep="\n", flush=True)  # noqa: T201
        stop.wait()
    return 0


def format_summary(box: Sandbox) -> str:
    """Return one line about the requests so far."""
    summaries = len(box.summary_requests)
    return (
        f"sandbox: {len(box.requests)} requests, "
        f"{f'{summaries} summary requests, ' if summaries else ''}"
        f"{box.rate_limited_count} rate limited, {box.tokens_made} tokens generated"
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Args:
        arguments: Command-line arguments; None for those of this process.
    """
    words = sys.argv[1:] if arguments is None else arguments
    split = words.index("--") if "--" in words else len(words)
    parser, command = _make_parser(), words[split + 1 :]
    if split < len(words) and not command:
        parser.error("no command after --")
    try:
        box = Sandbox(Options(**vars(parser.parse_args(words[:split]))))
    except (ValueError, KeyError) as error:
        parser.error(str(error))
    code = run(box, command) if command else _serve(box)
    print(format_summary(box), file=sys.stderr, flush=True)  # noqa: T201
    return code


if __name__ == "__main__":
    sys.exit(main())
