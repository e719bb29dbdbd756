"""The record of a leg, in either dialect (docs/ozonetel-api.md, "Records" and "Two dialects")."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.calls.legs import INBOUND

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.calls.legs import Leg

#: Values of the fields that are filled in after the call, in today's dialect.
UNFILLED: dict[str, object] = {
    "Comments": "",
    "Disposition": "",
    "HandlingTime": None,
    "Rating": 0,
    "RatingComments": "",
    "WrapUpEndTime": None,
    "WrapUpStartTime": None,
    "WrapupDuration": None,
}

_ZERO = "00:00:00"
_PAST_CALL_TYPES = {"InBound": "Inbound"}
# Today's records have been seen with AgentDial, Queue and Disconnect only; the other singular forms
# follow the pattern of AgentDial.
_PAST_EVENTS = {
    "AgentDial": "Agent Dials",
    "CustomerDial": "Customer Dials",
    "SkillTransfer": "Skill Transfers",
    "DialOut": "Dial Out",
}
_PAST_NULLS = {
    "CallAudio": "",
    "PickupTime": "",
    "WrapUpEndTime": "",
    "WrapUpStartTime": "",
    "WrapupDuration": _ZERO,
}


def current_record(leg: Leg, now: datetime) -> dict[str, object]:
    """Return the record of a leg as today's records have it, without its ids.

    Args:
        leg: The leg; it has started.
        now: Local time. Some values change when the leg is picked up, ends and is wrapped up.
    """
    record = _final_record(leg)
    if leg.filled_in and now < leg.filled_in:
        record |= UNFILLED
    if now < leg.ended:
        is_connected = leg.answered and now >= leg.picked_up
        record |= _connected(leg) if is_connected else _dialing(leg)
    return record


def past_record(leg: Leg, now: datetime) -> dict[str, object]:
    """Return the record of a leg as past days have it, without its ids."""
    record = current_record(leg, now)
    for name, value in _PAST_NULLS.items():
        if record[name] is None:
            record[name] = value
    if record["HandlingTime"] is None:
        record["HandlingTime"] = record["TalkTime"]
    event = str(record["Event"])
    return {
        **record,
        "CallFlow": _PAST_EVENTS.get(event, event),
        "Event": _PAST_EVENTS.get(event, event),
        "Rating": str(record["Rating"] or ""),
        "Type": _PAST_CALL_TYPES.get(leg.call_type, leg.call_type),
    }


def _final_record(leg: Leg) -> dict[str, object]:
    inbound = leg.call_type == INBOUND
    customer_answered = leg.answered or inbound
    return {
        "AgentDialStatus": leg.agent_dial_status,
        "AgentID": leg.agent.id if leg.agent else "",
        "AgentName": leg.agent.name if leg.agent else "",
        "CallAudio": leg.audio,
        "CallDate": leg.started.date().isoformat(),
        "CallFlow": leg.event,
        "CallerConfAudioFile": "",
        "CallerID": leg.customer.caller_id,
        "CampaignName": leg.customer.campaign,
        "Comments": leg.comments,
        "ConferenceDuration": format_duration(min(leg.talk, 45) if leg.transferred_to else 0),
        "CustomerDialStatus": "answered" if customer_answered else "noanswer",
        "CustomerRingTime": _ZERO if inbound else format_duration(leg.ring),
        "DID": leg.customer.did,
        "DialOutName": leg.dial_out_name,
        "DialStatus": leg.dial_status,
        "DialedNumber": leg.agent.phone_number if leg.agent else "",
        "Disposition": leg.disposition,
        "Duration": format_duration(leg.queue + leg.ring + leg.talk),
        "DynamicDID": "",
        "E164": leg.customer.e164,
        "EndTime": _format_time(leg.ended),
        "Event": leg.event,
        "HandlingTime": None if leg.wrap_up is None else format_duration(leg.talk + leg.wrap_up),
        "HangupBy": leg.hangup_by,
        "HoldDuration": format_duration(leg.hold),
        "Location": leg.customer.location,
        "PickupTime": _format_time(leg.picked_up) if leg.answered else None,
        "QueueTime": format_duration(leg.queue),
        "Rating": leg.rating,
        "RatingComments": leg.rating_comments,
        "Skill": leg.skill,
        "StartTime": _format_time(leg.started),
        "Status": "Answered" if leg.answered else "Unanswered",
        "TalkTime": format_duration(leg.talk),
        "TimeToAnswer": format_duration(leg.queue + leg.ring if leg.answered else 0),
        "TransferType": "Agent" if leg.transferred_to else "",
        "TransferredTo": leg.transferred_to,
        "Type": leg.call_type,
        "UUI": "",
        "VideoRecordingURL": "",
        **_wrap_up(leg),
    }


def _wrap_up(leg: Leg) -> dict[str, object]:
    if leg.wrap_up is None:
        return {"WrapUpEndTime": None, "WrapUpStartTime": None, "WrapupDuration": None}
    return {
        "WrapUpEndTime": _format_time(leg.ended + timedelta(seconds=leg.wrap_up)),
        "WrapUpStartTime": _format_time(leg.ended),
        "WrapupDuration": format_duration(leg.wrap_up),
    }


def _dialing(leg: Leg) -> dict[str, object]:
    """Return what differs while the leg is dialing."""
    return {
        **_ongoing(leg.started),
        "AgentDialStatus": "Queued",
        "CustomerDialStatus": "NotDialed",
        "DialStatus": "not_answered",
        "Duration": _ZERO,
        "PickupTime": None,
        "Status": "Unanswered",
        "TalkTime": _ZERO,
        "TimeToAnswer": _ZERO,
    }


def _connected(leg: Leg) -> dict[str, object]:
    """Return what differs while the leg is connected."""
    return {
        **_ongoing(leg.picked_up),
        "Duration": format_duration(leg.queue + leg.ring + 1),
        "TalkTime": "00:00:01",
    }


def _ongoing(end: datetime) -> dict[str, object]:
    return {
        "CallAudio": "",
        "EndTime": _format_time(end),
        "HangupBy": "",
        "ConferenceDuration": _ZERO,
        "HoldDuration": _ZERO,
        "TransferType": "",
        "TransferredTo": "",
    }


def format_duration(seconds: int) -> str:
    """Return seconds as ``HH:MM:SS``."""
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _format_time(moment: datetime) -> str:
    return f"{moment.hour:02d}:{moment.minute:02d}:{moment.second:02d}"
