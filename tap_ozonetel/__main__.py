"""The command: `tap-ozonetel`, or `python -m tap_ozonetel`."""

from __future__ import annotations

import gc


def main() -> None:
    """Run the command line."""
    # What is imported is there to stay. Looking for garbage in it, again and again while it grows,
    # takes a fifth of the start-up and more (`benchmarks/README.md`).
    gc.disable()
    from tap_ozonetel.tap import TapOzonetel  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    TapOzonetel.cli()


if __name__ == "__main__":
    main()
