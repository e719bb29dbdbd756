"""The fault script: which request gets which fault."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, cast

from sandbox.faults.names import (
    BODY_FAULTS,
    MALFORMED_KINDS,
    PAGE_FAULTS,
    REPLACEMENT_FAULTS,
    SUMMARY_MALFORMED_KINDS,
    TRANSPORT_FAULTS,
)

if TYPE_CHECKING:
    from sandbox.faults.names import RequestKind
    from sandbox.options import FaultScript

_FAULT = re.compile(
    r"(?P<code>[45]\d\d)(?::(?P<body>json|empty|html))?"
    r"|(?P<pause>slow|stall)(?::(?P<seconds>\d+(?:\.\d+)?))?"
    r"|(?P<wait>rate\+retry-after):(?P<after>\d+)"
    r"|(?P<total>total[+-])(?P<offset>\d+)"
    r"|(?P<malformed>malformed):(?P<kind>[a-z-]+)"
    r"|(?P<plain>[a-z0-9-]+)"
)
_WITHOUT_ARGUMENT = {*REPLACEMENT_FAULTS, *BODY_FAULTS, *PAGE_FAULTS, *TRANSPORT_FAULTS} - {
    "slow",
    "stall",
    "rate+retry-after",
    "total+",
    "total-",
    "malformed",
}
_CONDITION = re.compile(
    r"(?P<kind>token|summary)?(?:(?P<first>\d+)(?:-(?P<last>\d+))?|(?P<any>\*))"
    r"|page(?P<page>\d+)|longer-than:(?P<longer>\d+(?:\.\d+)?)|day:(?P<day>\d{4}-\d\d-\d\d)"
    r"|(?P<range>summary)-longer-than:(?P<days>\d+)"
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
            if part["malformed"] and part["kind"] in {*MALFORMED_KINDS, *SUMMARY_MALFORMED_KINDS}:
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
        number: Number of the request among those of its kind, from 1.
        kind: Kind of the request.
        day: First day of the window.
        seconds: Length of the window.
        page: Page number.
    """

    number: int
    kind: RequestKind = "cdr"
    day: date | None = None
    seconds: float | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A fault, and the condition that a request must match to get it."""

    fault: Fault
    kind: RequestKind = "cdr"
    first: int = 1
    last: int | None = None
    page: int | None = None
    longer_than: float | None = None
    day: date | None = None

    @classmethod
    def parse(cls, condition: str, fault: Fault) -> Rule:
        """Parse a condition such as ``3``, ``4-6``, ``*``, ``token1``, ``summary2``, ``page2``.

        Raises:
            ValueError: The condition is unknown, or its requests cannot have the fault.
        """
        found = _CONDITION.fullmatch(condition)
        if not found:
            raise ValueError(f"unknown condition: {condition!r}")
        part = found.groupdict()
        kind = cast("RequestKind", part["kind"] or part["range"] or "cdr")
        if not _is_possible(fault, kind):
            raise ValueError(f"{fault}: {kind} requests cannot have this fault")
        first = int(part["first"] or 1)
        return cls(
            fault,
            kind=kind,
            first=first,
            last=int(part["last"] or first) if part["first"] else None,
            page=int(part["page"]) if part["page"] else None,
            longer_than=_seconds(part),
            day=date.fromisoformat(part["day"]) if part["day"] else None,
        )

    def matches(self, request: RequestInfo) -> bool:
        """Return whether a request gets this rule's fault."""
        return (
            self.kind == request.kind
            and self.first <= request.number
            and (self.last is None or request.number <= self.last)
            and (self.page is None or request.page == self.page)
            and (self.day is None or request.day == self.day)
            and (
                self.longer_than is None
                or (request.seconds is not None and request.seconds > self.longer_than)
            )
        )


def _seconds(part: Mapping[str, str | None]) -> float | None:
    if part["days"]:
        return int(part["days"]) * 86_400.0
    return float(part["longer"]) if part["longer"] else None


def _is_possible(fault: Fault, kind: RequestKind) -> bool:
    if kind == "token":
        return fault.name not in {*BODY_FAULTS, *PAGE_FAULTS}
    if fault.name == "malformed":
        kinds = SUMMARY_MALFORMED_KINDS if kind == "summary" else MALFORMED_KINDS
        return fault.argument in kinds
    return kind == "cdr" or fault.name not in PAGE_FAULTS


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
