"""The schemas of the streams.

Their sources are docs/ozonetel-api.md, "Records", "Two dialects" and "Agent state summary".
"""

from __future__ import annotations

from typing import Any

from singer_sdk import typing as th

CDR_KEY_PROPERTIES = ("CallID", "UCID")
SUMMARY_KEY_PROPERTIES = ("AgentUniqueID", "CallDate", "ModeType")
REPLICATION_KEY = "CallDate"

STRING_FIELDS = {
    "AgentDialStatus": "Result of dialing the agent, such as answered or Queued.",
    "AgentID": "ID of the agent. Empty on legs without an agent.",
    "AgentName": "Name of the agent.",
    "CallAudio": "URL of the recording. Empty or null if there is none.",
    "CallFlow": "Same value as Event.",
    "CallerConfAudioFile": "Audio file of the conference.",
    "CallerID": "Phone number of the customer in both directions, with its prefix: 0091 and 10 "
    "digits on inbound legs, 0 and 10 digits on progressive legs, mostly 10 digits on manual legs.",
    "CampaignName": "Name of the campaign.",
    "Comments": "Comments of the agent. May be filled in after the call.",
    "ConferenceDuration": "Duration of the conference, as HH:MM:SS.",
    "CustomerDialStatus": "Result of dialing the customer, such as answered or NotDialed.",
    "CustomerRingTime": "How long the customer's phone rang, as HH:MM:SS.",
    "DID": "Number that the customer called (direct inward dialing).",
    "DialCount": "Number of dial attempts.",
    "DialOutName": "Name of the dialed party.",
    "DialStatus": "Result of dialing, such as answered, not_answered, user_disconnected, "
    "agent_disconnect, NormalUnspecified, Expired or QTimeExceeded{45}.",
    "DialedNumber": "Phone number of the agent. Empty if no agent was dialed.",
    "Disposition": "Disposition that the agent chose, or Wrap up time exceeded. May be filled in "
    "after the call.",
    "Duration": "Total duration of the call, as HH:MM:SS.",
    "DynamicDID": "Reference of the dynamic DID.",
    "E164": "Phone number in E.164 format.",
    "EndTime": "End of the leg, as HH:MM:SS. Earlier than StartTime if the leg ran past midnight.",
    "Event": "Kind of leg. Today: AgentDial, Queue, Disconnect. Past days: Agent Dials, Queue, "
    "Disconnect, Skill Transfers, Customer Dials, Dial Out.",
    "HandlingTime": "How long the agent was busy with the call, as HH:MM:SS. Null until wrapped "
    "up; past days are never null.",
    "HangupBy": "Who hung up: UserHangup, AgentHangup or SystemHangup. Empty during the call.",
    "HoldDuration": "How long the customer was on hold, as HH:MM:SS.",
    "Location": "Location of the customer.",
    "PickupTime": "When the call was answered. If it was not: null today, empty on past days.",
    "QueueTime": "How long the customer waited in the queue.",
    "RatingComments": "Comments on the rating.",
    "Skill": "Skill or queue.",
    "StartTime": "Start of the leg in the account's time zone, as HH:MM:SS.",
    "Status": "Answered or Unanswered; NotAnswered is documented too.",
    "TalkTime": "Talk time, as HH:MM:SS.",
    "TimeToAnswer": "Time until the call was answered, as HH:MM:SS.",
    "TransferType": "Kind of transfer, such as Agent.",
    "TransferredTo": "Target of the transfer, such as the name of an agent.",
    "Type": "Kind of call. Today: InBound, Manual. Past days: Inbound, Manual, Progressive.",
    "UUI": "User-to-user information.",
    "VideoRecordingURL": "URL of the video recording.",
    "WrapUpEndTime": "End of the wrap-up. Without one: null today, empty on past days.",
    "WrapUpStartTime": "Start of the wrap-up. Without one: null today, empty on past days.",
    "WrapupDuration": "Duration of the wrap-up, as HH:MM:SS. Without one: null today, 00:00:00 on "
    "past days.",
}

MIN_INT64, MAX_INT64 = -(2**63), 2**63 - 1

# With bounds, targets make it a 64-bit column. DuckDB's type for an integer without bounds loses
# digits in Parquet files.
_IdType = th.IntegerType(minimum=MIN_INT64, maximum=MAX_INT64)

CDR_SCHEMA: dict[str, Any] = th.PropertiesList(
    th.Property("CallID", _IdType, description="ID of the call. All its legs share it."),
    th.Property("UCID", _IdType, description="ID of the leg."),
    th.Property("CallDate", th.DateType, description="Day of the leg in the account's time zone."),
    th.Property(
        "Rating", th.NumberType, description="Rating of the call. Unrated: 0 today, null otherwise."
    ),
    *(
        th.Property(name, th.StringType, description=description)
        for name, description in STRING_FIELDS.items()
    ),
).to_dict()

AGENT_SUMMARY_SCHEMA: dict[str, Any] = th.PropertiesList(
    th.Property("AgentUniqueID", th.StringType, description="ID of the agent."),
    th.Property("CallDate", th.DateType, description="Day in the account's time zone."),
    th.Property(
        "ModeType",
        th.StringType,
        description="Mode in which the agent was logged in, such as Blended, Manual or Inbound.",
    ),
    *(
        th.Property(name, th.StringType, description=description)
        for name, description in {
            "AgentIncrID": "Sequential number, as the API sends it.",
            "AgentName": "Name of the agent.",
            "TotalBusyTime": "How long the agent was busy with calls, as HH:MM:SS.",
            "TotalDialTime": "How long the agent's calls were dialed, as HH:MM:SS.",
            "TotalIdleTime": "How long the agent waited for calls, as HH:MM:SS.",
            "TotalLoginDuration": "How long the agent was logged in, as HH:MM:SS.",
            "TotalPauseTime": "How long the agent paused, as HH:MM:SS.",
            "TotalWrapupTime": "How long the agent wrapped up calls, as HH:MM:SS.",
        }.items()
    ),
).to_dict()

for _schema in (CDR_SCHEMA, AGENT_SUMMARY_SCHEMA):
    # Some targets reject it.
    del _schema["$schema"]
