"""The dbt models over tables as people have them: fields left out, odd values, later loads."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.dbt_commands import DATABASES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.dbt_commands import Dbt

#: Columns of a table that a loader wrote with types of its own.
ODD_TYPES = {"CallID": "numeric(38, 0)", "UCID": "varchar(40)", "_sdc_extracted_at": "timestamp"}
TODAY = dt.datetime.now(dt.UTC).date()


def _insert(dbt: Dbt, *records: dict[str, Any]) -> None:
    """Insert records into the table of the loader, which has the columns of `_create`."""
    for record in records:
        names = ", ".join(f'"{name}"' for name in record)
        values = ", ".join("null" if value is None else f"'{value}'" for value in record.values())
        dbt.execute(f"insert into ozonetel.cdr_details ({names}) values ({values})")  # noqa: S608


def _create(dbt: Dbt, *names: str) -> None:
    columns = ", ".join(f'"{name}" {ODD_TYPES.get(name, "varchar(200)")}' for name in names)
    dbt.execute(f"create table ozonetel.cdr_details ({columns})")


@pytest.mark.parametrize("database", DATABASES)
def test_every_field_can_be_missing(database: str, tmp_path: Path) -> None:
    variables = "{ozonetel_schema: tap_ozonetel, ozonetel_calls_table: calls}"
    with DATABASES[database](tmp_path) as dbt:
        # Some loaders write lower case.
        dbt.execute("create schema tap_ozonetel")
        dbt.execute("create table tap_ozonetel.calls (callid bigint, ucid bigint, calldate text)")
        dbt.execute("insert into tap_ozonetel.calls values (1, 2, '2026-03-02')")
        assert "ERROR=0" in dbt.run("build", "--vars", variables)
        (call,) = dbt.query("select * from analytics.ozonetel__calls")
        assert call.pop("computed_at") is not None
        known = {name: value for name, value in call.items() if value is not None}
        assert known == {"call_id": 1, "call_date": dt.date(2026, 3, 2), "legs": 1}
        (day,) = dbt.query("select * from analytics.ozonetel__days")
        assert day.pop("computed_at") is not None
        known = {name: value for name, value in day.items() if value is not None}
        assert known == {"call_date": dt.date(2026, 3, 2), "calls": 1, "handled": 0}
        (hour,) = dbt.query("select hour, calls from analytics.ozonetel__hours")
        assert hour == {"hour": None, "calls": 1}
        assert dbt.query("select * from analytics.ozonetel__missed_calls") == []


FIELDS = [
    *("CallID", "UCID", "CallDate", "Type", "Status", "HangupBy", "CallerID", "StartTime"),
    *("PickupTime", "EndTime", "TalkTime", "HandlingTime", "Rating", "TransferType", "Event"),
    "_sdc_extracted_at",
]


def _leg(number: int, day: dt.date, **fields: str | None) -> dict[str, Any]:
    """A leg of an inbound call that was answered."""
    return {
        "CallID": number,
        "UCID": number,
        "CallDate": day,
        "Type": "Inbound",
        "Status": "Answered",
        "HangupBy": "UserHangup",
        "CallerID": f"0091{number:010}",
        "StartTime": "10:00:00",
        "PickupTime": "10:00:10",
        "EndTime": "10:01:00",
        "HandlingTime": "00:00:50",
        **fields,
    }


ODD_LEGS: dict[str, tuple[dict[str, str | None], str, object]] = {
    "a rating as a string": ({"Rating": "4.5"}, "rating", 4.5),
    "an empty rating": ({"Rating": ""}, "rating", None),
    "a rating of words": ({"Rating": "good"}, "rating", None),
    "a time since 1970": ({"TalkTime": "441472:11:36"}, "talk_seconds", None),
    "an overflow": ({"HandlingTime": "99999999999:00:00"}, "handling_seconds", None),
    "hours of three digits": ({"TalkTime": "100:00:01"}, "talk_seconds", 360_001),
    "no transfer": ({"TransferType": "No Transfers"}, "transfers", 0),
    "a transfer": ({"TransferType": "Agent"}, "transfers", 1),
    "a type without a direction": ({"Type": "Chatbot"}, "direction", None),
    "another outbound type": ({"Type": "Predictive"}, "direction", "outbound"),
    "blanks as plus signs": ({"Event": "Agent+Dials"}, "agent_dials", 1),
    "a status with a hyphen": ({"Status": "Un-answered"}, "outcome", "abandoned"),
    "another spelling of who hung up": (
        {"Status": "Unanswered", "HangupBy": "User Disconnect"},
        "outcome",
        "abandoned",
    ),
    "no start": ({"StartTime": ""}, "started_at", None),
    "a start after midnight": ({"StartTime": "24:10:05"}, "started_at", "next day"),
    "a number of words": ({"CallerID": "Anonymous"}, "customer_key", None),
    "+ and 10 digits of another country": (
        {"CallerID": "+1 23456 7890"},
        "customer_key",
        "+1234567890",
    ),
}


@pytest.mark.parametrize("database", DATABASES)
def test_odd_values_are_null_and_never_an_error(database: str, tmp_path: Path) -> None:
    day = dt.date(2026, 3, 2)
    with DATABASES[database](tmp_path) as dbt:
        _create(dbt, *FIELDS)
        cases = list(ODD_LEGS.values())
        _insert(dbt, *(_leg(number, day, **case[0]) for number, case in enumerate(cases, 1)))
        # A row without a time of extraction is older than one with it.
        _insert(
            dbt,
            {**_leg(99, day, HangupBy="AgentHangup"), "_sdc_extracted_at": "2026-03-03 01:00:00"},
            {**_leg(99, day, HangupBy="SystemHangup"), "_sdc_extracted_at": None},
            {**_leg(99, day, HangupBy="UserHangup"), "_sdc_extracted_at": "2026-03-03 00:00:00"},
            {**_leg(0, day), "CallID": None},
            {**_leg(0, day), "CallID": 98, "UCID": None},
        )
        assert "ERROR=0" in dbt.run("build")
        calls = {
            row["call_id"]: row
            for row in dbt.query("select * from analytics.ozonetel__calls order by call_id")
        }
        hours = dbt.query("select hour from analytics.ozonetel__hours order by hour")
    assert list(calls) == [*range(1, len(cases) + 1), 99]
    moments = {"next day": dt.datetime(2026, 3, 3, 0, 10, 5)}  # noqa: DTZ001
    for call, (name, (_, column, value)) in zip(calls.values(), ODD_LEGS.items(), strict=False):
        expected = moments.get(str(value), value)
        assert call[column] == (pytest.approx(expected) if column == "rating" else expected), name
    assert calls[99]["hung_up_by"] == "agent"
    assert [row["hour"] for row in hours] == [0, 10, 10, 10, None]


@pytest.mark.parametrize("database", DATABASES)
def test_incremental_builds_never_freeze(database: str, tmp_path: Path) -> None:
    days = [TODAY - dt.timedelta(days=ago) for ago in range(30)]

    def ids(model: str = "ozonetel__calls") -> list[int]:
        found = dbt.query(f"select call_id from analytics.{model} order by call_id")  # noqa: S608
        return [int(row["call_id"]) for row in found]

    def rows(model: str) -> list[dict[str, Any]]:
        found = dbt.query(f"select * from analytics.ozonetel__{model}")  # noqa: S608
        kept = [{name: row[name] for name in row if name != "computed_at"} for row in found]
        return sorted(kept, key=str)

    missed = {"Status": "Unanswered", "CallerID": "7", "PickupTime": ""}
    with DATABASES[database](tmp_path) as dbt:
        _create(dbt, *FIELDS)
        dbt.run("run")
        assert ids() == []
        _insert(dbt, _leg(1, days[20]), _leg(2, days[5], **missed))
        _insert(dbt, _leg(9, days[6], **{**missed, "CallerID": "9"}))
        dbt.run("run", "--empty")
        assert ids() == []
        # One row of the year 2062, and rows without an ID, which no key finds again.
        _insert(dbt, _leg(3, dt.date(2062, 3, 2)), {**_leg(4, days[4]), "CallID": None})
        dbt.run("run")
        assert ids() == [1, 2, 3, 9]
        row, _ = dbt.query("select * from analytics.ozonetel__missed_calls order by call_id")
        assert (row["is_open"], row["is_latest"]) == (True, True)
        # The customer calls again three days later. Two calls without a number are missed.
        _insert(dbt, _leg(5, days[2], CallerID="7"))
        nobody = {**missed, "CallerID": None}
        _insert(dbt, *(_leg(number, days[2], **nobody) for number in (7, 8)))
        dbt.run("run")
        assert ids() == [1, 2, 3, 5, 7, 8, 9]
        assert ids("ozonetel__missed_calls") == [2, 7, 8, 9]
        row, *_ = dbt.query("select * from analytics.ozonetel__missed_calls order by call_id")
        assert (row["reached_by"], row["seconds_to_reach"]) == ("customer", 3 * 86_400)
        # A leg was not wrapped up when it was read first, another one was not yet answered, a call
        # was loaded late, and a customer is reached whose missed call is not among the last days.
        dbt.execute("""update ozonetel.cdr_details set "HandlingTime" = '00:09:00'
            where "CallID" = 5""")
        dbt.execute("""update ozonetel.cdr_details set "Status" = 'Answered' where "CallID" = 7""")
        _insert(dbt, _leg(6, days[3]), _leg(10, days[0], CallerID="9"))
        dbt.query("delete from analytics.ozonetel__calls where call_id = 5")
        dbt.run("run")
        assert ids() == [1, 2, 3, 5, 6, 7, 8, 9, 10]
        assert ids("ozonetel__missed_calls") == [2, 8, 9]
        *_, row = dbt.query("select * from analytics.ozonetel__missed_calls order by call_id")
        assert row["seconds_to_reach"] == 6 * 86_400
        (row,) = dbt.query("select * from analytics.ozonetel__calls where call_id = 5")
        assert row["handling_seconds"] == 540
        built = {model: rows(model) for model in ("calls", "missed_calls", "days", "hours")}
        dbt.run("run", "--full-refresh")
        assert {model: rows(model) for model in built} == built
        dbt.query("delete from analytics.ozonetel__calls")
        dbt.run("run")
        assert {model: rows(model) for model in built} == built
