"""The SQL of `docs/example-queries.md` gives the right results."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from sandbox import Options, Sandbox
from sandbox.calls.days import day_of
from tests.helpers.clock import FakeClock
from tests.helpers.comparison import (
    DUCKDB,
    MELTANO,
    POSTGRES,
    ROOT,
    differences,
    finished,
    load_into_snowflake,
    own_meltano,
)
from tests.helpers.postgres import postgres
from tests.helpers.sync import sync

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("meltano_alone")

Row = dict[str, Any]
Leg = dict[str, Any]

_OPTIONS = Options(records=80, seed=3, dial_count=True)
_DAYS = 5
_VIEWS, _SNOWFLAKE_VIEWS = "The views", "The views on Snowflake"
_EVERY_LEG = "select call_id, leg_id, started_at, ended_at from ozonetel.legs"


def _statements() -> dict[str, list[str]]:
    """The SQL of the page by its headings."""
    text = (ROOT / "docs" / "example-queries.md").read_text(encoding="utf-8")
    sections = (part.partition("\n") for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:])
    return {
        heading: re.findall(r"^```sql\n(.*?)^```$", body, re.MULTILINE | re.DOTALL)
        for heading, _, body in sections
    }


_SQL = _statements()


@dataclass(frozen=True)
class Account:
    """What there is to load, and the truth about it."""

    messages: list[dict[str, Any]]
    records: list[dict[str, Any]]
    #: The records with the true moments `started` and `ended`, the latter None where it is empty.
    legs: list[Leg]


@cache
def _account() -> Account:
    clock = FakeClock()
    with Sandbox(_OPTIONS, clock=clock) as box:
        days = [box.today() - dt.timedelta(days=n) for n in reversed(range(_DAYS))]
        messages = sync(box, clock, start_date=str(days[0])).messages
        records = [_changed(*each) for each in enumerate(box.calls_between(days[0], days[-1]))]
    by_key = {(record["CallID"], record["UCID"]): record for record in records}
    moments: dict[tuple[int, int], tuple[dt.datetime, dt.datetime]] = {}
    for day in days:
        whole = day_of(_OPTIONS, day)
        moments |= {whole.ids(leg, 0): (leg.started, leg.ended) for leg in whole.legs}
    for message in messages:
        if message["type"] == "RECORD":
            message["record"] = by_key[message["record"]["CallID"], message["record"]["UCID"]]
    legs = [
        {
            **record,
            "started": moments[key][0],
            "ended": moments[key][1] if record["EndTime"] else None,
        }
        for key, record in by_key.items()
    ]
    return Account(messages, records, legs)


def _changed(number: int, record: dict[str, Any]) -> dict[str, Any]:
    """Make some records such as the API is said to send, and the sandbox does not."""
    if number % 10 == 3:
        empty = ("TalkTime", "HandlingTime", "HoldDuration", "WrapupDuration", "EndTime")
        return {**record, **dict.fromkeys(empty, ""), "Disposition": None}
    if number % 10 == 6 and record["Status"] != "Answered":
        return {**record, "Status": None}
    if number % 50 == 4 and record["Status"] == "Answered":
        return {**record, "TalkTime": "26:30:05"}
    return record


def _load(loader: str, folder: Path, **variables: str) -> None:
    """Load the account's records with a loader, as Meltano runs it."""
    meltano = own_meltano(folder, "target-duckdb", "target-postgres")
    finished([MELTANO, "invoke", loader], {**meltano, **variables}, _account().messages)


@pytest.fixture(scope="module", params=["postgres", "duckdb", "snowflake"])
def answers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[Row]]:
    """What a database finds for each statement that is no view."""
    ask = {"postgres": _postgres, "duckdb": _duckdb, "snowflake": _snowflake}[request.param]
    questions = [sql for heading in _ANSWERS for sql in _SQL[heading]] + [_EVERY_LEG]
    found = ask(tmp_path_factory.mktemp(request.param), questions)
    return dict(zip([*_ANSWERS, _EVERY_LEG], found, strict=True))


