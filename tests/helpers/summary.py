"""The requests of the stream agent_summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.helpers.days import day

if TYPE_CHECKING:
    from sandbox import Sandbox

STREAM = "agent_summary"


def requested(box: Sandbox) -> list[tuple[str, str]]:
    """Return the first and the last day of each summary request, and clear them."""
    bodies = [request.body or {} for request in box.summary_requests]
    assert all(str(body["fromDate"]).endswith(" 00:00:00") for body in bodies)
    assert all(str(body["toDate"]).endswith(" 23:59:59") for body in bodies)
    box.summary_requests.clear()
    return [(str(body["fromDate"])[:10], str(body["toDate"])[:10]) for body in bodies]


def ranges(*offsets: tuple[int, int]) -> list[tuple[str, str]]:
    return [(day(first), day(last)) for first, last in offsets]
