"""Days that are read before they are settled are read again, or reported as data loss."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sandbox import Options, Sandbox
from tap_ozonetel import transport
from tap_ozonetel.errors import OzonetelError
from tap_ozonetel.streams.incremental import IncrementalStream
from tap_ozonetel.streams.spans import date_range
from tests.helpers.clock import FakeClock
from tests.helpers.days import TODAY, day, requested_days
from tests.helpers.examples import examples
from tests.helpers.sync import Sync, make_catalog, make_state, make_tap, sync

if TYPE_CHECKING:
    from collections.abc import Iterator

INDIA = ZoneInfo("Asia/Kolkata")
DAY = dt.timedelta(days=1)


def at(time: str, day: dt.date = TODAY) -> FakeClock:
    moment = dt.datetime.combine(day, dt.time.fromisoformat(time), tzinfo=INDIA)
    return FakeClock(moment.timestamp())


@pytest.fixture(autouse=True)
def _no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)


@pytest.mark.parametrize("stream", ["cdr_details", "cdr_paginated"])
@pytest.mark.parametrize("lookback_days", [0, 1])
def test_a_run_at_night_keeps_the_bookmark_at_yesterday(
    stream: str, lookback_days: int, caplog: pytest.LogCaptureFixture
) -> None:
    clock = at("00:30")
    with Sandbox(Options(records=2, limit=99), clock=clock) as box:
        first = sync(
            box, clock, stream, state=make_state(**{stream: day(-1)}), lookback_days=lookback_days
        )
        assert first.bookmarks(stream) == [day(-1)]
        box.requests.clear()
        clock.now += 2 * 3600
        second = sync(box, clock, stream, state=first.states[-1], lookback_days=0)
        assert requested_days(box)[0] == day(-1)
        assert second.bookmarks(stream) == [day(-1)]
        box.requests.clear()
        clock.now += 3600
        third = sync(box, clock, stream, state=second.states[-1], lookback_days=0)
    assert requested_days(box)[0] == day(-1)
    assert third.bookmarks(stream) == [day(-1), day(0)]
    notes = [each.message for each in caplog.records if "may be incomplete" in each.message]
    assert len(notes) == 2
    assert all(note.startswith(day(-1)) for note in notes)


def test_after_3_am_the_bookmark_is_today(caplog: pytest.LogCaptureFixture) -> None:
    clock = at("03:00")
    with Sandbox(Options(records=2, limit=99), clock=clock) as box:
        done = sync(box, clock, state=make_state(cdr_details=day(-1)))
    assert done.bookmarks() == [day(-1), day(0)]
    assert done.states[-1] == make_state(cdr_details=day(0))
    assert "may be incomplete" not in caplog.text


def test_an_end_date_that_is_not_settled_is_read_again() -> None:
    clock = at("01:00")
    with Sandbox(Options(records=2, limit=99), clock=clock) as box:
        done = sync(box, clock, start_date=day(-3), end_date=day(-1))
        assert done.states[-1] == make_state(cdr_details=day(-1))
        clock.now += 9 * 3600
        later = sync(box, clock, state=done.states[-1], lookback_days=0, end_date=day(-1))
    bookmark = later.states[-1]["bookmarks"]["cdr_details"]
    assert (bookmark["replication_key_value"], bookmark["settled"]) == (day(-1), True)


@pytest.mark.parametrize("seconds", [29, 31])
def test_a_day_is_settled_if_it_is_before_the_request(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, seconds: int
) -> None:
    clock, send = at("02:59:30"), transport.send

    def send_slowly(*arguments: Any, **options: Any) -> transport.RawResponse:  # noqa: ANN401
        response = send(*arguments, **options)
        clock.advance(60)
        return response

    monkeypatch.setattr(transport, "send", send_slowly)
    clock.advance(seconds)
    with Sandbox(Options(records=2, limit=99, auth_method="api_key"), clock=clock) as box:
        state = make_state(cdr_details=day(-1))
        done = sync(box, clock, state=state, lookback_days=0)
    notes = [each.message for each in caplog.records if "may be incomplete" in each.message]
    if seconds < 30:
        assert done.bookmarks() == [day(-1)]
        (note,) = notes
        assert note == (
            f"{day(-1)} may be incomplete: the API moves its calls at night, until 03:00. The "
            "bookmark stays on this day, so the next run reads it again"
        )
    else:
        assert (done.bookmarks(), notes) == ([day(-1), day(0)], [])


def test_a_split_day_has_one_bookmark() -> None:
    clock = at("00:30")
    faults = "longer-than:43200=504"
    with Sandbox(Options(records=4, limit=99, faults=faults), clock=clock) as box:
        done = sync(box, clock, state=make_state(cdr_details=day(-2)), lookback_days=0)
    assert done.bookmarks() == [day(-2), day(-1)]


def test_each_day_and_each_run_ends_with_a_state() -> None:
    clock = at("10:00")
    with Sandbox(Options(records=20, limit=99), clock=clock) as box:
        done = sync(box, clock, state=make_state(cdr_details=day(0)), lookback_days=2)
        nothing = sync(box, clock, state=make_state(cdr_details=day(0)), end_date="2020-01-01")
        lookup = {"ucid": "735551", "call_date": day(0)}
        one = sync(box, clock, "cdr_by_ucid", state=make_state(cdr_details=day(0)), calls=[lookup])
    kinds = "".join(message["type"][:2] for message in done.messages)
    assert re.fullmatch("STSC(RE)+ST(RE)+ST(RE)+(ST)+", kinds)
    assert done.states[-1] == make_state(cdr_details=day(0))
    assert nothing.messages[-1] == {"type": "STATE", "value": make_state(cdr_details=day(0))}
    assert one.messages[-1]["type"] == "STATE"


@pytest.mark.parametrize("offset", [-15, -16])
def test_the_gap_names_the_bookmarks_own_day(offset: int, caplog: pytest.LogCaptureFixture) -> None:
    clock = at("10:00")
    with Sandbox(Options(records=1, limit=99), clock=clock) as box:
        sync(box, clock, state=make_state(cdr_details=day(offset)))
        assert f"{day(offset)} (possibly incomplete)" in caplog.text
        with pytest.raises(OzonetelError, match="possibly incomplete"):
            sync(box, clock, state=make_state(cdr_details=day(offset)), on_retention_gap="fail")
        settled = make_state(cdr_details=day(-15))
        settled["bookmarks"]["cdr_details"]["settled"] = True
        sync(box, clock, state=settled, on_retention_gap="fail")


def test_a_day_that_expires_during_a_wait_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = at("23:59")
    with Sandbox(Options(records=1, faults="1=rate"), clock=clock) as box:
        monkeypatch.setattr("time.sleep", clock.sleep)
        with pytest.raises(OzonetelError, match=f"{day(-14)}.*past the API's retention"):
            sync(box, clock, state=make_state(cdr_details=day(-14)), lookback_days=0)
    assert len(box.requests) == 1


# The whole rule: any sequence of runs, at any time, with any lookback, outage and pause.

HOURS = (1, 12, 23)
HOUR = dt.timedelta(hours=1)


@dataclass
class Api:
    """A model of what the API returns for a day at a given time."""

    clock: FakeClock
    #: The number of legs of a past day that it returns before 03:00.
    legs_at_night: int
    #: The numbers of the requests that fail.
    outages: frozenset[int] = frozenset()
    requests: int = 0

    def now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.clock.time(), tz=INDIA)

    def legs(self, day: dt.date) -> Iterator[dict[str, Any]]:
        now = self.now()
        ended = [hour for hour in HOURS if dt.datetime.combine(day, dt.time(hour), INDIA) <= now]
        settled = now >= dt.datetime.combine(day + DAY, dt.time(3), INDIA)
        if not settled and day < now.date():
            ended = ended[: self.legs_at_night]
        if day < now.date() - 14 * DAY:
            ended = []
        for hour in ended:
            number = day.toordinal() * 100 + hour
            form = "settled" if settled else f"draft of {now}"
            yield {"CallID": number, "UCID": number, "CallDate": str(day), "Disposition": form}

    def send(self, request: dict[str, str]) -> transport.RawResponse:
        self.clock.now += 20
        self.requests += 1
        if self.requests in self.outages:
            raise OzonetelError("outage")
        legs = list(self.legs(dt.date.fromisoformat(request["fromDate"][:10])))
        body = json.dumps({"status": "success", "message": "success", "details": legs}).encode()
        return transport.RawResponse(200, {}, io.BytesIO(body), len(body), 0)


@dataclass
class Pipeline:
    """A tap, a target that upserts, and the state between runs."""

    clock: FakeClock
    rows: dict[int, str] = field(default_factory=dict)
    state: dict[str, Any] | None = None
    reported: set[dt.date] = field(default_factory=set)

    def run(self, box: Sandbox, **config: Any) -> bool:  # noqa: ANN401
        """Run, and return whether the run was complete."""
        done = Sync()
        tap = make_tap(
            box,
            self.clock,
            state=self.state,
            output=done,
            catalog=make_catalog("cdr_details"),
            **config,
        )
        for stream in tap.streams.values():
            if isinstance(stream, IncrementalStream) and stream.selected:
                gap = stream.run_days.retention_gap
                self.reported.update(gap.unread)
                self.reported.update([gap.incomplete] if gap.incomplete else [])
        error = ""
        try:
            tap.sync_all()
        except OzonetelError as ended:
            error = str(ended)
        assert not error or re.search("outage|past the API's retention", error)
        self.rows |= {row["UCID"]: row["Disposition"] for row in done.records()}
        self.state = done.states[-1] if done.states else self.state
        return not error


run_plans = st.fixed_dictionaries(
    {
        "pause_hours": st.integers(0, 48) | st.sampled_from([24 * 13, 24 * 15, 24 * 16, 24 * 20]),
        "pause_minutes": st.integers(0, 59),
        "legs_at_night": st.integers(0, len(HOURS)),
        "outages": st.frozensets(st.integers(1, 16), max_size=2),
        "lookback_days": st.integers(0, 3),
    }
)


# Runs at 23:50:40 and, 16 days later, at 23:59:40: the API no longer serves the oldest day when the
# second one's first request arrives.
@example(
    plans=[
        {
            "pause_hours": 24 * 16,
            "pause_minutes": 4,
            "legs_at_night": 3,
            "outages": frozenset(),
            "lookback_days": 1,
        }
    ],
    start=(23 * 60 + 46) * 60 + 40,
)
@examples(60)
@given(st.lists(run_plans, min_size=1, max_size=7), st.integers(0, 86_399))
def test_every_settled_leg_is_emitted_or_its_day_reported(
    plans: list[dict[str, Any]], start: int
) -> None:
    clock = FakeClock(dt.datetime(2026, 3, 1, tzinfo=INDIA).timestamp() + start)
    pipeline = Pipeline(clock)
    starts: list[dt.datetime] = []
    options = Options(auth_method="api_key", limit=1000)
    complete = False
    with Sandbox(options, clock=clock) as box, pytest.MonkeyPatch.context() as patch:
        for plan in [*plans, {**plans[-1], "outages": frozenset()}]:
            clock.now += plan["pause_hours"] * 3600 + plan["pause_minutes"] * 60
            api = Api(clock, plan["legs_at_night"], plan["outages"])
            starts.append(api.now())
            patch.setattr(transport, "send", lambda *_, api=api, **sent: api.send(sent["json"]))
            complete = pipeline.run(box, lookback_days=plan["lookback_days"])
            if pipeline.state is None:
                starts.pop()  # Without a state, the next run is a first run.
        if not complete:  # A day has expired. The next run names it.
            starts.append(api.now())
            assert pipeline.run(box, lookback_days=plans[-1]["lookback_days"])
    first_day, last_day = starts[0].date() - 14 * DAY, (starts[-1] - 27 * HOUR).date()
    for read in date_range(first_day, last_day):
        if read not in pipeline.reported:
            forms = {pipeline.rows.get(read.toordinal() * 100 + hour) for hour in HOURS}
            assert forms == {"settled"}, read