def _postgres(folder: Path, questions: list[str]) -> list[list[Row]]:
    with postgres() as server:
        schema = {"TARGET_POSTGRES_DEFAULT_TARGET_SCHEMA": "ozonetel"}
        own = {"TARGET_POSTGRES_SQLALCHEMY_URL": "", "TARGET_POSTGRES_SSL_ENABLE": "false"}
        _load("target-postgres", folder, **server.settings, **schema, **own)
        rows = server.query("select * from ozonetel.cdr_details")
        assert differences(rows, _account().records, POSTGRES) == []
        with server.connect() as connection:
            for view in _SQL[_VIEWS]:
                connection.execute(view.encode())
        return [server.query(question) for question in questions]


def _duckdb(folder: Path, questions: list[str]) -> list[list[Row]]:
    file = folder / "calls.duckdb"
    schema = {"TARGET_DUCKDB_DEFAULT_TARGET_SCHEMA": "ozonetel"}
    _load("target-duckdb", folder, TARGET_DUCKDB_FILEPATH=str(file), **schema)
    with duckdb.connect(str(file)) as connection:

        def query(sql: str) -> list[Row]:
            found = connection.execute(sql)
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

        rows = query("select * from ozonetel.cdr_details")
        assert differences(rows, _account().records, DUCKDB) == []
        for view in _SQL[_VIEWS]:
            connection.execute(view)
        return [query(question) for question in questions]


def _snowflake(folder: Path, questions: list[str]) -> list[list[Row]]:
    views = [*_SQL[_SNOWFLAKE_VIEWS], _SQL[_VIEWS][-1]]
    _, found = load_into_snowflake(folder, _account().messages, *views, *questions)
    return [
        [{name.lower(): _from_text(value) for name, value in row.items()} for row in rows]
        for rows in found[len(views) :]
    ]


def _from_text(value: object) -> object:
    """A value as it was before it was written as JSON, where days and moments are text."""
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d", value):
        moment = dt.datetime.fromisoformat(value)
        return moment if " " in value else moment.date()
    return value


def _seconds(span: str | None) -> int | None:
    if not span:
        return None
    hours, minutes, seconds = map(int, span.split(":"))
    return (hours * 60 + minutes) * 60 + seconds


