"""The SDK's metrics for HTTP requests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sandbox import Options, Sandbox
from tests.helpers.sync import sync

if TYPE_CHECKING:
    import pytest

    from tests.helpers.clock import FakeClock

PREFIX = "METRIC: "


def metrics_of(caplog: pytest.LogCaptureFixture, name: str) -> list[dict[str, Any]]:
    points = [
        json.loads(record.getMessage().removeprefix(PREFIX))
        for record in caplog.records
        if record.getMessage().startswith(PREFIX)
    ]
    return [point for point in points if point["metric"] == name]


def test_each_response_has_a_duration(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    with Sandbox(Options(records=1, faults="1=502"), clock=clock) as box:
        sync(box, clock, start_date="2026-03-17")
    tags = [point["tags"] for point in metrics_of(caplog, "http_request_duration")]
    assert [(tag["http_status_code"], tag["status"]) for tag in tags] == [
        (502, "failed"),
        (200, "succeeded"),
    ]
    assert {(tag["stream"], tag["endpoint"]) for tag in tags} == {
        ("cdr_details", "/ca_reports/fetchCDRDetails")
    }


def test_requests_are_counted(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    with Sandbox(Options(records=1), clock=clock) as box:
        sync(box, clock, "cdr_details", "cdr_paginated", start_date="2026-03-16")
        key = box.options.api_key
    counts = metrics_of(caplog, "http_request_count")
    assert {point["tags"]["endpoint"]: point["value"] for point in counts} == {
        "/ca_reports/fetchCDRDetails": 2,
        "/ca_reports/fetchCdrByPagination": 2,
    }
    assert all("?" not in json.dumps(point) and key not in json.dumps(point) for point in counts)
