"""What goes wrong in a run, drawn from one source of randomness."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from sandbox import Options

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Where a run can be killed.
KILL_POINTS = (
    "request", "response", "record", "state", "state written", "cache draft", "cache", "wait",
)  # fmt: skip
#: Faults of one request.
_FAULTS = (
    "html", "html502", "500", "502:html", "503:empty", "504", "504", "504", "empty-body", "reset",
    "cut", "cut-chunked", "cut-in-string", "unterminated", "broken", "unknown",
    "token-expired-401", "token-revoked", "token-revoked", "rate", "rate", "rate+retry-after:7",
    "rate+retry-after:900",
)  # fmt: skip
_TOKEN_FAULTS = ("500", "html", "reset", "cut")
_OUTAGES = ("503", "html", "reset", "500")
_SECONDS = (0.3, 1.0, 5.0, 12.0)


@dataclass(frozen=True, slots=True)
class Setup:
    """What stays the same in a simulation.

    Attributes:
        stream: The stream that is synced.
        lookback_days: The setting. Comments change until the end of so many days after a call.
        batch_size: The records that the target collects before it stores them and emits a state.
    """

    stream: str
    lookback_days: int
    batch_size: int
    options: Options

    @classmethod
    def draw(cls, rng: Random) -> Setup:
        lookback_days = rng.choice((0, 1, 1, 1, 2))
        options = Options(
            seed=rng.randrange(1000),
            records=9,
            varying=True,
            timezone=rng.choice(("Asia/Kolkata", "Asia/Kolkata", "America/New_York")),
            auth_method=rng.choice(("token", "token", "token", "api_key")),
            night_hole=rng.choice(("complete", "part", "empty")),
            late_change_days=lookback_days,
            rate_limit_response=rng.choice(("429", "429+retry-after", "200", "200+token")),
            too_old=rng.choice(("empty", "rejected")),
            empty=rng.choice(("list", "null+message", "missing+message")),
        )
        stream = rng.choice(("cdr_details", "cdr_details", "cdr_paginated"))
        return cls(stream, lookback_days, rng.choice((1, 10, 1000)), options)

    def __str__(self) -> str:
        options = self.options
        return (
            f"{self.stream}, lookback_days {self.lookback_days}, {options.timezone}, "
            f"{options.auth_method}, night hole {options.night_hole}, {options.too_old} days past "
            f"the retention, batches of {self.batch_size}"
        )


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What goes wrong in one run.

    Attributes:
        faults: The faults of the server, by the number of the request.
        timeouts: The numbers of the requests that time out.
        seconds: The usual time that a request or a response is on its way.
        seed: Varies that time.
        kill_point: Where the run is killed, if it is.
        kill_number: How often the run reaches that point.
        kill_is_graceful: Whether the process can clean up, as with SIGTERM.
        target_ends_too: Whether the target is killed too, and loses what it has not stored.
        takes_token: Whether another client makes a token before the run.
        merges_state: Whether the orchestrator merges the state over the last one, as Meltano does
            with the state of a run that failed.
        loses_cache: Whether the cache is deleted before the run.
    """

    faults: Mapping[str, str] = field(default_factory=dict)
    timeouts: frozenset[int] = frozenset()
    seconds: float = 0.3
    seed: int = 0
    kill_point: str = ""
    kill_number: int = 0
    kill_is_graceful: bool = False
    target_ends_too: bool = False
    takes_token: bool = False
    merges_state: bool = False
    loses_cache: bool = False

    @classmethod
    def draw(cls, rng: Random, *, outage: bool) -> RunPlan:
        """Draw a plan.

        Args:
            rng: The source of randomness.
            outage: Whether the API fails during the run.
        """
        faults: dict[str, str] = {}
        if rng.random() < 0.3:
            for _ in range(rng.randint(1, 4)):
                number = rng.randint(1, 6)
                last = number if rng.random() < 0.8 else number + rng.randint(1, 3)
                faults[f"{number}-{last}"] = rng.choice(_FAULTS)
        if rng.random() < 0.03:
            faults["token1"] = rng.choice(_TOKEN_FAULTS)
        if outage:
            fault = rng.choice(_OUTAGES)
            faults = {f"{rng.choice((1, 1, 3))}-999": fault}
            if rng.random() < 0.3:
                faults["token*"] = fault
        is_killed = rng.random() < 0.2
        timeouts = range(1, 8) if rng.random() < 0.15 else ()
        return cls(
            faults=faults,
            timeouts=frozenset(number for number in timeouts if rng.random() < 0.4),
            seconds=rng.choice(_SECONDS),
            seed=rng.randrange(2**32),
            kill_point=rng.choice((*KILL_POINTS, "response", "response")) if is_killed else "",
            kill_number=rng.choice((1, 1, 1, 2, 2, 3, 5, 9)),
            kill_is_graceful=rng.random() < 0.2,
            target_ends_too=rng.random() < 0.4,
            takes_token=rng.random() < 0.1,
            merges_state=rng.random() < 0.5,
            loses_cache=rng.random() < 0.03,
        )

    def latency(self, number: int) -> float:
        """Return the seconds that a request or a response is on its way."""
        return round(self.seconds * Random(f"{self.seed} {number}").uniform(0.1, 2), 3)  # noqa: S311

    def describe(self) -> str:
        """Return what goes wrong, for the log."""
        parts = [f"{when}={fault}" for when, fault in self.faults.items()]
        parts += [f"timeout{number}" for number in sorted(self.timeouts)]
        if self.takes_token:
            parts.append("another client makes a token")
        if self.loses_cache:
            parts.append("no cache")
        return ", ".join(parts) or "no faults"
