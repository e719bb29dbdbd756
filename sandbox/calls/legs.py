"""Generates the legs of a day: ringing, transfers, calls past midnight."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from sandbox.calls.fake_data import CAMPAIGNS, agents, phone_number
from sandbox.calls.records import LegPlan, late_fields, record_of

#: First digits of the ids.
_CALL, _LEG = 3, 4
_KINDS = ("inbound", "ring", "transfer", "missed", "manual", "progressive")
_WEIGHTS = (38, 14, 6, 10, 18, 14)
#: The first calls of every day, so that even a small day has the difficult cases.
_FIRST_CALLS = ("ring", "transfer", "overnight", "missed")
_MIN_LEGS = 8


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg of a call."""

    record: dict[str, object]
    late: dict[str, object]
    started: datetime
    ended: datetime
    settled: datetime
    call_slot: int
    ucid_slot: int
    ucid_prefix: int

    def as_of(self, now: datetime) -> dict[str, object]:
        """Return the record as of ``now``: some fields are filled in later."""
        return self.record if now >= self.settled else {**self.record, **self.late}


def _same_caller(plan: LegPlan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in ("campaign", "customer", "own")}


@dataclass(slots=True)
class _DayGenerator:
    rng: Random
    day: date
    staff: tuple[tuple[str, str], ...]
    legs: list[Leg] = field(default_factory=list)

    def begin(self) -> datetime:
        """Return the start of a call: mostly by day, and early enough to ring before midnight."""
        seconds = self.rng.triangular(0, 84_000, 46_000)
        return datetime.combine(self.day, time()) + timedelta(seconds=int(seconds))

    def add(self, plan: LegPlan, call_slot: int | None = None, *, alone: bool = True) -> int:
        """Add a leg and return its slot."""
        slot = len(self.legs)
        ended = plan.ended
        self.legs.append(
            Leg(
                record=record_of(self.rng, plan),
                late=late_fields(),
                started=plan.started,
                ended=ended,
                settled=self._settled_at(plan),
                call_slot=slot if call_slot is None else call_slot,
                ucid_slot=slot,
                ucid_prefix=_CALL if alone else _LEG,
            )
        )
        return slot

    def _settled_at(self, plan: LegPlan) -> datetime:
        """Return when the last field is filled in: at noon of the next day at the latest."""
        done = plan.ended + timedelta(seconds=plan.wrap)
        if not plan.answered:
            return plan.ended
        tomorrow = datetime.combine(self.day + timedelta(days=1), time())
        kind = 2 if plan.filled_in_late else self.rng.choices((0, 1, 2), (55, 25, 20))[0]
        if kind == 0:
            return done
        if kind == 1:
            hours = timedelta(minutes=self.rng.randrange(30, 600))
            return min(done + hours, tomorrow + timedelta(hours=11))
        return max(done, tomorrow + timedelta(minutes=self.rng.randrange(30, 700)))

    def plan(self, kind: str, started: datetime, *, answered: bool) -> LegPlan:
        """Return the course of one leg."""
        agent_id, agent_name = self.rng.choice(self.staff)
        return LegPlan(
            kind=kind,
            day=self.day,
            started=started,
            answered=answered,
            queue=self.rng.randrange(0, 90) if kind == "InBound" else 0,
            ring=self.rng.randrange(3, 25),
            talk=5 + int(min(self.rng.lognormvariate(4.9, 0.9), 2400)) if answered else 0,
            wrap=self.rng.randrange(8, 180) if answered else 0,
            agent_id=agent_id,
            agent_name=agent_name,
            campaign={"Manual": CAMPAIGNS[2], "Progressive": CAMPAIGNS[3]}.get(
                kind, self.rng.choice(CAMPAIGNS[:2])
            ),
            customer=phone_number(self.rng),
            own=phone_number(self.rng),
        )

    def call(self, kind: str) -> None:
        """Add the legs of one call."""
        start = self.begin()
        if kind == "ring":
            self._ring(start)
        elif kind == "transfer":
            self._transfer(start)
        elif kind == "overnight":
            late = datetime.combine(self.day, time(23, 52)) + timedelta(
                seconds=self.rng.randrange(400)
            )
            long = self.plan("InBound", late, answered=True)
            self.add(replace(long, talk=900 + self.rng.randrange(1800), filled_in_late=True))
        elif kind in {"inbound", "missed"}:
            self.add(self.plan("InBound", start, answered=kind == "inbound"), alone=False)
        else:
            answered = self.rng.random() < 0.7  # noqa: PLR2004
            self.add(self.plan(kind.title(), start, answered=answered))

    def _ring(self, start: datetime) -> None:
        """Add a call that rings several agents: one CallID, a record for each agent."""
        first: int | None = None
        rung = self.rng.randrange(2, 5)
        caller = self.plan("InBound", start, answered=False)
        for number in range(rung):
            last = number == rung - 1
            turn = self.plan("InBound", start, answered=last and self.rng.random() < 0.8)  # noqa: PLR2004
            turn = replace(turn, queue=0 if number else turn.queue, **_same_caller(caller))
            slot = self.add(turn, first, alone=False)
            first = slot if first is None else first
            start = turn.ended if not turn.answered else start

    def _transfer(self, start: datetime) -> None:
        """Add a call that one agent transfers to another.

        A warm transfer gets a CallID of its own and keeps its UCID: neither id alone is documented
        as unique.
        """
        warm = self.rng.random() < 0.5  # noqa: PLR2004
        one = self.plan("InBound", start, answered=True)
        two = replace(self.plan("InBound", one.ended, answered=True), queue=0, **_same_caller(one))
        if two.started.date() > self.day:
            two = replace(two, started=start)
        one = replace(
            one,
            transfer_type="Warm" if warm else "Blind",
            transferred_to=two.agent_id,
            filled_in_late=True,
        )
        slot = self.add(one, alone=False)
        second = self.add(two, None if warm else slot, alone=False)
        if warm:
            self.legs[second] = replace(self.legs[second], ucid_slot=slot)


def legs_of_day(seed: int, day: date, count: int) -> tuple[Leg, ...]:
    """Return ``count`` legs of a day in the order of their start."""
    generator = _DayGenerator(Random(f"{seed}:{day}"), day, agents(seed))
    calls = 0
    while len(generator.legs) < count:
        if count >= _MIN_LEGS and calls < len(_FIRST_CALLS):
            kind = _FIRST_CALLS[calls]
        else:
            kind = generator.rng.choices(_KINDS, _WEIGHTS)[0]
        generator.call(kind)
        calls += 1
    return tuple(sorted(generator.legs[:count], key=lambda leg: leg.started))
