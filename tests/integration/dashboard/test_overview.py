"""The overview shows what a query on the models gives."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pytest

from benchmarks.models import LAST_DAY
from dashboard import formatting
from dashboard.definitions import definition
from dashboard.filters import Filter
from dashboard.queries import overview
from dashboard.settings import read_settings
from dashboard.source import open_source
from tests.helpers.dashboard import Dashboard, message, open_page, tiles

if TYPE_CHECKING:
    from pathlib import Path

    from dashboard.source import Row

FIRST_DAY = LAST_DAY - dt.timedelta(days=6)
DAY = dt.date(2026, 3, 9)
#: The filter of the tests of the charts, and the same in SQL.
FILTER = Filter(FIRST_DAY, LAST_DAY, "inbound", "Support")
CHOSEN = (
    f"call_date between '{FIRST_DAY}' and '{LAST_DAY}' and direction = 'inbound' "
    "and campaign_name = 'Support'"
)


OUTCOMES = ", ".join(
    f"count(*) filter (where outcome = '{outcome}')"
    for outcome in ("answered", "abandoned", "unanswered", "in_progress")
)


@pytest.mark.parametrize(
    ("direction", "campaign", "condition"),
    [
        (None, None, "true"),
        ("Inbound", None, "direction = 'inbound'"),
        ("Outbound", "Sales", "direction = 'outbound' and campaign_name = 'Sales'"),
    ],
)
def test_tiles_are_those_of_the_calls(
    dashboard: Dashboard, direction: str | None, campaign: str | None, condition: str
) -> None:
    found = tiles(open_page(direction=direction, campaign=campaign))
    ((calls, answered, abandoned, level, speed, handling),) = dashboard.query(
        f"""
        select
            count(*),
            count(*) filter (where outcome = 'answered'),
            count(*) filter (where outcome = 'abandoned'),
            count(*) filter (where direction = 'inbound' and seconds_to_answer <= 20) / nullif(
                count(*) filter (where direction = 'inbound' and outcome <> 'in_progress'
                    and not (outcome = 'abandoned' and waited_seconds < 5)), 0),
            avg(seconds_to_answer) filter (where direction = 'inbound'),
            avg(handling_seconds)
        from analytics.ozonetel__calls
        where call_date between '{FIRST_DAY}' and '{LAST_DAY}' and {condition}
        """
    )
    assert found == {
        "Calls": formatting.format_count(calls),
        "Answered": formatting.format_count(answered),
        "Abandoned": formatting.format_count(abandoned),
        "Service level": formatting.format_share(level),
        "Average speed of answer": formatting.format_duration(speed),
        "Average handling time": formatting.format_duration(handling),
    }
    assert calls > 20


def test_tiles_of_a_row_of_the_model(dashboard: Dashboard) -> None:
    found = tiles(open_page(days=(DAY, DAY), direction="Inbound", campaign="Support"))
    ((level, speed, handling),) = dashboard.query(
        f"""
        select service_level, average_speed_of_answer_seconds, average_handling_seconds
        from analytics.ozonetel__days
        where call_date = '{DAY}' and direction = 'inbound' and campaign_name = 'Support'
        """
    )
    assert list(found.values())[3:] == [
        formatting.format_share(level),
        formatting.format_duration(speed),
        formatting.format_duration(handling),
    ]


def test_changes_compare_with_the_days_before(dashboard: Dashboard) -> None:
    count = "select count(*) from analytics.ozonetel__calls where call_date between '{}' and '{}'"
    now = dashboard.value(count.format(FIRST_DAY, LAST_DAY))
    week = dt.timedelta(days=7)
    before = dashboard.value(count.format(FIRST_DAY - week, LAST_DAY - week))
    calls = open_page().metric[0]
    assert calls.delta == f"{now / before - 1:+.1%}"


def test_the_first_days_have_no_change(dashboard: Dashboard) -> None:
    first = dashboard.value("select min(call_date) from analytics.ozonetel__calls")
    app = open_page(days=(first, first))
    assert [metric.delta for metric in app.metric] == [""] * 6


def test_measures_have_the_definition_of_the_models(dashboard: Dashboard) -> None:
    assert dashboard.models.exists()
    helps = {metric.label: metric.help for metric in open_page().metric}
    assert helps["Service level"] == definition("ozonetel__days", "service_level")
    assert "excluding short abandoned calls" in helps["Service level"]
    assert all(helps.values())


def test_the_filter_is_described(dashboard: Dashboard) -> None:
    assert dashboard.models.exists()
    app = open_page(days=(DAY, DAY), direction="Inbound", campaign="Sales")
    assert app.caption[0].value == f"{DAY}, inbound calls, campaign Sales"


def _values(rows: list[Row]) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in rows]


def test_outcomes_by_day(dashboard: Dashboard) -> None:
    with open_source(read_settings()) as source:
        found = _values(overview.read_days(source, FILTER))
    assert found == dashboard.query(
        f"select call_date, {OUTCOMES} from analytics.ozonetel__calls where {CHOSEN} "
        "group by call_date order by call_date"
    )
    assert len(found) == 7


def test_outcomes_by_campaign(dashboard: Dashboard) -> None:
    with open_source(read_settings()) as source:
        found = overview.read_campaigns(source, Filter(FIRST_DAY, LAST_DAY))
    assert set(_values(found)) == set(
        dashboard.query(
            f"select campaign_name, {OUTCOMES} from analytics.ozonetel__calls "
            f"where call_date >= '{FIRST_DAY}' group by campaign_name"
        )
    )
    totals = [sum(counts) for _, *counts in _values(found)]  # type: ignore[arg-type]
    assert totals == sorted(totals, reverse=True)
    assert sum(row["in progress"] for row in found) > 0


def test_calls_by_hour(dashboard: Dashboard) -> None:
    with open_source(read_settings()) as source:
        found = _values(overview.read_hours(source, FILTER))
    assert found == dashboard.query(
        "select isodow(started_at), hour(started_at), count(*) from analytics.ozonetel__calls "
        f"where {CHOSEN} group by 1, 2 order by 1, 2"
    )


def test_calls_by_disposition(dashboard: Dashboard) -> None:
    with open_source(read_settings()) as source:
        found = _values(overview.read_dispositions(source, FILTER))
    assert found == dashboard.query(
        f"select disposition, count(*) from analytics.ozonetel__calls where {CHOSEN} "
        "group by disposition order by count(*) desc, disposition"
    )
    assert None in {disposition for disposition, _ in found}


def test_days_without_calls(changed_models: Path) -> None:
    with duckdb.connect(str(changed_models)) as connection:
        connection.execute(
            "delete from analytics.ozonetel__days where direction = 'outbound' and call_date = $1",
            [LAST_DAY],
        )
    app = open_page(campaign="Sales", direction="Outbound", days=(LAST_DAY, LAST_DAY))
    assert message(app) == (
        "No calls match this filter: 2026-03-15, outbound calls, campaign Sales. "
        "Choose more days, or all calls."
    )


def test_a_day_without_calls_has_a_column(changed_models: Path) -> None:
    day = LAST_DAY - dt.timedelta(days=1)
    with duckdb.connect(str(changed_models)) as connection:
        connection.execute("delete from analytics.ozonetel__days where call_date = $1", [day])
    chart = open_page().get("vega_lite_chart")[0]
    (data,) = chart.proto.datasets
    table = pa.ipc.open_stream(data.data.data).read_all().to_pylist()
    empty = [row for row in table if row["group"] == day]
    assert {row["name"]: row["value"] for row in empty} == dict.fromkeys(
        ("answered", "abandoned", "unanswered", "in progress"), 0
    )


def test_charts_are_described_in_words(dashboard: Dashboard) -> None:
    assert dashboard.models.exists()
    descriptions = [chart.proto.alt for chart in open_page().get("vega_lite_chart")]
    assert descriptions == [
        "Calls by day and outcome",
        "Calls by weekday and hour of their start",
        "Calls by campaign and outcome",
        "Calls by disposition",
    ]
