"""`python -m tap_ozonetel` is the console script `tap-ozonetel`."""

from tap_ozonetel.tap import TapOzonetel

if __name__ == "__main__":
    TapOzonetel.cli()
