"""Comments that change days after a call, and faults that are set while the sandbox serves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sandbox import Options
from sandbox.calls.days import calls
from sandbox.calls.late_changes import LATE_COMMENTS
from sandbox.calls.legs import settled_at
from tests.helpers.sandbox_client import DAY, PAGES, serving

_HOUR = timedelta(hours=1)


@pytest.mark.parametrize("days", [1, 2, 5])
def test_comments_change_until_the_end_of_the_last_day(days: int) -> None:
    options = Options(records=200, late_change_days=days)
    first, last = settled_at(DAY), settled_at(DAY) + timedelta(days=days)
    settled = calls(options, DAY, first)
    assert settled == calls(Options(records=200), DAY, first)
    final = calls(options, DAY, last)
    changed = [
        number
        for number, (before, after) in enumerate(zip(settled, final, strict=True))
        if before != after
    ]
    assert len(changed) == pytest.approx(50, abs=5)
    for number in changed:
        assert final[number] == {**settled[number], "Comments": LATE_COMMENTS}
    assert final == calls(options, DAY, last - 4 * _HOUR)
    assert final == calls(options, DAY, last + timedelta(days=30))
    for number in range(days):
        before = calls(options, DAY, first + timedelta(days=number))
        assert before != calls(options, DAY, first + timedelta(days=number + 1))


def test_all_endpoints_serve_the_late_changes() -> None:
    with serving(auth_method="api_key", late_change_days=1) as client:
        found = client.records(day=DAY)
        assert found == client.box.calls(DAY)
        assert LATE_COMMENTS in [record["Comments"] for record in found]
        assert [record["Comments"] for record in client.details(PAGES)] == [
            record["Comments"] for record in found
        ]


def test_calls_do_not_change_late_by_default() -> None:
    options = Options(records=200)
    settled = settled_at(DAY)
    assert calls(options, DAY, settled) == calls(options, DAY, settled + timedelta(days=9))


def test_faults_can_be_replaced() -> None:
    with serving(faults="*=503", auth_method="api_key") as client:
        assert client.get().status_code == 503
        client.box.set_faults("2=504 token1=500")
        assert [client.get().status_code for _ in range(3)] == [200, 504, 200]
        assert client.token().status_code == 500
        client.box.set_faults({"1": "html502"})
        assert [client.get().status_code for _ in range(2)] == [502, 200]
        with pytest.raises(ValueError, match="unknown fault"):
            client.box.set_faults("1=nonsense")
        assert client.get().status_code == 200
    assert [request.fault for request in client.box.requests] == [
        "503", None, "504", None, "html502", None, None,
    ]  # fmt: skip
