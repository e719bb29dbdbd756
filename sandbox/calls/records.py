"""One leg's record: the 43 fields of the seed and the 4 seen in production (contract, Records)."""

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

_NONE = "00:00:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a leg went."""

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
    settles_late: bool = False

    @property
    def ended(self) -> datetime:
        """Return when the leg ended, maybe on the next day."""
        return self.started + timedelta(seconds=self.queue + self.ring + self.talk)


def _span(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _clock(moment: datetime) -> str:
    return f"{moment.hour:02d}:{moment.minute:02d}:{moment.second:02d}"


def late_fields() -> dict[str, object]:
    """Return what the late fields hold before they are filled in."""
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


def _wrap_up(rng: Random, course: Course) -> dict[str, object]:
    """Return the fields that an agent fills in, once all is settled."""
    fields = late_fields()
    if not course.answered:
        return fields
    fields["Disposition"] = rng.choice(DISPOSITIONS)
    fields["Comments"] = rng.choice(COMMENTS)
    fields["Rating"] = rng.choice((None, None, 1, 2, 3, 4, 5, 5))
    if fields["Rating"] is not None:
        fields["RatingComments"] = rng.choice(RATING_COMMENTS)
    # Wrap-up stays null for good when the agent did not complete it (contract, S).
    if course.settles_late or rng.random() < 0.8:  # noqa: PLR2004
        fields["HandlingTime"] = _span(course.talk + course.wrap)
        fields["WrapUpStartTime"] = _clock(course.ended)
        fields["WrapUpEndTime"] = _clock(course.ended + timedelta(seconds=course.wrap))
        fields["WrapupDuration"] = _span(course.wrap)
    return fields


def record_of(rng: Random, course: Course) -> dict[str, object]:
    """Return the settled record of a leg, its ids still 0."""
    answered, inbound = course.answered, course.kind == "InBound"
    customer, own = course.customer, course.own
    picked_up = course.started + timedelta(seconds=course.queue + course.ring)
    late = _wrap_up(rng, course)
    return {
        "AgentDialStatus": "answered" if answered else rng.choice(("noanswer", "busy")),
        "AgentID": course.agent_id,
        "AgentName": course.agent_name,
        "CallAudio": f"https://recordings.invalid/{course.day}/{rng.getrandbits(64):016x}.mp3"
        if answered
        else "",
        "CallDate": course.day.isoformat(),
        "CallFlow": "IVR|Queue|Agent" if inbound else "Agent|Customer",
        "CallID": 0,
        "CallerConfAudioFile": "",
        "CallerID": customer if inbound else own,
        "CampaignName": course.campaign,
        "Comments": late["Comments"],
        "ConferenceDuration": _span(min(course.talk, 45) if course.transferred_to else 0),
        "CustomerDialStatus": "answered" if answered or inbound else "noanswer",
        "CustomerRingTime": _NONE if inbound else _span(course.ring),
        "DID": own,
        "DialCount": "1",
        "DialOutName": "" if inbound else "Customer",
        "DialStatus": "answered" if answered else "not_answered",
        "DialedNumber": own if inbound else customer,
        "Disposition": late["Disposition"],
        "Duration": _span(course.queue + course.ring + course.talk),
        "DynamicDID": "",
        "E164": "+91" + customer.removeprefix("+91")[-10:],
        "EndTime": _clock(course.ended),
        "Event": "AgentDial" if inbound else "CustomerDial",
        "HandlingTime": late["HandlingTime"],
        "HangupBy": rng.choice(("AgentHangup", "UserHangup")) if answered else "UserHangup",
        "HoldDuration": _span(rng.choice((0, 0, 0, 12)) if answered else 0),
        "Location": rng.choice(PLACES),
        "PickupTime": _clock(picked_up) if answered else "",
        "QueueTime": _span(course.queue),
        "Rating": late["Rating"],
        "RatingComments": late["RatingComments"],
        "Skill": rng.choice(SKILLS) if inbound else "",
        "StartTime": _clock(course.started),
        # Both spellings of "not answered" are in use (contract, S and P).
        "Status": "Answered" if answered else ("NotAnswered" if inbound else "Unanswered"),
        "TalkTime": _span(course.talk),
        "TimeToAnswer": _span(course.queue + course.ring if answered else 0),
        "TransferType": course.transfer_type,
        "TransferredTo": course.transferred_to,
        "Type": course.kind,
        "UCID": 0,
        "UUI": "",
        "VideoRecordingURL": "",
        "WrapUpEndTime": late["WrapUpEndTime"],
        "WrapUpStartTime": late["WrapUpStartTime"],
        "WrapupDuration": late["WrapupDuration"],
    }
