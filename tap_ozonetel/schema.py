"""The fields of a call detail record, as the contract has them under "Records"."""

from __future__ import annotations

from typing import Any

from singer_sdk import typing as th

KEY_PROPERTIES = ("CallID", "UCID")
REPLICATION_KEY = "CallDate"

TEXT_FIELDS = {
    "AgentDialStatus": "How the attempt to reach the agent ended, such as answered.",
    "AgentID": "The agent's id.",
    "AgentName": "The agent's name.",
    "CallAudio": "URL of the recording; empty text where there is none.",
    "CallFlow": "The way of the call through the account's call flow.",
    "CallerConfAudioFile": "The audio file of the conference.",
    "CallerID": "The caller's phone number, with its leading zeros.",
    "CampaignName": "The campaign that the call belongs to.",
    "Comments": "The agent's comments; may be filled in after the call.",
    "ConferenceDuration": "How long the conference took, as HH:MM:SS.",
    "CustomerDialStatus": "How the attempt to reach the customer ended.",
    "CustomerRingTime": "How long the customer's phone rang, as HH:MM:SS.",
    "DID": "The number that was called (direct inward dial).",
    "DialCount": "How many times was dialled.",
    "DialOutName": "The name of the party that was dialled.",
    "DialStatus": "How the dialling ended, all in all.",
    "DialedNumber": "The number that was dialled, with its leading zeros.",
    "Disposition": "The outcome that the agent chose; may be filled in after the call.",
    "Duration": "How long the call took in all, as HH:MM:SS.",
    "DynamicDID": "Reference of the dynamic DID.",
    "E164": "The phone number as of E.164.",
    "EndTime": "When the leg ended, as HH:MM:SS; smaller than StartTime when it ran past midnight.",
    "Event": "The kind of event, such as AgentDial.",
    "HandlingTime": "How long the agent was busy with the call, as HH:MM:SS; may be null.",
    "HangupBy": "Who hung up.",
    "HoldDuration": "How long the caller was on hold, as HH:MM:SS.",
    "Location": "The caller's location.",
    "PickupTime": "When the call was answered.",
    "QueueTime": "How long the caller waited in the queue.",
    "RatingComments": "Comments on the rating.",
    "Skill": "The skill or queue.",
    "StartTime": "When the leg began, as HH:MM:SS of the account's time zone.",
    "Status": "Answered, NotAnswered or Unanswered.",
    "TalkTime": "How long was talked, as HH:MM:SS.",
    "TimeToAnswer": "How long it took until the call was answered, as HH:MM:SS.",
    "TransferType": "The type of the transfer.",
    "TransferredTo": "Where the call was transferred to.",
    "Type": "The type of the call: InBound, Manual, Progressive and others.",
    "UUI": "User-to-user information.",
    "VideoRecordingURL": "URL of the video recording.",
    "WrapUpEndTime": "When the wrap-up ended; may be null.",
    "WrapUpStartTime": "When the wrap-up began; may be null.",
    "WrapupDuration": "How long the wrap-up took, as HH:MM:SS; may be null.",
}

SCHEMA: dict[str, Any] = th.PropertiesList(
    th.Property("CallID", th.IntegerType, description="The call; the same in all its legs."),
    th.Property("UCID", th.IntegerType, description="The leg of the call."),
    th.Property("CallDate", th.DateType, description="The day of the leg in the account's time."),
    th.Property("Rating", th.NumberType, description="The rating of the call."),
    *(
        th.Property(name, th.StringType, description=description)
        for name, description in TEXT_FIELDS.items()
    ),
).to_dict()
