"""How long the tap waits for the account's limit, against a server that is strict about it."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import TAP, measured
from sandbox import Options, Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

#: What the API allows: 2 requests in any 60 seconds (contract, "Limits").
PERIOD_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Wait:
    """The requests of a run, and the seconds from the first to the last as the server saw them."""

    requests: int
    seconds: float
    #: What cannot be done in less: a period for each two requests but the first two.
    least: float


def waits(say: Callable[[str], None], period: float = PERIOD_SECONDS) -> dict[str, Wait]:
    """Let the tap wait, for real.

    Args:
        say: Takes a line on what goes on.
        period: Of the limit, in seconds.

    Returns:
        The waits of the first run, which reads all 15 days, and of any further one of a day.
    """
    with Sandbox(Options(period=period)) as box:
        today = box.today().isoformat()
        say(f"the first run, of 15 days: {7 * period:.0f} s and no more")
        first = _waited(box, {})
    bookmark = {"replication_key": "CallDate", "replication_key_value": today}
    with Sandbox(Options(period=period)) as box:
        say("a further run of the same day")
        further = _waited(box, {"bookmarks": {"cdr_details": bookmark}})
    return {"the first run, 15 days": first, "a further run of the day": further}


def _waited(box: Sandbox, state: dict[str, object]) -> Wait:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config_path, state_path = folder / "config.json", folder / "state.json"
        config_path.write_text(json.dumps({**box.config, "cache_dir": ""}))
        state_path.write_text(json.dumps(state))
        measured([TAP, "--config", config_path, "--state", state_path])
    if box.rate_limited_count:
        msg = f"{box.rate_limited_count} requests were refused for the rate"
        raise RuntimeError(msg)
    times = [seen.at for seen in box.requests]
    periods = (len(times) - 1) // box.options.limit
    return Wait(len(times), times[-1] - times[0], periods * box.options.period)
