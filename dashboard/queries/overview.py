"""The queries of the overview."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.queries.conditions import CALLS

if TYPE_CHECKING:
    from dashboard.filters import Filter
    from dashboard.source import Row, Source

_MAX_BARS = 15

# Only calls of customers wait for an answer, so outbound calls have no service level. A sum is null
# if none of the calls of a day has the value: such a day does not count in the denominator either.
_TOTALS = f"""
select
    coalesce(sum(calls), 0) as calls,
    coalesce(sum(answered), 0) as answered,
    coalesce(sum(abandoned), 0) as abandoned,
    1.0 * sum(answered_in_time) filter (where direction = 'inbound')
        / nullif(sum(answered + abandoned + unanswered - abandoned_short)
            filter (where direction = 'inbound' and answered_in_time is not null), 0)
        as service_level,
    1.0 * sum(answer_seconds) filter (where direction = 'inbound')
        / nullif(sum(answered)
            filter (where direction = 'inbound' and answer_seconds is not null), 0)
        as average_speed_of_answer_seconds,
    1.0 * sum(handling_seconds) / nullif(sum(handled), 0) as average_handling_seconds
from ozonetel__days
where {CALLS}
"""
_OUTCOMES = """
    coalesce(sum(answered), 0) as answered,
    coalesce(sum(abandoned), 0) as abandoned,
    coalesce(sum(unanswered), 0) as unanswered,
    sum(calls) - coalesce(sum(answered + abandoned + unanswered), 0) as "in progress"
"""
_DAYS = f"""
select call_date, {_OUTCOMES} from ozonetel__days where {CALLS} group by call_date
order by call_date
"""
_CAMPAIGNS = f"""
select campaign_name, {_OUTCOMES} from ozonetel__days where {CALLS} group by campaign_name
order by sum(calls) desc, campaign_name limit {_MAX_BARS}
"""
# The mart of hours has no campaigns.
_HOURS = f"""
select
    cast(extract(isodow from call_date) as integer) as weekday,
    cast(extract(hour from started_at) as integer) as hour,
    count(*) as calls
from ozonetel__calls
where {CALLS} and started_at is not null
group by 1, 2
order by 1, 2
"""
_DISPOSITIONS = f"""
select disposition, count(*) as calls from ozonetel__calls where {CALLS} group by disposition
order by calls desc, disposition limit {_MAX_BARS}
"""


def read_totals(source: Source, chosen: Filter) -> Row:
    """Return the measures of all chosen calls, named as in `ozonetel__days`."""
    (row,) = source.query(_TOTALS, chosen.parameters())
    return row


def read_days(source: Source, chosen: Filter) -> list[Row]:
    """Return the number of calls of each outcome by `call_date`."""
    return source.query(_DAYS, chosen.parameters())


def read_campaigns(source: Source, chosen: Filter) -> list[Row]:
    """Return the number of calls of each outcome by `campaign_name`, for those with most calls."""
    return source.query(_CAMPAIGNS, chosen.parameters())


def read_hours(source: Source, chosen: Filter) -> list[Row]:
    """Return the number of calls by `weekday`, 1 for Monday, and `hour`."""
    return source.query(_HOURS, chosen.parameters())


def read_dispositions(source: Source, chosen: Filter) -> list[Row]:
    """Return the number of calls by `disposition`, for the most frequent ones."""
    return source.query(_DISPOSITIONS, chosen.parameters())
