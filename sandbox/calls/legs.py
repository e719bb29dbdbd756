"""A leg of a call: what happens on it, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.calls.fake_data import Agent

INBOUND, MANUAL, PROGRESSIVE = "InBound", "Manual", "Progressive"
AGENT_DIAL, CUSTOMER_DIAL = "AgentDial", "CustomerDial"
QUEUE, DISCONNECT, SKILL_TRANSFER, DIAL_OUT = "Queue", "Disconnect", "SkillTransfer", "DialOut"


def settled_at(day: date) -> datetime:
    """Return the local time from which the records of a day no longer change.

    It is 03:00 of the next day (docs/ozonetel-api.md, "Limits").
    """
    return datetime.combine(day + timedelta(days=1), time(3))


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer who calls or is called, and the side of the account.

    Attributes:
        caller_id: The customer's phone number in the form that its call type has.
        e164: The same number in E.164 format.
        campaign: Campaign of the call.
        did: The account's number.
        location: Location of the customer.
    """

    caller_id: str
    e164: str
    campaign: str
    did: str
    location: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One leg of a call.

    Attributes:
        call_slot: Number of the call within its day; it determines CallID.
        slot: Number of the leg within its day; it determines UCID.
        call_type: ``Type`` as today's records spell it.
        event: ``Event`` as today's records spell it.
        started: Local start.
        appears_after: Seconds from the start until today's records include the leg.
        answered: Whether it is answered in the end.
        queue: Seconds in the queue.
        ring: Seconds of dialing.
        talk: Seconds of talking; 0 if it is not answered.
        hold: Seconds on hold.
        customer: The customer.
        agent: The agent; None on legs without one.
        skill: Skill of an inbound leg.
        dial_status: Final ``DialStatus``.
        agent_dial_status: Final ``AgentDialStatus``.
        hangup_by: Final ``HangupBy``.
        audio: URL of the recording; None if it is not answered.
        wrap_up: Seconds of wrap-up; None if there is none or the agent does not complete it.
        filled_in: Local time when the last field is filled in; None if there is nothing to fill in.
        disposition: Final ``Disposition``.
        comments: Final ``Comments``.
        rating: Final ``Rating``; 0 without one.
        rating_comments: Final ``RatingComments``.
        transferred_to: Name of the agent that takes over; empty if there is none.
        dial_out_name: Name of the external number that is dialed.
    """

    call_slot: int
    slot: int
    call_type: str
    event: str
    started: datetime
    appears_after: int
    answered: bool
    queue: int
    ring: int
    talk: int
    hold: int
    customer: Customer
    agent: Agent | None
    skill: str
    dial_status: str
    agent_dial_status: str
    hangup_by: str
    audio: str | None
    wrap_up: int | None = None
    filled_in: datetime | None = None
    disposition: str = ""
    comments: str = ""
    rating: int = 0
    rating_comments: str = ""
    transferred_to: str = ""
    dial_out_name: str = ""

    @property
    def appears(self) -> datetime:
        """Return when today's records begin to include the leg."""
        return self.started + timedelta(seconds=self.appears_after)

    @property
    def picked_up(self) -> datetime:
        """Return when it is picked up, if it is answered."""
        return self.started + timedelta(seconds=self.queue + self.ring)

    @property
    def ended(self) -> datetime:
        """Return when it ends, possibly on the next day."""
        return self.picked_up + timedelta(seconds=self.talk)
