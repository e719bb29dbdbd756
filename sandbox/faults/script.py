"""The script of faults: which request gets which fault."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.options import FaultScript

#: Faults that are answered instead of looking at the request.
INSTEAD = (
    "html",
    "html502",
    "reset",
    "empty-body",
    "unknown",
    "token-expired",
    "token-expired-401",
    "token-revoked",
    "missing-credentials",
    "rate",
    "rate+retry-after",
    "redirect",
)
#: Faults of an answer that has records.
LISTING = (
    "null-details",
    "no-details",
    "details-object",
    "details-text",
    "no-total",
    "total+",
    "total-",
    "repeat",
    "endless",
    "broken",
    "odd",
)
#: Faults on the way from the server to the client; the answer itself is right.
TRANSPORT = ("slow", "stall", "cut", "cut-chunked", "cut-in-string", "unterminated")
#: Records that are odd: the first of the answer becomes one.
ODD = (
    "id-text",
    "id-huge",
    "id-float",
    "id-garbage",
    "id-none-ucid",
    "id-none-callid",
    "id-none-both",
    "calldate-missing",
    "calldate-garbage",
    "calldate-future",
    "numbers-in-text",
    "bool-in-text",
    "list-in-text",
    "object-in-text",
    "nul",
    "unknown-field",
    "rating-text",
    "rating-garbage",
    "not-an-object",
    "surrogate",
    "deep",
)

_FAULT = re.compile(
    r"(?P<code>[45]\d\d)(?::(?P<body>json|empty|html))?"
    r"|(?P<pause>slow|stall)(?::(?P<seconds>\d+(?:\.\d+)?))?"
    r"|(?P<wait>rate\+retry-after):(?P<after>\d+)"
    r"|(?P<total>total[+-])(?P<off>\d+)"
    r"|(?P<odd>odd):(?P<kind>[a-z-]+)"
    r"|(?P<plain>[a-z0-9-]+)"
)
_PLAIN = (
    {*INSTEAD, *LISTING, *TRANSPORT}
    - {"slow", "stall", "rate+retry-after", "total+", "total-", "odd"}
)  # fmt: skip
_WHEN = re.compile(
    r"(?P<token>token)?(?:(?P<first>\d+)(?:-(?P<last>\d+))?|(?P<any>\*))"
    r"|page(?P<page>\d+)|longer-than:(?P<longer>\d+(?:\.\d+)?)|day:(?P<day>\d{4}-\d\d-\d\d)"
)
#: Long enough for any client that has a read timeout in its tests.
_PAUSE = "30"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong: a name and, for some, what it is called with."""

    name: str
    argument: str = ""

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Read a fault such as ``html``, ``503:empty``, ``slow:2.5`` or ``odd:nul``.

        Raises:
            ValueError: If there is no such fault.
        """
        found = _FAULT.fullmatch(text)
        if found:
            part = found.groupdict()
            if part["code"]:
                return cls("code", f"{part['code']}:{part['body'] or 'json'}")
            if part["pause"]:
                return cls(part["pause"], part["seconds"] or _PAUSE)
            if part["wait"]:
                return cls(part["wait"], part["after"])
            if part["total"]:
                return cls(part["total"], part["off"])
            if part["odd"] and part["kind"] in ODD:
                return cls(part["odd"], part["kind"])
            if part["plain"] in _PLAIN:
                return cls(part["plain"])
        message = f"no such fault: {text!r}"
        raise ValueError(message)

    def __str__(self) -> str:
        """Return the text that ``parse`` reads."""
        if self.name == "code":
            return self.argument.removesuffix(":json")
        separator = ":" if self.argument and not self.name.startswith("total") else ""
        return f"{self.name}{separator}{self.argument}"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rule can look at: the number of the request, its window and its page."""

    number: int
    token: bool = False
    day: date | None = None
    seconds: float | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition and the fault of the requests that meet it."""

    fault: Fault
    token: bool = False
    first: int = 1
    last: int | None = None
    page: int | None = None
    longer_than: float | None = None
    day: date | None = None

    @classmethod
    def parse(cls, when: str, fault: Fault) -> Rule:
        """Read a condition such as ``3``, ``4-6``, ``*``, ``token1``, ``page2``, ``day:…``.

        Raises:
            ValueError: If it is no condition, or a token request cannot have that fault.
        """
        found = _WHEN.fullmatch(when)
        if not found:
            message = f"no such condition: {when!r}"
            raise ValueError(message)
        part = found.groupdict()
        if part["token"] and fault.name in LISTING:
            message = f"{fault}: not a fault of a token request"
            raise ValueError(message)
        first = int(part["first"] or 1)
        return cls(
            fault,
            token=bool(part["token"]),
            first=first,
            last=int(part["last"] or first) if part["first"] else None,
            page=int(part["page"]) if part["page"] else None,
            longer_than=float(part["longer"]) if part["longer"] else None,
            day=date.fromisoformat(part["day"]) if part["day"] else None,
        )

    def meets(self, asked: Asked) -> bool:
        """Return whether a request gets this rule's fault."""
        return (
            self.token == asked.token
            and self.first <= asked.number
            and (self.last is None or asked.number <= self.last)
            and (self.page is None or asked.page == self.page)
            and (self.day is None or asked.day == self.day)
            and (
                self.longer_than is None
                or (asked.seconds is not None and asked.seconds > self.longer_than)
            )
        )


def read_script(script: FaultScript) -> tuple[Rule, ...]:
    """Read a script in any of its forms: text, a list of ``WHEN=FAULT``, a mapping.

    Raises:
        ValueError: If a condition or a fault is not known.
    """
    if isinstance(script, Mapping):
        pairs = [(str(when), fault) for when, fault in script.items()]
    else:
        items = script.split() if isinstance(script, str) else script
        pairs = [(when, fault) for when, _, fault in (item.partition("=") for item in items)]
    return tuple(
        Rule.parse(when, fault if isinstance(fault, Fault) else Fault.parse(fault))
        for when, fault in pairs
    )


def fault_for(rules: tuple[Rule, ...], asked: Asked) -> Fault | None:
    """Return the fault of a request: that of the first rule it meets."""
    return next((rule.fault for rule in rules if rule.meets(asked)), None)
