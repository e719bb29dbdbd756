"""The command `tap-ozonetel`, or `python -m tap_ozonetel`."""

from __future__ import annotations

import gc

from tap_ozonetel.singer.process import (
    block_signals_in_new_threads,
    discard_unwritable_output,
    reserve_standard_streams,
)


def main() -> None:
    """Run the command line."""
    reserve_standard_streams()
    # Imported modules are never garbage. Collecting garbage while they are imported takes a fifth
    # of the start-up time and more (benchmarks/README.md).
    gc.disable()
    with block_signals_in_new_threads():
        from tap_ozonetel.tap import TapOzonetel  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    try:
        TapOzonetel.cli()
    finally:
        discard_unwritable_output()


if __name__ == "__main__":
    main()
