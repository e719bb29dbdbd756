# ruff: noqa: ANN401  What a request is made of has many types.
"""What the tests ask the sandbox with: a clock that they move, and plain HTTP requests."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import requests

from sandbox import Options, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

DETAILS, PAGES, ONE_CALL = (
    "/ca_reports/fetchCDRDetails",
    "/ca_reports/fetchCdrByPagination",
    "/ca_reports/fetchCdrByUCID",
)
TOKEN = "/ca_apis/CAToken/generateToken"
TODAY = date(2026, 3, 20)
DAY = date(2026, 3, 17)


class FakeClock:
    """A clock that stands still until a test moves it. It starts at 13:00 of TODAY."""

    def __init__(self, zone: str = "Asia/Kolkata") -> None:
        """Start."""
        self.at(datetime(2026, 3, 20, 13, tzinfo=ZoneInfo(zone)))

    def time(self) -> float:
        """Return the time."""
        return self._now

    def at(self, moment: datetime) -> None:
        """Set the time."""
        self._now = moment.timestamp()

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        self._now += seconds


@dataclass
class Client:
    """Asks as a client of the API does."""

    box: Sandbox
    clock: FakeClock
    session: requests.Session = field(default_factory=requests.Session)
    shown: str = ""

    def token(self, path: str = TOKEN, **change: Any) -> requests.Response:
        """Ask for a token."""
        options = self.box.options
        asked: dict[str, Any] = {
            "headers": {"apiKey": options.api_key},
            "json": {"userName": options.username},
        }
        return self.session.post(self.box.url + path, timeout=5, **(asked | change))

    def headers(self) -> dict[str, str]:
        """Return the credentials; the token is made once."""
        if self.box.options.auth_method == "api_key":
            return {"apiKey": self.box.options.api_key}
        if not self.shown:
            self.shown = self.token().json()["token"]
        return {"Authorization": f"Bearer {self.shown}"}

    def body(self, day: date = DAY, **change: object) -> dict[str, object]:
        """Return the body of a request for a whole day; None takes a field out."""
        body: dict[str, object] = {
            "fromDate": f"{day} 00:00:00",
            "toDate": f"{day} 23:59:59",
            "userName": self.box.options.username,
        }
        body.update(change)
        return {name: value for name, value in body.items() if value is not None}

    def get(
        self, path: str = DETAILS, day: date = DAY, *, method: str = "GET", **change: Any
    ) -> requests.Response:
        """Ask for records; ``change`` are fields of the body or arguments of ``requests``."""
        more = {n: change.pop(n) for n in ("headers", "params", "json", "data") if n in change}
        timeout = change.pop("timeout", 5)
        if path == PAGES:
            more.setdefault("params", {"pageNo": 1, "pageSize": 500})
        if "data" not in more:
            more.setdefault("json", self.body(day, **change))
        more.setdefault("headers", self.headers())
        return self.session.request(
            method, self.box.url + path, timeout=timeout, allow_redirects=False, **more
        )

    def records(self, path: str = DETAILS, day: date = DAY, **change: Any) -> list[Any]:
        """Return the records of an answer."""
        details = self.get(path, day, **change).json()["details"]
        assert isinstance(details, list)
        return details


@contextmanager
def serving(zone: str = "Asia/Kolkata", **options: Any) -> Iterator[Client]:
    """Serve an account whose limit is out of the way, unless it is set."""
    clock = FakeClock(zone)
    with (
        Sandbox(Options(timezone=zone, **{"limit": 1000, **options}), clock) as box,
        requests.Session() as session,
    ):
        yield Client(box, clock, session)
