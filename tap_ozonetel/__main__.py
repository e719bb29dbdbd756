"""The command `tap-ozonetel`, or `python -m tap_ozonetel`."""

from __future__ import annotations

import gc


def main() -> None:
    """Run the command line."""
    # Imported modules are never garbage. Collecting garbage while they are imported takes a fifth
    # of the start-up time and more (benchmarks/README.md).
    gc.disable()
    from tap_ozonetel.tap import TapOzonetel  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    TapOzonetel.cli()


if __name__ == "__main__":
    main()
