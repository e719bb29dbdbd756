"""Measures how long the tap waits for the rate limit, in real time against the sandbox."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import TAP, run_measured
from sandbox import Options, Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

#: The API allows 2 requests per 60 seconds (docs/ozonetel-api.md, "Limits").
PERIOD_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Wait:
    """The time that a run takes for its requests, as the server sees them.

    Attributes:
        requests: The number of requests.
        seconds: Seconds from the first request to the last one.
        minimum: The fewest seconds that the rate limit permits.
    """

    requests: int
    seconds: float
    minimum: float


def measure_waits(log: Callable[[str], None], period: float = PERIOD_SECONDS) -> dict[str, Wait]:
    """Run the tap twice: without a state, and with the bookmark of today.

    Args:
        log: Receives a line about each run.
        period: The period of the rate limit in seconds.

    Returns:
        The waits by the name of the run.
    """
    with Sandbox(Options(period=period)) as sandbox:
        today = sandbox.today().isoformat()
        log(f"first run, 15 days: at least {7 * period:.0f} s")
        first = _measure_wait(sandbox, {})
    bookmark = {"replication_key": "CallDate", "replication_key_value": today}
    with Sandbox(Options(period=period)) as sandbox:
        log("later run on the same day")
        later = _measure_wait(sandbox, {"bookmarks": {"cdr_details": bookmark}})
    return {"first run, 15 days": first, "later run on the same day": later}


def _measure_wait(sandbox: Sandbox, state: dict[str, object]) -> Wait:
    with tempfile.TemporaryDirectory() as name:
        config_path, state_path = Path(name, "config.json"), Path(name, "state.json")
        config_path.write_text(json.dumps({**sandbox.config, "cache_dir": ""}))
        state_path.write_text(json.dumps(state))
        run_measured([TAP, "--config", config_path, "--state", state_path])
    if sandbox.rate_limited_count:
        raise RuntimeError(f"{sandbox.rate_limited_count} requests exceeded the rate limit")
    times = [request.at for request in sandbox.requests]
    # All requests of a period can be sent at its start.
    periods = (len(times) - 1) // sandbox.options.limit
    return Wait(len(times), times[-1] - times[0], periods * sandbox.options.period)
