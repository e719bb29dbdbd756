"""Simulates years of an account: scheduled runs, what goes wrong in them, and what is left."""

from __future__ import annotations

import datetime as dt
import functools
import json
import random
import tempfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import InitVar, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sandbox import Sandbox
from tap_ozonetel.errors import OzonetelError
from tap_ozonetel.tap import TapOzonetel
from tests.helpers.simulation.calendar import FIRST_DAY, starts
from tests.helpers.simulation.log import Log, named_days, recording
from tests.helpers.simulation.pipeline import Load, Pipe, Pipeline
from tests.helpers.simulation.plans import RunPlan, Setup
from tests.helpers.simulation.process import (
    REQUEST_TIMEOUT,
    KilledError,
    Process,
    Processes,
    ignoring_open_files,
)
from tests.helpers.sync import make_catalog
from tests.helpers.turns import TurnClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox import Options

_DAY = dt.timedelta(days=1)
_RETENTION = 14 * _DAY
#: After how many seconds an orchestrator starts a run again that has failed.
_RETRY_DELAYS = (5, 5, 60, 300, 3600)
_MAX_RETRIES = 2
#: A file system in memory, where there is one. The cache is renamed thousands of times.
_MEMORY = Path("/dev/shm")  # noqa: S108 - a directory of its own


