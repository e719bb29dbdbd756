"""Writes the screenshot of the README: `poe screenshot`, after `poe demo`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.browser import ROOT, chromium, serve, wait_for_content

IMAGE = ROOT / "docs" / "dashboard.png"
_CHARTS = 4


def main() -> None:
    """Write the overview of the demo's models."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serve({}, Path(folder) / "log") as address,
        chromium() as browser,
    ):
        page = browser.new_page(viewport={"width": 1200, "height": 960}, color_scheme="light")
        page.goto(address)
        wait_for_content(page, _CHARTS)
        page.screenshot(path=IMAGE, animations="disabled")
    sys.stdout.write(f"{IMAGE.relative_to(ROOT)}, {IMAGE.stat().st_size / 1000:.0f} kB\n")


if __name__ == "__main__":
    main()
