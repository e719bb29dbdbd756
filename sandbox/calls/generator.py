"""Generates the calls of a day as legs (docs/ozonetel-api.md, "Records")."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from sandbox.calls.fake_data import DISPOSITIONS
from sandbox.calls.leg_factory import LegFactory
from sandbox.calls.legs import (
    AGENT_DIAL,
    DIAL_OUT,
    DISCONNECT,
    MANUAL,
    PROGRESSIVE,
    QUEUE,
    SKILL_TRANSFER,
    Leg,
)

if TYPE_CHECKING:
    from collections.abc import Callable

# Kinds of calls and how frequent they are.
_KINDS = {
    "inbound": 30,
    "rings": 14,
    "missed": 8,
    "queue": 8,
    "disconnect": 6,
    "agent_transfer": 5,
    "skill_transfer": 3,
    "dial_out": 2,
    "manual": 17,
    "progressive": 13,
}
# The first calls of a day, so that even a small day has the difficult cases.
_FIRST_KINDS = (
    "few_rings", "agent_transfer", "overnight", "missed", "manual", "queue", "progressive",
    "disconnect", "skill_transfer", "dial_out",
)  # fmt: skip
_MIN_LEGS_FOR_FIRST_KINDS = 8
# With a leg in the queue, the largest call has 75 legs, the most seen in production.
_MAX_RINGS = 74


class _CallGenerator:
    """Generates the legs of one call at a time."""

    def __init__(self, factory: LegFactory, rng: Random) -> None:
        self._factory = factory
        self._rng = rng

    def generate(self, kind: str) -> list[Leg]:
        """Return the legs of a call."""
        # Mostly by day, and so early that even the last of 74 rings starts before midnight.
        seconds = int(self._rng.triangular(0, 82_000, 46_000))
        started = datetime.combine(self._factory.day, time()) + timedelta(seconds=seconds)
        makers: dict[str, Callable[[datetime], list[Leg]]] = {
            "agent_transfer": self._agent_transfer,
            "dial_out": self._dial_out,
            "disconnect": partial(self._single, event=DISCONNECT),
            "few_rings": self._rings,
            "inbound": partial(self._single, event=AGENT_DIAL, answered=True),
            "manual": partial(self._outbound, call_type=MANUAL),
            "missed": partial(self._single, event=AGENT_DIAL),
            "overnight": self._overnight,
            "progressive": partial(self._outbound, call_type=PROGRESSIVE),
            "queue": partial(self._single, event=QUEUE),
            "rings": self._any_rings,
            "skill_transfer": self._skill_transfer,
        }
        return makers[kind](started)

    def _single(self, started: datetime, event: str, *, answered: bool = False) -> list[Leg]:
        return [self._factory.inbound(event, started, answered=answered)]

    def _outbound(self, started: datetime, call_type: str) -> list[Leg]:
        answered = self._rng.random() < 0.7  # noqa: PLR2004
        return [self._factory.outbound(call_type, started, answered=answered)]

    def _rings(self, started: datetime, rings: int = 3) -> list[Leg]:
        """A call that rings one agent after the other, sometimes after it was queued."""
        legs: list[Leg] = []
        if self._rng.random() < 0.4:  # noqa: PLR2004
            legs.append(self._factory.inbound(QUEUE, started, answered=False))
        for number in range(rings):
            first = legs[0] if legs else None
            start = legs[-1].ended if legs else started
            answered = number == rings - 1 and self._rng.random() < 0.8  # noqa: PLR2004
            legs.append(self._factory.inbound(AGENT_DIAL, start, first, answered=answered))
        return legs

    def _any_rings(self, started: datetime) -> list[Leg]:
        # Few agents mostly, and very many rarely.
        rings = 1 + int(self._rng.paretovariate(1.2))
        return self._rings(started, min(rings, _MAX_RINGS))

    def _agent_transfer(self, started: datetime) -> list[Leg]:
        first = self._factory.inbound(AGENT_DIAL, started, answered=True)
        second = self._factory.inbound(AGENT_DIAL, first.ended, first, answered=True)
        name = second.agent.name if second.agent else ""
        return [replace(first, transferred_to=name), second]

    def _skill_transfer(self, started: datetime) -> list[Leg]:
        first = self._factory.inbound(AGENT_DIAL, started, answered=True)
        transfer = self._factory.inbound(SKILL_TRANSFER, first.ended, first, answered=False)
        answered = self._rng.random() < 0.8  # noqa: PLR2004
        last = self._factory.inbound(AGENT_DIAL, transfer.ended, first, answered=answered)
        return [first, transfer, last]

    def _dial_out(self, started: datetime) -> list[Leg]:
        queue = self._factory.inbound(QUEUE, started, answered=False)
        answered = self._rng.random() < 0.5  # noqa: PLR2004
        dial_out = self._factory.inbound(DIAL_OUT, queue.ended, queue, answered=answered)
        return [queue, replace(dial_out, dial_out_name="Reception")]

    def _overnight(self, _: datetime) -> list[Leg]:
        """A long call that starts just before midnight and is filled in the next day."""
        seconds = self._rng.randrange(400)
        started = datetime.combine(self._factory.day, time(23, 52)) + timedelta(seconds=seconds)
        leg = self._factory.inbound(AGENT_DIAL, started, answered=True)
        return [
            replace(
                leg,
                talk=900 + self._rng.randrange(1800),
                wrap_up=60,
                disposition=DISPOSITIONS[0],
                filled_in=self._factory.next_day(60, 180),
            )
        ]


def generate_legs(seed: int, day: date, count: int) -> tuple[Leg, ...]:
    """Return the legs of a day, the newest first.

    Args:
        seed: The same seed and day always give the same legs.
        day: The day; all legs start on it.
        count: Number of legs.
    """
    rng = Random(f"{seed}:{day}")
    generator = _CallGenerator(LegFactory(seed, day, rng), rng)
    legs: list[Leg] = []
    first_kinds = _FIRST_KINDS if count >= _MIN_LEGS_FOR_FIRST_KINDS else ()
    for kind in first_kinds:
        legs += generator.generate(kind)
    kinds, weights = tuple(_KINDS), tuple(_KINDS.values())
    while len(legs) < count:
        legs += generator.generate(rng.choices(kinds, weights)[0])
    return tuple(sorted(legs[:count], key=lambda leg: leg.started, reverse=True))
