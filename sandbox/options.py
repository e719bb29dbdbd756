"""What can be set about a sandbox. The flags of the command line are made from this list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.faults.script import Fault, read_script

FaultScript = str | Sequence[str] | Mapping[Any, str | Fault]


def read_records_by_day(text: str) -> dict[date, int]:
    """Read ``2026-01-31=0 2026-02-01=7``."""
    pairs = (item.split("=", 1) for item in text.replace(",", " ").split())
    return {date.fromisoformat(day): int(count) for day, count in pairs}


def _set(default: object, about: str, *choices: object) -> Any:  # noqa: ANN401
    return field(default=default, metadata={"about": about, "choices": choices or None})


@dataclass(frozen=True, kw_only=True)
class Options:
    """How the sandbox answers. Every field says what it does in its metadata (``--help``)."""

    port: int = _set(0, "port to listen on, loopback only; 0 takes a free one")
    api_key: str = _set("sandbox-key-of-nobody-7d1f", "the account's key")
    username: str = _set("sandbox-account", "the account's name")
    auth_method: str = _set("token", "the account's API Authentication", "token", "api_key")
    timezone: str = _set("Asia/Kolkata", "IANA name: whose midnight the account's days have")
    seed: int = _set(1, "the same seed makes the same calls")

    records: int = _set(60, "records a day")
    varying: bool = _set(default=False, about="fewer records at weekends, some more or less a day")
    records_by_day: Mapping[date, int] = field(
        default_factory=dict,
        metadata={
            "about": 'records of single days: "2026-01-31=0 2026-02-01=7"',
            "choices": None,
            "parse": read_records_by_day,
        },
    )

    limit: int = _set(2, "CDR requests that are answered in a period")
    period: float = _set(60.0, "length of that period in seconds")
    refusal: str = _set(
        "429",
        "how a request over the limit is refused",
        "429",
        "429+retry-after",
        "429+retry-after-date",
        "200",
        "200+token",
    )
    refused_count: bool = _set(default=False, about="refused requests count for the limit too")

    token_life: float = _set(3600.0, "seconds that a token lives")
    token_settles: float = _set(0.0, "seconds that a new token is still refused")
    token_limit: int = _set(10, "tokens that are made in a token period")
    token_period: float = _set(3600.0, "length of that period in seconds")
    token_refusal: str = _set("429", "HTTP status when too many tokens are made", "429", "200")
    token_beside: bool = _set(default=False, about="status and message come beside a new token")
    auth_status: int = _set(401, "HTTP status of an expired token and of the wrong mode", 401, 200)

    too_old: str = _set("empty", "what a day before today - 14 is", "empty", "refused")
    success: str = _set("success", "word of success", "success", "true", "boolean")
    failure: str = _set(
        "fail", "word of failure where none is documented", "fail", "failure", "error", "false"
    )
    empty: str = _set(
        "list", "an answer without records", "list", "null+message", "missing+message"
    )
    empty_message: str = _set("No Data Found", "the message of an answer without records")
    details_first: bool = _set(default=False, about="details come before status and message")
    ids: str = _set("number", "how CallID and UCID are sent", "number", "text")
    total: str = _set("number", "how totalCount is sent", "number", "text")
    page_cap: int = _set(500, "most records that a page has, whatever was asked for")

    faults: FaultScript = _set(  # noqa: RUF009  Not mutable: it is only read.
        "", 'what goes wrong: "1=html 3=cut 4-6=503 token1=500 page2=repeat *=slow:2"'
    )

    def __post_init__(self) -> None:
        """Refuse what no account can be.

        Raises:
            ValueError: If a value is not one of its choices or is out of its range.
        """
        for item in fields(self):
            choices, value = item.metadata["choices"], getattr(self, item.name)
            if choices and value not in choices:
                message = f"{item.name}: {value!r} is not one of {choices}"
                raise ValueError(message)
        for name in ("limit", "page_cap"):
            if getattr(self, name) < 1:
                message = f"{name}: at least 1"
                raise ValueError(message)
        for name in ("records", "token_limit", "token_life", "token_settles", "period"):
            if getattr(self, name) < 0:
                message = f"{name}: not below 0"
                raise ValueError(message)
        ZoneInfo(self.timezone)
        read_script(self.faults)

    def records_on(self, day: date) -> int:
        """Return how many records a day has when all its calls have ended."""
        if day in self.records_by_day:
            return self.records_by_day[day]
        if not self.varying:
            return self.records
        # A week of a contact centre that closes early on Saturday, with a tenth of noise.
        share = (1.05, 1.0, 0.95, 1.0, 0.9, 0.5, 0.2)[day.weekday()]
        noise = (day.toordinal() * 7919 + self.seed * 104729) % 21 - 10
        return round(self.records * share * (100 + noise) / 100)
