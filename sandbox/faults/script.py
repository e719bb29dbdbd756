"""The fault script: which request gets which fault."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.options import FaultScript

#: Faults that replace the response without evaluating the request.
REPLACEMENT_FAULTS = (
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
#: Faults of the body of a response with records.
BODY_FAULTS = (
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
    "malformed",
)
#: Faults of the connection; the response itself is correct.
TRANSPORT_FAULTS = ("slow", "stall", "cut", "cut-chunked", "cut-in-string", "unterminated")
#: Kinds of malformed records; one replaces the first record of the response.
MALFORMED_KINDS = (
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
    r"|(?P<total>total[+-])(?P<offset>\d+)"
    r"|(?P<malformed>malformed):(?P<kind>[a-z-]+)"
    r"|(?P<plain>[a-z0-9-]+)"
)
_WITHOUT_ARGUMENT = {*REPLACEMENT_FAULTS, *BODY_FAULTS, *TRANSPORT_FAULTS} - {
    "slow",
    "stall",
    "rate+retry-after",
    "total+",
    "total-",
    "malformed",
}
_CONDITION = re.compile(
    r"(?P<token>token)?(?:(?P<first>\d+)(?:-(?P<last>\d+))?|(?P<any>\*))"
    r"|page(?P<page>\d+)|longer-than:(?P<longer>\d+(?:\.\d+)?)|day:(?P<day>\d{4}-\d\d-\d\d)"
)
#: Longer than the read timeout of any client in the tests.
_DEFAULT_PAUSE_SECONDS = "30"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: its name and, for some, an argument."""

    name: str
    argument: str = ""

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Parse a fault such as ``html``, ``503:empty``, ``slow:2.5`` or ``malformed:nul``.

        Raises:
            ValueError: The fault is unknown.
        """
        found = _FAULT.fullmatch(text)
        if found:
            part = found.groupdict()
            if part["code"]:
                return cls("code", f"{part['code']}:{part['body'] or 'json'}")
            if part["pause"]:
                return cls(part["pause"], part["seconds"] or _DEFAULT_PAUSE_SECONDS)
            if part["wait"]:
                return cls(part["wait"], part["after"])
            if part["total"]:
                return cls(part["total"], part["offset"])
            if part["malformed"] and part["kind"] in MALFORMED_KINDS:
                return cls(part["malformed"], part["kind"])
            if part["plain"] in _WITHOUT_ARGUMENT:
                return cls(part["plain"])
        raise ValueError(f"unknown fault: {text!r}")

    def __str__(self) -> str:
        """Return the text that ``parse`` accepts."""
        if self.name == "code":
            return self.argument.removesuffix(":json")
        separator = ":" if self.argument and not self.name.startswith("total") else ""
        return f"{self.name}{separator}{self.argument}"


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """The properties of a request that rules can match.

    Attributes:
        number: Number of the request, from 1; token requests have their own numbers.
        token: Whether it is a token request.
        day: First day of the window.
        seconds: Length of the window.
        page: Page number.
    """

    number: int
    token: bool = False
    day: date | None = None
    seconds: float | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A fault, and the condition that a request must match to get it."""

    fault: Fault
    token: bool = False
    first: int = 1
    last: int | None = None
    page: int | None = None
    longer_than: float | None = None
    day: date | None = None

    @classmethod
    def parse(cls, condition: str, fault: Fault) -> Rule:
        """Parse a condition such as ``3``, ``4-6``, ``*``, ``token1``, ``page2``, ``day:…``.

        Raises:
            ValueError: The condition is unknown, or token requests cannot have the fault.
        """
        found = _CONDITION.fullmatch(condition)
        if not found:
            raise ValueError(f"unknown condition: {condition!r}")
        part = found.groupdict()
        if part["token"] and fault.name in BODY_FAULTS:
            raise ValueError(f"{fault}: token requests cannot have this fault")
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

    def matches(self, request: RequestInfo) -> bool:
        """Return whether a request gets this rule's fault."""
        return (
            self.token == request.token
            and self.first <= request.number
            and (self.last is None or request.number <= self.last)
            and (self.page is None or request.page == self.page)
            and (self.day is None or request.day == self.day)
            and (
                self.longer_than is None
                or (request.seconds is not None and request.seconds > self.longer_than)
            )
        )


def parse_script(script: FaultScript) -> tuple[Rule, ...]:
    """Parse a fault script: text, a list of ``WHEN=FAULT``, or a mapping.

    Raises:
        ValueError: A condition or a fault is unknown.
    """
    if isinstance(script, Mapping):
        pairs = [(str(condition), fault) for condition, fault in script.items()]
    else:
        items = script.split() if isinstance(script, str) else script
        pairs = [(condition, fault) for condition, _, fault in (i.partition("=") for i in items)]
    return tuple(Rule.parse(condition, Fault.parse(fault)) for condition, fault in pairs)


def fault_for(rules: tuple[Rule, ...], request: RequestInfo) -> Fault | None:
    """Return the fault of the first rule that matches a request."""
    return next((rule.fault for rule in rules if rule.matches(request)), None)
