"""What the tap may log in plain text: the API's own words, messages and names of fields.

The source of the words and messages is docs/ozonetel-api.md
(tests/unit/shapes/test_known_values.py).
"""

from __future__ import annotations

import re

from tap_ozonetel.shapes.patterns import pattern

#: The values of the fields whose values are words of the API.
KNOWN_WORDS: dict[str, frozenset[str]] = {
    "AgentDialStatus": frozenset({"answered", "Queued"}),
    "CustomerDialStatus": frozenset({"answered", "NotDialed"}),
    "DialStatus": frozenset(
        {
            "answered",
            "not_answered",
            "user_disconnected",
            "agent_disconnect",
            "NormalUnspecified",
            "InvalidNumber",
            "InvalidAgent",
            "Expired",
            "QTimeExceeded",
            "QSizeExceeded",
            "MaxDialTimeExceeded",
            "error",
        }
    ),
    "Event": frozenset(
        {
            "AgentDial",
            "Agent Dials",
            "Customer Dials",
            "Dial Out",
            "Disconnect",
            "Queue",
            "Skill Transfers",
        }
    ),
    # A field of the callbacks. No value is known.
    "FallBackRule": frozenset(),
    "HangupBy": frozenset({"AgentHangup", "SystemHangup", "UserHangup"}),
    "Status": frozenset({"Answered", "NotAnswered", "Unanswered"}),
    "TransferType": frozenset({"Agent"}),
    "Type": frozenset({"InBound", "Inbound", "Manual", "Progressive"}),
}

#: The fields with names of people, places, teams and whatever an account calls its own. A word that
#: is in one of them is not logged as a word of another field.
NAME_FIELDS = frozenset(
    {
        "AgentID",
        "AgentName",
        "AgentUniqueID",
        "CampaignName",
        "DialOutName",
        "Disposition",
        "Location",
        "Skill",
        "TransferTo",
        "TransferredTo",
        "UUI",
    }
)

#: The values of `status` in an envelope.
STATUS_WORDS = frozenset({"success", "true", "false", "fail", "failure", "error"})

#: The names in an envelope.
ENVELOPE_FIELDS = frozenset({"status", "message", "details", "totalCount", "token", "data"})

#: The values of `message` in an envelope.
KNOWN_MESSAGES = frozenset(
    {
        "success",
        "Difference Between From and To Date should not be Greater than 30 Days",
        "From Date Should not be Greater than To Date",
        "From and To Date should be in yyyy-mm-dd HH:mm:ss Format",
        "Invalid Json Pass Valid Json",
        "Invalid campaignName",
        "Invalid fromDate format. Please pass the date in the format yyyy-MM-dd HH:mm:ss",
        "Max limit exceeded",
        "Missing fromDate and toDate",
        "Missing userName or apiKey",
        "Mode Type is Invalid",
        "No Data Found",
        "Token Expired",
        "Too Many Requests",
        "agentId is Invalid",
        "apiKey should not be empty",
        "only 1 hit will be allowed within a time frame of 5mins",
        "userName or apiKey is Invalid",
        "userName should not be empty",
    }
)

# As in QTimeExceeded{45}.
_PARAMETER = re.compile(r"\{[0-9]{1,6}\}")
_WORD = re.compile(r"[A-Za-z]{2,20}")
# A shorter one is a part of many words.
_MIN_NAME_CHARACTERS = 4
# Three digits, as in E164. A longer run may be a part of a number.
_FIELD_NAME = re.compile(r"(?=.{2,40}\Z)[A-Za-z]+(_[A-Za-z]+)*_?[0-9]{0,3}")


def known_word(field: str, value: str) -> str | None:
    """The word to log for a value of a field.

    Args:
        field: The name of the field.
        value: Its value.

    Returns:
        The value if it is known, with a number in braces as `{9}`; otherwise None.
    """
    word = _PARAMETER.sub("{9}", value) if value.endswith("}") else value
    return word if word.removesuffix("{9}") in KNOWN_WORDS[field] else None


def is_short_word(value: str) -> bool:
    """Whether a value can be a word of the API that is not known yet: at most 20 letters."""
    return _WORD.fullmatch(value) is not None


def describe_name(name: str) -> str:
    """The name of a field: one word, with at most 3 digits at its end. Otherwise its pattern."""
    return name if _FIELD_NAME.fullmatch(name) else f'"{pattern(name)}"'


def is_part_of(word: str, name: str) -> bool:
    """Whether a word is a part of a name, or has a word of the name in it.

    Args:
        word: A word in lower case.
        name: The value of a name field, in lower case.
    """
    return word in name or any(
        part in word for part in name.split() if len(part) >= _MIN_NAME_CHARACTERS
    )
