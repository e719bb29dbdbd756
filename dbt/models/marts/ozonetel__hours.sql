select
    call_date,
    cast(extract(hour from started_at) as integer) as hour,
    direction,
    count(*) as calls,
    sum(case when is_answered then 1 else 0 end) as answered,
    sum(case when not is_answered and not is_in_progress then 1 else 0 end) as missed
from {{ ref('ozonetel__calls') }}
group by call_date, cast(extract(hour from started_at) as integer), direction
