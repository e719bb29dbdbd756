"""The dashboard in Chromium, for the browser test, the measurement and the screenshot."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from benchmarks.local_server import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[1]
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_TIMEOUT_SECONDS = 120
_DONE = "[data-testid=stApp][data-test-script-state=notRunning]"
#: Elements without which a page is not complete: tiles, tables or messages.
_CONTENT = "[data-testid=stMetric], [data-testid=stDataFrame], [data-testid=stAlert]"


@contextmanager
def serve(environment: Mapping[str, str], log: Path) -> Iterator[str]:
    """Run `poe dashboard` on a free port.

    Args:
        environment: The variables of the dashboard; those of this process are hidden.
        log: The file of the output.

    Yields:
        The address that the command prints.

    Raises:
        RuntimeError: The command ended.
        TimeoutError: It did not print an address.
    """
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DASHBOARD_", "STREAMLIT_"))
    }
    command = [sys.executable, "-m", "poethepoet", "dashboard", f"--server.port={free_port()}"]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            command,
            cwd=ROOT,
            env={**inherited, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield _wait_for_address(process, log)
    finally:
        process.terminate()  # poe passes it on.
        process.wait()


def _wait_for_address(process: subprocess.Popen[bytes], log: Path) -> str:
    until = time.monotonic() + _TIMEOUT_SECONDS
    while time.monotonic() < until:
        text = log.read_text(encoding="utf-8")
        address = text.partition("URL: ")[2]
        if "\n" in address:
            return address.split()[0]
        if process.poll() is not None:
            raise RuntimeError(text)
        time.sleep(0.05)
    raise TimeoutError(log.read_text(encoding="utf-8"))


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Chromium without a window.

    Raises:
        FileNotFoundError: It is not installed.
    """
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        raise FileNotFoundError("Chromium is not installed: apt-get install chromium")
    # Chromium does not run as root with its sandbox, such as in a container.
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=options)
        try:
            yield browser
        finally:
            browser.close()


def wait_for_content(page: Page, charts: int) -> None:
    """Wait until a page of the dashboard is complete.

    Args:
        page: The page, which was opened before.
        charts: The number of charts that it has.
    """
    timeout = 1000 * _TIMEOUT_SECONDS
    page.wait_for_selector(_CONTENT, timeout=timeout)
    page.wait_for_selector(_DONE, timeout=timeout)
    if charts:
        chart = page.locator("[data-testid=stVegaLiteChart] :is(canvas, svg.marks)")
        chart.nth(charts - 1).wait_for(timeout=timeout)
