# ruff: noqa: ANN401  The parts of a request have many types.
"""A plain HTTP client for the tests of the sandbox."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import requests

from sandbox import Options, Sandbox
from tests.helpers.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Iterator

DETAILS, PAGES, ONE_CALL = (
    "/ca_reports/fetchCDRDetails",
    "/ca_reports/fetchCdrByPagination",
    "/ca_reports/fetchCdrByUCID",
)
SUMMARY = "/ca_reports/summaryReport"
TOKEN = "/ca_apis/CAToken/generateToken"
#: The clock of `serving` starts at 13:00 of this day.
TODAY = date(2026, 3, 20)
#: A past day.
DAY = date(2026, 3, 17)


Record = dict[str, Any]


@dataclass
class Client:
    """Sends requests as a client of the API does."""

    box: Sandbox
    clock: FakeClock
    session: requests.Session = field(default_factory=requests.Session)
    bearer_token: str = ""

    def token(self, path: str = TOKEN, **change: Any) -> requests.Response:
        """Request a token."""
        options = self.box.options
        arguments: dict[str, Any] = {
            "headers": {"apiKey": options.api_key},
            "json": {"userName": options.username},
        }
        return self.session.post(self.box.url + path, timeout=5, **(arguments | change))

    def headers(self) -> dict[str, str]:
        """Return the credentials; a token is requested once."""
        if self.box.options.auth_method == "api_key":
            return {"apiKey": self.box.options.api_key}
        if not self.bearer_token:
            self.bearer_token = self.token().json()["token"]
        return {"Authorization": f"Bearer {self.bearer_token}"}

    def body(self, day: date = DAY, **change: object) -> dict[str, object]:
        """Return the body of a request for a whole day; None removes a field."""
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
        """Request records; `change` holds fields of the body or arguments of `requests`."""
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

    def details(self, path: str = DETAILS, day: date = DAY, **change: Any) -> list[Any]:
        """Request records and return `details`."""
        details = self.get(path, day, **change).json()["details"]
        assert isinstance(details, list)
        return details

    def summary(self, first: date = DAY, last: date = DAY, **change: Any) -> requests.Response:
        """Request the agent summary of a range of days; `change` is as in `get`."""
        days = {"fromDate": f"{first} 00:00:00", "toDate": f"{last} 23:59:59"}
        return self.get(SUMMARY, **(days | change))

    def records(self, path: str = DETAILS, day: date = DAY, **change: Any) -> list[Record]:
        """Request records and return them with the types of `Sandbox.calls`."""
        return [canonical(record) for record in self.details(path, day, **change)]


def canonical(record: Record) -> Record:
    """Return a record with ids as numbers and the rating as number or None."""
    rating = None if record["Rating"] == "" else int(record["Rating"])
    ids = {name: int(record[name]) for name in ("CallID", "UCID")}
    return {**record, **ids, "Rating": rating}


def keys(records: list[Record]) -> list[tuple[int, int]]:
    """Return CallID and UCID of records as numbers."""
    return [(int(record["CallID"]), int(record["UCID"])) for record in records]


@contextmanager
def serving(zone: str = "Asia/Kolkata", **options: Any) -> Iterator[Client]:
    """Serve an account at 13:00 of `TODAY`, with a rate limit that no test reaches by accident."""
    clock = FakeClock(datetime(2026, 3, 20, 13, tzinfo=ZoneInfo(zone)).timestamp())
    with (
        Sandbox(Options(timezone=zone, **{"limit": 1000, **options}), clock) as box,
        requests.Session() as session,
    ):
        yield Client(box, clock, session)