def _rounded(value: Fraction, digits: int = 0) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def _average(values: Iterable[int | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return _rounded(Fraction(sum(known), len(known))) if known else None


def _percent(part: int, whole: int) -> Decimal:
    return _rounded(Fraction(100 * part, whole), 1)


def _answered() -> list[Leg]:
    return [leg for leg in _account().legs if leg["Status"] == "Answered"]


def _calls() -> list[list[Leg]]:
    """The legs of each call."""
    calls = defaultdict(list)
    for leg in _account().legs:
        calls[leg["CallID"]].append(leg)
    return list(calls.values())


def _grouped(legs: list[Leg], field: str) -> dict[str, list[Leg]]:
    groups = defaultdict(list)
    for leg in legs:
        groups[leg[field]].append(leg)
    return dict(sorted(groups.items()))


def _is_answered(call: list[Leg]) -> bool:
    return any(leg["Status"] == "Answered" for leg in call)


def _calls_a_day() -> list[Row]:
    days = defaultdict(list)
    for call in _calls():
        days[min(leg["CallDate"] for leg in call)].append(_is_answered(call))
    return [
        {
            "day": dt.date.fromisoformat(day),
            "calls": len(calls),
            "answered": sum(calls),
            "answered_percent": _percent(sum(calls), len(calls)),
        }
        for day, calls in sorted(days.items())
    ]


def _talk_and_handling() -> list[Row]:
    return [
        {
            "campaign": campaign,
            "answered_legs": len(legs),
            "average_talk_seconds": _average(_seconds(leg["TalkTime"]) for leg in legs),
            "handled_legs": sum(bool(leg["HandlingTime"]) for leg in legs),
            "average_handling_seconds": _average(_seconds(leg["HandlingTime"]) for leg in legs),
        }
        for campaign, legs in _grouped(_answered(), "CampaignName").items()
    ]


def _missed_by_hour() -> list[Row]:
    hours = Counter(
        min(leg["started"] for leg in call).hour
        for call in _calls()
        if call[0]["Type"] == "InBound" and not _is_answered(call)
    )
    return [{"hour": hour, "missed_calls": count} for hour, count in sorted(hours.items())]


def _dispositions() -> list[Row]:
    counts = Counter(leg["Disposition"] or "none yet" for leg in _answered())
    return [
        {
            "disposition": disposition,
            "answered_legs": count,
            "percent": _percent(count, counts.total()),
        }
        for disposition, count in sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    ]


def _hold_and_wrap_up() -> list[Row]:
    return [
        {
            "agent_id": agent,
            "agent": legs[0]["AgentName"],
            "answered_legs": len(legs),
            "legs_with_hold": sum(bool(_seconds(leg["HoldDuration"])) for leg in legs),
            "hold_seconds": sum(_seconds(leg["HoldDuration"]) or 0 for leg in legs),
            "wrapped_up_legs": sum(bool(leg["WrapupDuration"]) for leg in legs),
            "average_wrapup_seconds": _average(_seconds(leg["WrapupDuration"]) for leg in legs),
        }
        for agent, legs in _grouped(_answered(), "AgentID").items()
    ]


def _legs_per_call() -> list[Row]:
    counts = Counter(len(call) for call in _calls())
    return [{"legs": legs, "calls": count} for legs, count in sorted(counts.items())]


def _over_midnight() -> list[Row]:
    calls = [
        {
            "call_id": call[0]["CallID"],
            "started_at": min(leg["started"] for leg in call),
            "ended_at": max(leg["ended"] for leg in call if leg["ended"]),
        }
        for call in _calls()
        if any(leg["ended"] for leg in call)
    ]
    late = [call for call in calls if call["ended_at"].date() > call["started_at"].date()]
    return sorted(late, key=lambda call: (call["started_at"], call["call_id"]))


_ANSWERS: dict[str, Callable[[], list[Row]]] = {
    "How many calls a day, and how many are answered?": _calls_a_day,
    "How long do we talk, and how long does a call keep an agent?": _talk_and_handling,
    "When do we miss calls?": _missed_by_hour,
    "What comes of the calls?": _dispositions,
    "Who puts callers on hold, and who takes long to wrap up?": _hold_and_wrap_up,
    "How many legs does a call have?": _legs_per_call,
    "Which calls ran past midnight, and when did they really end?": _over_midnight,
}


def test_every_question_of_the_page_is_asked() -> None:
    assert list(_SQL) == [_VIEWS, *_ANSWERS, _SNOWFLAKE_VIEWS]
    assert [len(statements) for statements in _SQL.values()] == [2, *(1 for _ in _ANSWERS), 1]


@pytest.mark.parametrize("question", _ANSWERS)
def test_the_answer_is_right(answers: dict[str, list[Row]], question: str) -> None:
    expected = _ANSWERS[question]()
    assert len(expected) > 1
    found = [{name: _plain(value) for name, value in row.items()} for row in answers[question]]
    assert found == [{name: _plain(value) for name, value in row.items()} for row in expected]


def _plain(value: object) -> object:
    """A value of which only its kind of number does not matter: databases differ in it."""
    return float(value) if isinstance(value, Decimal | float) else value


def test_every_leg_begins_and_ends_when_it_did(answers: dict[str, list[Row]]) -> None:
    found = {(row["call_id"], row["leg_id"]): row for row in answers[_EVERY_LEG]}
    expected = {(leg["CallID"], leg["UCID"]): leg for leg in _account().legs}
    assert found.keys() == expected.keys()
    for key, leg in expected.items():
        assert (found[key]["started_at"], found[key]["ended_at"]) == (leg["started"], leg["ended"])


def test_the_account_has_what_a_wrong_query_would_miss() -> None:
    answered, calls = _answered(), _calls()
    for field in ("HandlingTime", "WrapupDuration"):
        assert {leg[field] for leg in answered} >= {None, ""}
    assert {leg["Disposition"] for leg in answered} >= {None, ""}
    assert any((_seconds(leg["TalkTime"]) or 0) > 24 * 3600 for leg in answered)
    assert {leg["Status"] for leg in _account().legs} == {
        *("Answered", "NotAnswered", "Unanswered", None)
    }
    assert any(_is_answered(call) and not _is_answered(call[:1]) for call in calls)
    assert any(leg["ended"] is None for leg in answered)
