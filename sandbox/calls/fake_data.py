"""Fake agents, phone numbers and texts of a contact centre. They belong to nobody."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from random import Random

FIRST_NAMES = (
    "Aarav", "Aditi", "Anjali", "Arjun", "Bhavna", "Chetan", "Deepa", "Farhan", "Gauri", "Harish",
    "Ishita", "Jatin", "Kavya", "Lakshmi", "Manoj", "Meera", "Nikhil", "Pooja", "Rahul", "Sneha",
    "Tanvi", "Uday", "Vidya", "Yusuf", "Zoya", "किरण",
)  # fmt: skip
LAST_NAMES = (
    "Agarwal", "Banerjee", "Chauhan", "D'Souza", "Fernandes", "Gowda", "Iyer", "Joshi", "Kulkarni",
    "Menon", "Nair", "Patel", "Qureshi", "Rao", "Reddy", "Sharma", "Thakur", "Varma", "Yadav",
)  # fmt: skip
PLACES = (
    "Andhra Pradesh", "Delhi", "Gujarat", "Karnataka", "Kerala", "Maharashtra", "Tamil Nadu",
    "Telangana", "West Bengal", "",
)  # fmt: skip
CAMPAIGNS = ("Inbound_Support", "Inbound_Appointments", "Outbound_Sales", "Progressive_Reminders")
SKILLS = ("General", "Appointments", "Billing", "हिन्दी")
DISPOSITIONS = (
    "Resolved", "Follow Up", "Appointment Booked", "Wrong Number", "Not Interested",
    "Call Back Later", "Escalated", "Information Given",
)  # fmt: skip
COMMENTS = (
    "",
    "Will call back tomorrow",
    'Asked for "the manager", twice',
    "Line one\nline two\r\nline three",
    "Very happy 😀👍🏽",
    "Path C:\\calls\\new\\today, 50% off; a,b|c\tend",
    "नमस्ते, कृपया वापस कॉल करें",
    "வணக்கம் — café, naïve, ½",
    '</script>{"not": ["json"]} }, { ]',
)  # fmt: skip
RATING_COMMENTS = ("", "Good", "Too long a wait", "धन्यवाद 🙏")


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent of the account."""

    id: str
    name: str
    phone_number: str


def phone_number(rng: Random) -> str:
    """Return 10 digits that are not a phone number: no Indian number starts with five zeros."""
    return f"00000{rng.randrange(100_000):05d}"


@lru_cache(maxsize=32)
def agents(seed: int) -> tuple[Agent, ...]:
    """Return the agents of an account."""
    rng = Random(f"agents:{seed}")
    names = [f"{first} {last}" for first in FIRST_NAMES for last in LAST_NAMES]
    return tuple(
        Agent(f"agent{101 + number}", name, phone_number(rng))
        for number, name in enumerate(rng.sample(names, 14))
    )


@lru_cache(maxsize=32)
def dids(seed: int) -> tuple[str, ...]:
    """Return the phone numbers (DIDs) of an account."""
    rng = Random(f"dids:{seed}")
    return tuple(phone_number(rng) for _ in range(4))
