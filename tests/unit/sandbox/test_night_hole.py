"""What is served of yesterday between 00:00 and 03:00."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from tests.helpers.sandbox_client import PAGES, TODAY, Client, keys, serving

_TOMORROW = TODAY + timedelta(days=1)


def _set_time(client: Client, hour: int, minute: int = 0) -> None:
    zone = client.box.account.zone
    client.clock.set_time(datetime.combine(_TOMORROW, time(hour, minute), zone))


@pytest.mark.parametrize(("hour", "minute"), [(0, 0), (1, 30), (2, 59)])
@pytest.mark.parametrize(("hole", "share"), [("part", 0.5), ("empty", 0.0)])
def test_yesterday_is_incomplete_until_three(
    hole: str, share: float, hour: int, minute: int
) -> None:
    with serving(night_hole=hole, records=100, auth_method="api_key") as client:
        _set_time(client, hour, minute)
        found = client.records(day=TODAY)
        assert found == client.box.calls(TODAY)
        assert len(found) == pytest.approx(100 * share, abs=2)
        assert set(keys(found)) <= set(keys(client.box.settled_calls(TODAY)))
        assert client.get(PAGES, TODAY).json()["totalCount"] == len(found)


@pytest.mark.parametrize("hole", ["complete", "part", "empty"])
def test_yesterday_is_complete_from_three(hole: str) -> None:
    with serving(night_hole=hole, auth_method="api_key") as client:
        _set_time(client, 3)
        assert client.records(day=TODAY) == client.box.settled_calls(TODAY)
        assert len(client.records(day=TODAY)) == 60


def test_without_a_hole_yesterday_has_all_ended_calls() -> None:
    with serving(auth_method="api_key") as client:
        _set_time(client, 0, 30)
        assert len(client.records(day=TODAY)) in {59, 60}
        _set_time(client, 2)
        assert len(client.records(day=TODAY)) == 60


@pytest.mark.parametrize("hole", ["part", "empty"])
def test_the_hole_is_in_yesterday_only(hole: str) -> None:
    with serving(night_hole=hole, auth_method="api_key") as client:
        before = TODAY - timedelta(days=1)
        whole = client.records(day=before)
        assert len(whole) == 60
        client.clock.set_time(datetime.combine(TODAY, time(23, 59), client.box.account.zone))
        assert len(client.records(day=TODAY)) >= 59
        _set_time(client, 1)
        assert client.records(day=before) == whole
        client.clock.set_time(datetime.combine(_TOMORROW, time(1), client.box.account.zone))
        assert client.records(day=_TOMORROW) == client.box.calls(_TOMORROW)


def test_an_empty_yesterday_has_the_form_of_an_empty_response() -> None:
    with serving(night_hole="empty", empty="missing+message", auth_method="api_key") as client:
        _set_time(client, 1)
        expected = {"status": "success", "message": "No Data Found"}
        assert client.get(day=TODAY).json() == expected
        assert client.box.requests[-1].outcome == "empty"
