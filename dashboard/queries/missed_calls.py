"""The queries of the page of missed calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.queries.conditions import CAMPAIGN, DAYS

if TYPE_CHECKING:
    from dashboard.filters import Filter
    from dashboard.source import Row, Source

#: The names of the spans of `seconds_to_reach`, shortest first.
SPANS = ("within 15 minutes", "within an hour", "within 4 hours", "within a day", "later")

_TOTALS = f"""
select
    count(*) as missed_calls,
    count(reached_at) as reached,
    count(case when is_latest then 1 end) as customers,
    percentile_cont(0.5) within group (order by seconds_to_reach) as median_seconds_to_reach
from ozonetel__missed_calls
where {DAYS} and {CAMPAIGN}
"""
_SPANS = f"""
select
    reached_by,
    case
        when seconds_to_reach <= 900 then 0
        when seconds_to_reach <= 3600 then 1
        when seconds_to_reach <= 14400 then 2
        when seconds_to_reach <= 86400 then 3
        else 4
    end as span,
    count(*) as calls
from ozonetel__missed_calls
where {DAYS} and {CAMPAIGN} and reached_at is not null
group by 1, 2
order by 2, 1
"""
# A customer has been waiting since the first missed call after the last conversation. The latest
# missed call decides whether the filter keeps the customer.
_CUSTOMERS = f"""
with latest as (

    select call_id, customer_key, missed_at, campaign_name, callback_attempts
    from ozonetel__missed_calls
    where is_latest and {DAYS} and {CAMPAIGN}

),

reached as (

    select customer_key, max(reached_at) as reached_at
    from ozonetel__missed_calls
    where customer_key in (select customer_key from latest)
    group by customer_key

),

waiting as (

    select
        missed.customer_key,
        min(missed.missed_at) as open_since,
        count(*) as missed_calls,
        max(missed.callback_attempts) as callback_attempts
    from ozonetel__missed_calls as missed
    inner join reached on missed.customer_key = reached.customer_key
    where missed.is_open and (reached.reached_at is null or missed.missed_at > reached.reached_at)
    group by missed.customer_key

)

select
    latest.customer_key,
    coalesce(waiting.open_since, latest.missed_at) as open_since,
    latest.missed_at as last_missed_at,
    coalesce(waiting.missed_calls, 1) as missed_calls,
    coalesce(waiting.callback_attempts, latest.callback_attempts) as callback_attempts,
    latest.campaign_name
from latest
left join waiting on latest.customer_key = waiting.customer_key
order by open_since nulls first, latest.call_id
"""


def read_totals(source: Source, chosen: Filter) -> Row:
    """Return the numbers of missed calls and customers, and the median time to reach them."""
    (row,) = source.query(_TOTALS, chosen.parameters())
    return row


def read_spans(source: Source, chosen: Filter) -> list[Row]:
    """Return the number of reached calls by `reached_by` and `span`, an index of `SPANS`."""
    return source.query(_SPANS, chosen.parameters())


def read_customers(source: Source, chosen: Filter, limit: int | None = None) -> list[Row]:
    """Return the customers to call back, the longest open first.

    Args:
        source: The open database.
        chosen: The days and the campaign of the latest missed call of a customer.
        limit: The largest number of customers; None for all of them.
    """
    sql = _CUSTOMERS if limit is None else f"{_CUSTOMERS} limit {limit:d}"
    return source.query(sql, chosen.parameters())