@dataclass
class Simulation:
    """The simulation of an account.

    Attributes:
        seed: The seed of everything that is random.
        days: The number of days.
        options: The options of the sandbox, instead of random ones.
        first_day: The oldest day that the first run with a bookmark has read.
        named: The days that warnings named.
        unfounded: The days that a warning named although they are not lost.
        kills: The number of kills by the point at which they happened.
    """

    seed: int
    days: int
    options: InitVar[Options | None] = None
    first_day: dt.date | None = None
    named: dict[dt.date, str] = field(default_factory=dict)
    unfounded: list[dt.date] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)

    def __post_init__(self, options: Options | None) -> None:
        self._rng = random.Random(f"simulation {self.seed}")  # noqa: S311 - repeatable
        self.setup = Setup.draw(self._rng)
        if options:
            self.setup = replace(self.setup, options=options)
        self.zone = ZoneInfo(self.setup.options.timezone)
        self._catalog = json.dumps(make_catalog(self.setup.stream))
        self.clock = TurnClock()
        self.clock.set_time(dt.datetime.combine(FIRST_DAY, dt.time(), self.zone))
        self.box = Sandbox(self.setup.options, self.clock)
        self.pipeline = Pipeline()
        self.log = Log(self.clock, self.zone, self.box.url)
        self._processes = Processes(self.clock, self._log_requests)
        self._logged: Counter[str] = Counter()

    def run(self) -> Simulation:
        """Simulate all days."""
        with (
            tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as cache,
            self.box,
            self._processes.installed(),
            recording(self.log, self._processes),
            ignoring_open_files(),
            _seeded(self._rng.random()),
        ):
            self._cache = Path(cache)
            self.log.write(str(self.setup))
            for start in starts(self._rng, self.days, self.zone):
                if start.at >= self.clock.now:  # Otherwise the run before is not over yet.
                    self.clock.now = start.at
                    self._run_until_done(outage=start.outage)
            self._run_last()
        return self

    def _run_until_done(self, *, outage: bool) -> None:
        """Run, and run again if the run fails."""
        for _ in range(1 + _MAX_RETRIES):
            plan = RunPlan.draw(self._rng, outage=outage)
            if self.first_day and self._rng.random() < 0.06:
                done = self._run_two(plan, RunPlan.draw(self._rng, outage=outage))
            else:
                done = self._run(plan)
            if done or self._rng.random() < 0.4:
                return
            self.clock.sleep(self._rng.choice(_RETRY_DELAYS))

    def _run_two(self, *plans: RunPlan) -> bool:
        """Run a second time while the first run is in progress."""
        self._prepare(plans[0])
        runs = [functools.partial(self._execute, plan) for plan in plans]
        return all(self.clock.run(runs, [0, self._rng.choice((0, 7, 40))]))

    def _run(self, plan: RunPlan) -> bool:
        self._prepare(plan)
        return self._execute(plan)

    def _run_last(self) -> None:
        """Run without faults, after the changes of yesterday's calls and before those of today."""
        tomorrow = self.box.today() + _DAY
        self.clock.set_time(dt.datetime.combine(tomorrow, dt.time(4), self.zone))
        if not self._run(RunPlan()):
            raise AssertionError("the last run fails, although nothing goes wrong")

    def _prepare(self, plan: RunPlan) -> None:
        """Prepare what is not in the tap: the faults, another client and the cache."""
        self.box.set_faults(plan.faults)
        if plan.takes_token and self.setup.options.auth_method == "token":
            self.box.account.generate_token(self.box.options.api_key, self.box.options.username)
        if plan.loses_cache:
            self.clock.sleep(self.setup.options.period)
            for path in self._cache.rglob("*.json"):
                path.unlink()

    def _execute(self, plan: RunPlan) -> bool:
        """Run the tap and the target, and return whether the run was complete."""
        process = Process(self.clock, plan, self._cache)
        load = Load(self.pipeline, self.setup.batch_size)
        today, state = self.box.today(), self.pipeline.state
        number = self.counts["runs"] = self.counts["runs"] + 1
        self.log.write(f"run {number}: {plan.describe()}; state {_bookmark(state)}")
        done, outcome = False, ""
        with self._processes.running(process):
            try:
                self._sync(process, load)
                done, outcome = True, "complete"
            except OzonetelError as error:
                self.counts["failed runs"] += 1
                outcome = f"failed: {error}"
            except KilledError:
                process.restore_files()
                self.kills[plan.kill_point] += 1
                outcome = f"killed at {process.killed_at}"
        self.counts["timeouts"] += len([n for n in plan.timeouts if n <= process.requests])
        if not (process.killed_at and plan.target_ends_too):
            load.store()
        if load.state is not None:
            self.pipeline.store_state(load.state, merge=plan.merges_state)
        self._note_days(named_days(process.warnings), state, today)
        self.log.write(
            f"run {number} {outcome}; {load.records} records, state "
            f"{_bookmark(self.pipeline.state)}"
        )
        return done

    def _sync(self, process: Process, load: Load) -> None:
        class Tap(TapOzonetel):
            pass

        Tap.clock = process
        Tap(
            config={
                **self.box.config,
                "cache_dir": str(self._cache),
                "lookback_days": self.setup.lookback_days,
                "page_size": 4,
                "request_timeout": REQUEST_TIMEOUT,
            },
            catalog=json.loads(self._catalog),
            state=json.loads(json.dumps(self.pipeline.state)),
            message_writer=Pipe(process, load),
        ).sync_all()

    def _log_requests(self) -> None:
        """Write the requests since the last call to the log."""
        logs = {"calls": self.box.requests, "token": self.box.token_requests}
        for kind, requests in logs.items():
            for request in requests[self._logged[kind] :]:
                body, page = request.body or {}, request.query.get("pageNo", "")
                fault = f" ({request.fault})" if request.fault else ""
                self.log.write(
                    f"  {kind} {body.get('fromDate', '')} {page}: {request.status} "
                    f"{request.outcome}{fault}"
                )
            self._logged[kind] = len(requests)

    def _note_days(self, named: dict[dt.date, str], state: object, today: dt.date) -> None:
        """Note the days that a run has named, and those that it should not have named."""
        self.named |= named
        bookmark = _bookmark(state)
        for day in named:
            lookback = dt.timedelta(days=self.setup.lookback_days)
            if not bookmark or not bookmark - lookback <= day < today - _RETENTION:
                self.unfounded.append(day)
        if self.first_day is None and _bookmark(self.pipeline.state):
            self.first_day = today - _RETENTION

    @property
    def summary(self) -> str:
        """The numbers of the simulation in one line."""
        box = self.box
        requests = [*box.requests, *box.token_requests]
        faults = sum(request.fault is not None for request in requests) + self.counts["timeouts"]
        kinds = Counter(self.named.values())
        return (
            f"seed {self.seed}, {self.days} days: {self.counts['runs']} runs "
            f"({self.counts['failed runs']} failed, {self.kills.total()} killed), "
            f"{len(requests)} requests, {faults} faults, {box.rate_limited_count} over the rate "
            f"limit; days {kinds['lost']} lost, {kinds['incomplete']} possibly incomplete, "
            f"{kinds['outdated']} possibly outdated"
        )


def _bookmark(state: object) -> dt.date | None:
    """Return the bookmark of a state."""
    bookmarks = state.get("bookmarks", {}).values() if isinstance(state, dict) else ()
    days = [bookmark.get("replication_key_value") for bookmark in bookmarks]
    return dt.date.fromisoformat(days[0]) if days and days[0] else None


@contextmanager
def _seeded(seed: float) -> Iterator[None]:
    """Seed the randomness of the tap's waits."""
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)
