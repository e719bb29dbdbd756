"""The dashboard in a browser, and over Postgres."""

from __future__ import annotations

import csv
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import duckdb
import pytest

from benchmarks.browser import chromium, serve, wait_for_content
from benchmarks.models import write_models
from tests.helpers.dashboard import url_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page, WebSocket

#: The pages by the text of their link, with their number of charts.
CHARTS = {"Overview": 4, "Missed calls": 1, "Agents": 1}


@dataclass
class Traffic:
    """What a page logged, requested and received."""

    errors: list[str] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    frames: list[bytes] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.urls.append(request.url))
        page.on("websocket", self._listen_to_socket)

    def _listen_to_socket(self, socket: WebSocket) -> None:
        self.urls.append(socket.url)
        socket.on("framereceived", lambda frame: self.frames.append(_as_bytes(frame)))


def _as_bytes(frame: str | bytes) -> bytes:
    return frame.encode() if isinstance(frame, str) else frame


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("models") / "models.duckdb"
    write_models(file, calls=2000, days=20)
    return file


@pytest.fixture(scope="module")
def address(models: Path) -> Iterator[str]:
    with serve({"DASHBOARD_URL": url_of(models)}, models.with_name("log")) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@contextmanager
def opened(
    browser: Browser, address: str, width: int, scheme: str
) -> Iterator[tuple[Page, Traffic]]:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        accept_downloads=True,
    )
    page, traffic = context.new_page(), Traffic()
    traffic.listen(page)
    page.goto(address)
    wait_for_content(page, CHARTS["Overview"])
    yield page, traffic
    context.close()


def go_to(page: Page, name: str) -> None:
    opener = page.get_by_test_id("stExpandSidebarButton")
    if opener.is_visible():  # On a narrow page.
        opener.click()
    page.get_by_role("link", name=name).click()
    page.get_by_role("heading", name=name, exact=True, level=1).wait_for()
    wait_for_content(page, CHARTS[name])


@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (400, "dark")])
def test_three_pages_in_a_browser(
    browser: Browser, address: str, models: Path, tmp_path: Path, width: int, scheme: str
) -> None:
    with opened(browser, address, width, scheme) as (page, traffic):
        for name in CHARTS:
            if name != "Overview":
                go_to(page, name)
            # Nothing is wider than the page.
            assert page.evaluate("document.documentElement.scrollWidth") == width
            assert page.screenshot(path=tmp_path / f"{name}.png")
    assert traffic.errors == []
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", address)
    own = (address, address.replace("http", "ws", 1), "data:", "blob:")
    assert [url for url in traffic.urls if not url.startswith(own)] == []
    assert any(url.startswith("ws://") for url in traffic.urls)
    received = b"".join(traffic.frames)
    with duckdb.connect(str(models), read_only=True) as connection:
        keys = connection.execute(
            "select distinct customer_key from analytics.ozonetel__calls "
            "where customer_key is not null"
        ).fetchall()
    # The masks arrive, so the frames can be read; no number does.
    assert "•••".encode() in received
    assert len(keys) > 100
    assert [key for (key,) in keys if key[-10:].encode() in received] == []


def test_the_filter_stays_from_page_to_page(browser: Browser, address: str) -> None:
    with opened(browser, address, 1200, "light") as (page, _):
        page.get_by_text("Inbound", exact=True).click()
        page.get_by_text(", inbound calls, all campaigns").wait_for()
        go_to(page, "Agents")
        page.get_by_text(", inbound calls, all campaigns").wait_for()


def test_the_download_has_masked_numbers(browser: Browser, address: str) -> None:
    with opened(browser, address, 1200, "light") as (page, traffic):
        go_to(page, "Missed calls")
        with page.expect_download() as download:
            page.get_by_role("button", name="Download as CSV").click()
        rows = list(csv.DictReader(download.value.path().read_text(encoding="utf-8").splitlines()))
        assert re.fullmatch(
            r"customers-to-call-back-[\d-]+\.csv", download.value.suggested_filename
        )
    assert traffic.errors == []
    assert len(rows) > 10
    assert {len(row["customer"]) for row in rows} == {0, 6}
    assert all(re.fullmatch(r"(•••\d{3})?", row["customer"]) for row in rows)


def test_the_keyboard_reaches_the_pages_and_the_filter(browser: Browser, address: str) -> None:
    focused = "document.activeElement.innerText || document.activeElement.type"
    with opened(browser, address, 1200, "light") as (page, _):
        reached = []
        for _ in range(20):
            page.keyboard.press("Tab")
            reached.append(str(page.evaluate(focused)).split("\n")[-1])
        page.get_by_role("link", name="Agents").focus()
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Agents", exact=True, level=1).wait_for()
    assert reached[1:4] == list(CHARTS)
    assert "radio" in reached
