"""The record of a leg (docs/ozonetel-api.md, "Records")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sandbox.calls.fake_data import (
    COMMENTS,
    DISPOSITIONS,
    PLACES,
    RATING_COMMENTS,
    SKILLS,
)

if TYPE_CHECKING:
    from random import Random

_ZERO = "00:00:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegPlan:
    """The course of a leg."""

    kind: str
    day: date
    started: datetime
    answered: bool
    queue: int
    ring: int
    talk: int
    wrap: int
    agent_id: str
    agent_name: str
    campaign: str
    customer: str
    own: str
    transfer_type: str = ""
    transferred_to: str = ""
    filled_in_late: bool = False

    @property
    def ended(self) -> datetime:
        """Return when the leg ended, possibly on the next day."""
        return self.started + timedelta(seconds=self.queue + self.ring + self.talk)


def _format_duration(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _format_time(moment: datetime) -> str:
    return f"{moment.hour:02d}:{moment.minute:02d}:{moment.second:02d}"


def late_fields() -> dict[str, object]:
    """Return the fields that are filled in later, with their initial values."""
    return {
        "Comments": "",
        "Disposition": "",
        "HandlingTime": None,
        "Rating": None,
        "RatingComments": "",
        "WrapUpEndTime": None,
        "WrapUpStartTime": None,
        "WrapupDuration": None,
    }


def _wrap_up(rng: Random, plan: LegPlan) -> dict[str, object]:
    """Return the final values of the fields that are filled in later."""
    fields = late_fields()
    if not plan.answered:
        return fields
    fields["Disposition"] = rng.choice(DISPOSITIONS)
    fields["Comments"] = rng.choice(COMMENTS)
    fields["Rating"] = rng.choice((None, None, 1, 2, 3, 4, 5, 5))
    if fields["Rating"] is not None:
        fields["RatingComments"] = rng.choice(RATING_COMMENTS)
    # Wrap-up stays null if the agent did not complete it.
    if plan.filled_in_late or rng.random() < 0.8:  # noqa: PLR2004
        fields["HandlingTime"] = _format_duration(plan.talk + plan.wrap)
        fields["WrapUpStartTime"] = _format_time(plan.ended)
        fields["WrapUpEndTime"] = _format_time(plan.ended + timedelta(seconds=plan.wrap))
        fields["WrapupDuration"] = _format_duration(plan.wrap)
    return fields


def record_of(rng: Random, plan: LegPlan) -> dict[str, object]:
    """Return the final record of a leg, with 0 for its ids."""
    answered, inbound = plan.answered, plan.kind == "InBound"
    customer, own = plan.customer, plan.own
    picked_up = plan.started + timedelta(seconds=plan.queue + plan.ring)
    late = _wrap_up(rng, plan)
    return {
        "AgentDialStatus": "answered" if answered else rng.choice(("noanswer", "busy")),
        "AgentID": plan.agent_id,
        "AgentName": plan.agent_name,
        "CallAudio": f"https://recordings.invalid/{plan.day}/{rng.getrandbits(64):016x}.mp3"
        if answered
        else "",
        "CallDate": plan.day.isoformat(),
        "CallFlow": "IVR|Queue|Agent" if inbound else "Agent|Customer",
        "CallID": 0,
        "CallerConfAudioFile": "",
        "CallerID": customer if inbound else own,
        "CampaignName": plan.campaign,
        "Comments": late["Comments"],
        "ConferenceDuration": _format_duration(min(plan.talk, 45) if plan.transferred_to else 0),
        "CustomerDialStatus": "answered" if answered or inbound else "noanswer",
        "CustomerRingTime": _ZERO if inbound else _format_duration(plan.ring),
        "DID": own,
        "DialCount": "1",
        "DialOutName": "" if inbound else "Customer",
        "DialStatus": "answered" if answered else "not_answered",
        "DialedNumber": own if inbound else customer,
        "Disposition": late["Disposition"],
        "Duration": _format_duration(plan.queue + plan.ring + plan.talk),
        "DynamicDID": "",
        "E164": "+91" + customer.removeprefix("+91")[-10:],
        "EndTime": _format_time(plan.ended),
        "Event": "AgentDial" if inbound else "CustomerDial",
        "HandlingTime": late["HandlingTime"],
        "HangupBy": rng.choice(("AgentHangup", "UserHangup")) if answered else "UserHangup",
        "HoldDuration": _format_duration(rng.choice((0, 0, 0, 12)) if answered else 0),
        "Location": rng.choice(PLACES),
        "PickupTime": _format_time(picked_up) if answered else "",
        "QueueTime": _format_duration(plan.queue),
        "Rating": late["Rating"],
        "RatingComments": late["RatingComments"],
        "Skill": rng.choice(SKILLS) if inbound else "",
        "StartTime": _format_time(plan.started),
        # Both spellings of "not answered" are in use.
        "Status": "Answered" if answered else ("NotAnswered" if inbound else "Unanswered"),
        "TalkTime": _format_duration(plan.talk),
        "TimeToAnswer": _format_duration(plan.queue + plan.ring if answered else 0),
        "TransferType": plan.transfer_type,
        "TransferredTo": plan.transferred_to,
        "Type": plan.kind,
        "UCID": 0,
        "UUI": "",
        "VideoRecordingURL": "",
        "WrapUpEndTime": late["WrapUpEndTime"],
        "WrapUpStartTime": late["WrapUpStartTime"],
        "WrapupDuration": late["WrapupDuration"],
    }
