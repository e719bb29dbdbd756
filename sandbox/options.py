"""Options of the sandbox. The command line has a flag for each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

#: A fault script: text, a sequence of ``WHEN=FAULT``, or a mapping from WHEN to FAULT.
FaultScript = str | Sequence[str] | Mapping[Any, str]
#: Known messages of rate-limit errors (docs/ozonetel-api.md, "Limits").
RATE_LIMIT_MESSAGES = (
    "API rate limit exceeded, try again later",
    "Max limit exceeded",
    "rate_limit exceeded",
    "Too Many Requests",
    "only 1 hit will be allowed within a time frame of 5mins",
)


def parse_records_by_day(text: str) -> dict[date, int]:
    """Parse ``2026-01-31=0 2026-02-01=7``."""
    pairs = (item.split("=", 1) for item in text.replace(",", " ").split())
    return {date.fromisoformat(day): int(count) for day, count in pairs}


def _option(default: object, description: str, *choices: object) -> Any:  # noqa: ANN401
    metadata = {"help": description, "choices": choices or None}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Options:
    """Behaviour of the sandbox. The metadata of each field holds its help text (``--help``)."""

    port: int = _option(0, "loopback port to listen on; 0 picks a free one")
    api_key: str = _option("sandbox-key-of-nobody-7d1f", "API key of the account")
    username: str = _option("sandbox-account", "name of the account")
    auth_method: str = _option(
        "token", "the account's API Authentication setting", "token", "api_key"
    )
    timezone: str = _option("Asia/Kolkata", "IANA time zone that defines the account's days")
    seed: int = _option(1, "seed of the generated calls; equal seeds give equal calls")

    records: int = _option(60, "records per day")
    varying: bool = _option(
        default=False, description="vary the records per day, with fewer at weekends"
    )
    records_by_day: Mapping[date, int] = field(
        default_factory=dict,
        metadata={
            "help": 'records of particular days: "2026-01-31=0 2026-02-01=7"',
            "choices": None,
            "parse": parse_records_by_day,
        },
    )

    dialect: str = _option(
        "both",
        "spelling of values: both is today's for today and the other for past days",
        "both",
        "today",
        "past",
    )
    dial_count: bool = _option(
        default=False, description="send the field DialCount, which only some accounts have"
    )
    night_hole: str = _option(
        "complete",
        "records of yesterday that are served between 00:00 and 03:00",
        "complete",
        "part",
        "empty",
    )

    late_change_days: int = _option(
        0, "days after a call in which the comments of one call in four change; 0 for no changes"
    )

    limit: int = _option(2, "CDR requests allowed per period")
    summary_limit: int = _option(5, "summary requests allowed per period")
    period: float = _option(60.0, "length of the period of both rate limits in seconds")
    rate_limit_response: str = _option(
        "429",
        "form of the rate-limit error",
        "429",
        "429+retry-after",
        "429+retry-after-date",
        "200",
        "200+token",
    )
    rate_limit_message: str = _option(
        RATE_LIMIT_MESSAGES[0],
        "message of the rate-limit error, such as " + ", ".join(map(repr, RATE_LIMIT_MESSAGES[1:])),
    )
    rate_limit_word: str = _option("false", "status of the rate-limit error", "false", "error")
    count_rate_limited: bool = _option(
        default=False, description="count rate-limited requests towards the limit too"
    )

    token_life: float = _option(3600.0, "lifetime of a token in seconds")
    token_delay: float = _option(0.0, "seconds until a new token is accepted")
    token_limit: int = _option(10, "tokens allowed per token period")
    token_period: float = _option(3600.0, "length of the token period in seconds")
    token_limit_status: str = _option(
        "429", "HTTP status when the token limit is exceeded", "429", "200"
    )
    token_with_status: bool = _option(
        default=False, description="send status and message with a new token"
    )
    auth_status: int = _option(
        401, "HTTP status for an expired token or the wrong auth mode", 401, 200
    )

    too_old: str = _option("empty", "response for days before today - 14 days", "empty", "rejected")
    success: str = _option("success", "value of status on success", "success", "true", "boolean")
    failure: str = _option(
        "fail",
        "value of status on failure, where no other is documented",
        "fail",
        "failure",
        "error",
        "false",
    )
    empty: str = _option(
        "list", "form of a response without records", "list", "null+message", "missing+message"
    )
    empty_message: str = _option("No Data Found", "message of a response without records")
    details_first: bool = _option(
        default=False, description="send details before status and message"
    )
    ids: str = _option(
        "dialect",
        "JSON type of CallID and UCID; dialect is number today and text on past days",
        "dialect",
        "number",
        "text",
    )
    total: str = _option("number", "JSON type of totalCount", "number", "text")
    page_cap: int = _option(500, "maximum records per page, even if pageSize is larger")
    summary_shape: str = _option(
        "details",
        "form of a summary with rows: under details, or under message; a single row can be an "
        "object",
        "details",
        "message-list",
        "message-object",
    )

    faults: FaultScript = _option(  # noqa: RUF009  Immutable: it is only read.
        "", 'fault script: "1=html 3=cut 4-6=503 token1=500 summary2=503 *=slow:2"'
    )

    def __post_init__(self) -> None:
        """Validate the options.

        Raises:
            ValueError: A value is not one of its choices or out of range.
        """
        for item in fields(self):
            choices, value = item.metadata["choices"], getattr(self, item.name)
            if choices and value not in choices:
                raise ValueError(f"{item.name}: {value!r} is not one of {choices}")
        for name in ("limit", "summary_limit", "page_cap"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: must be at least 1")
        for name in (
            "records",
            "late_change_days",
            "token_limit",
            "token_life",
            "token_delay",
            "period",
        ):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}: must not be negative")
        ZoneInfo(self.timezone)

    def records_on(self, day: date) -> int:
        """Return the number of records of a day after its last call has ended."""
        if day in self.records_by_day:
            return self.records_by_day[day]
        if not self.varying:
            return self.records
        # A contact centre that closes early on Saturdays, plus or minus 10 %.
        share = (1.05, 1.0, 0.95, 1.0, 0.9, 0.5, 0.2)[day.weekday()]
        noise = (day.toordinal() * 7919 + self.seed * 104729) % 21 - 10
        return round(self.records * share * (100 + noise) / 100)
