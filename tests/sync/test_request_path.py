"""How many functions of the tap a request passes on its way to `requests`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox import Options, Sandbox
from tests.helpers.days import ONE_DAY
from tests.helpers.sync import sync

if TYPE_CHECKING:
    from tests.helpers.clock import FakeClock

STREAMS = ["cdr_details", "cdr_paginated", "cdr_by_ucid", "agent_summary"]
MAX_FUNCTIONS = 6


@pytest.mark.parametrize("stream", STREAMS)
def test_a_request_passes_few_functions(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch, stream: str
) -> None:
    paths: list[list[str]] = []
    send = requests.Session.request

    def record_path(session: requests.Session, method: str, *args: Any, **options: Any) -> Any:  # noqa: ANN401
        frame, names = sys._getframe(1), []
        while frame.f_back and frame.f_code.co_name != "get_records":
            if "tap_ozonetel" in frame.f_globals["__name__"]:
                names.append(frame.f_code.co_qualname)
            frame = frame.f_back
        if method == "GET":
            paths.append(names)
        return send(session, method, *args, **options)

    monkeypatch.setattr(requests.Session, "request", record_path)
    with Sandbox(Options(records=3), clock=clock) as box:
        call = {"ucid": "31733467784618213", "call_date": ONE_DAY["start_date"]}
        sync(box, clock, stream, **ONE_DAY, calls=[call])
    (path,) = paths
    assert 3 < len(path) <= MAX_FUNCTIONS, path
    assert not any("<lambda>" in name or name.count("<locals>") > 1 for name in path), path
