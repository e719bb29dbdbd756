"""Makes single legs with random outcomes (docs/ozonetel-api.md, "Records")."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from sandbox.calls import fake_data
from sandbox.calls.fake_data import CAMPAIGNS
from sandbox.calls.legs import (
    AGENT_DIAL,
    CUSTOMER_DIAL,
    DIAL_OUT,
    DISCONNECT,
    INBOUND,
    MANUAL,
    PROGRESSIVE,
    QUEUE,
    SKILL_TRANSFER,
    Customer,
    Leg,
    settled_at,
)

if TYPE_CHECKING:
    from random import Random

_MAX_QUEUE_SECONDS = 45
_MAX_WRAP_UP_SECONDS = 120
_CUSTOMER_FAILED = ("NormalUnspecified", "InvalidNumber", "not_answered", "user_disconnected", "")
_AGENT_FAILED = (
    "not_answered", "agent_disconnect", "user_disconnected", "error", "InvalidAgent", "Expired",
    "MaxDialTimeExceeded",
)  # fmt: skip
_QUEUE_FAILED = (
    f"QTimeExceeded{{{_MAX_QUEUE_SECONDS}}}", "QSizeExceeded{1}", "user_disconnected", "",
)  # fmt: skip
# DialStatus of unanswered legs by call type and event.
_FAILED = {
    (INBOUND, AGENT_DIAL): _AGENT_FAILED,
    (INBOUND, QUEUE): _QUEUE_FAILED,
    (INBOUND, DISCONNECT): ("user_disconnected", ""),
    (INBOUND, SKILL_TRANSFER): ("",),
    (INBOUND, DIAL_OUT): ("not_answered", "error"),
    (MANUAL, AGENT_DIAL): _CUSTOMER_FAILED,
    (PROGRESSIVE, CUSTOMER_DIAL): _CUSTOMER_FAILED,
}
_OUTBOUND_CAMPAIGNS = {MANUAL: CAMPAIGNS[2], PROGRESSIVE: CAMPAIGNS[3]}


class LegFactory:
    """Makes the legs of one day, each with a slot of its own."""

    def __init__(self, seed: int, day: date, rng: Random) -> None:
        """Make legs of the agents that an account with this seed has."""
        self.day = day
        self._rng = rng
        self._agents = fake_data.agents(seed)
        self._dids = fake_data.dids(seed)
        self._slots = 0

    def outbound(self, call_type: str, started: datetime, *, answered: bool) -> Leg:
        """Return the only leg of an outbound call."""
        # Progressive calls have a leading zero, manual ones rarely.
        has_zero = call_type == PROGRESSIVE or self._rng.random() < 0.1  # noqa: PLR2004
        customer = self._customer("0" if has_zero else "", _OUTBOUND_CAMPAIGNS[call_type])
        event = CUSTOMER_DIAL if call_type == PROGRESSIVE else AGENT_DIAL
        return self._leg(call_type, event, started, customer, answered=answered)

    def inbound(
        self, event: str, started: datetime, first: Leg | None = None, *, answered: bool
    ) -> Leg:
        """Return an inbound leg.

        Args:
            event: What the leg is.
            started: Local start.
            first: The first leg of the call; None if it is this one.
            answered: Whether it is answered.
        """
        if first:
            leg = self._leg(INBOUND, event, started, first.customer, answered=answered)
            return replace(leg, call_slot=first.call_slot)
        customer = self._customer("0091", self._rng.choice(CAMPAIGNS[:2]))
        return self._leg(INBOUND, event, started, customer, answered=answered)

    def next_day(self, first_minute: int, last_minute: int) -> datetime:
        """Return a random time of the next day."""
        next_day = datetime.combine(self.day + timedelta(days=1), time())
        return next_day + timedelta(minutes=self._rng.randrange(first_minute, last_minute))

    def _customer(self, prefix: str, campaign: str) -> Customer:
        number = fake_data.phone_number(self._rng)
        return Customer(
            caller_id=prefix + number,
            e164=f"+91{number}",
            campaign=campaign,
            did=self._rng.choice(self._dids),
            location=self._rng.choice(fake_data.PLACES),
        )

    def _leg(
        self, call_type: str, event: str, started: datetime, customer: Customer, *, answered: bool
    ) -> Leg:
        rng, slot = self._rng, self._slots
        self._slots += 1
        has_agent = event in {AGENT_DIAL, CUSTOMER_DIAL}
        failed = rng.choice(_FAILED[call_type, event])
        hangup_by = (
            ("AgentHangup", "UserHangup") if answered else ("UserHangup", "SystemHangup", "")
        )
        leg = Leg(
            call_slot=slot,
            slot=slot,
            call_type=call_type,
            event=event,
            started=started,
            appears_after=rng.choice((1, 3, 5, 10, 20, 59)),
            answered=answered,
            queue=self._queue_seconds(call_type, event),
            ring=rng.randrange(3, 25) if has_agent or event == DIAL_OUT else 0,
            talk=5 + int(min(rng.lognormvariate(4.9, 0.9), 2400)) if answered else 0,
            hold=rng.choice((0, 0, 0, 12)) if answered else 0,
            customer=customer,
            agent=rng.choice(self._agents) if has_agent else None,
            skill=rng.choice(fake_data.SKILLS) if call_type == INBOUND else "",
            dial_status="answered" if answered else failed,
            agent_dial_status=self._agent_dial_status(answered=answered) if has_agent else "",
            hangup_by=rng.choice(hangup_by),
            audio=self._audio() if answered else None,
        )
        return self._wrapped_up(leg) if answered and has_agent else leg

    def _queue_seconds(self, call_type: str, event: str) -> int:
        if call_type != INBOUND:
            return 0
        return self._rng.randrange(_MAX_QUEUE_SECONDS if event == QUEUE else 8)

    def _agent_dial_status(self, *, answered: bool) -> str:
        return "answered" if answered else self._rng.choice(("noanswer", "busy"))

    def _audio(self) -> str:
        return f"https://recordings.invalid/{self.day}/{self._rng.getrandbits(64):016x}.mp3"

    def _wrapped_up(self, leg: Leg) -> Leg:
        """Return an answered leg with the fields that the agent fills in."""
        rng = self._rng
        wrap_up = rng.randrange(8, 180)
        disposition = rng.choice(fake_data.DISPOSITIONS)
        if wrap_up > _MAX_WRAP_UP_SECONDS:
            wrap_up = _MAX_WRAP_UP_SECONDS
            disposition = f"Wrap up time exceeded :{_MAX_WRAP_UP_SECONDS}"
        rating = rng.choice((0, 0, 1, 2, 3, 4, 5, 5))
        return replace(
            leg,
            # Some agents do not complete the wrap-up.
            wrap_up=wrap_up if rng.random() < 0.8 else None,  # noqa: PLR2004
            filled_in=self._filled_in(leg.ended + timedelta(seconds=wrap_up)),
            disposition=disposition,
            comments=rng.choice(fake_data.COMMENTS),
            rating=rating,
            rating_comments=rng.choice(fake_data.RATING_COMMENTS) if rating else "",
        )

    def _filled_in(self, wrapped_up: datetime) -> datetime:
        """Return when the last field is filled in: at once, hours later, or the next day."""
        kind = self._rng.choices(("at once", "later", "next day"), (55, 25, 20))[0]
        if kind == "at once":
            filled_in = wrapped_up
        elif kind == "later":
            filled_in = wrapped_up + timedelta(minutes=self._rng.randrange(30, 600))
        else:
            filled_in = max(wrapped_up, self.next_day(1, 180))
        return min(filled_in, settled_at(self.day))
