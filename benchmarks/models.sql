-- Customers call several times, so that some are reached. Every value is missing in some calls, except the
-- keys. The same calls are generated each time.
create table ozonetel__calls as
with numbers as (
    select i, hash(i) as a, hash(i, 1) as b, hash(i, 2) as c, hash(i, 3) as d from range($calls) as t(i)
),
calls as (
    select
        i as call_id,
        cast(cast($last as date) + 1 as timestamp) - to_days(cast(1 + a % $days as integer))
            + to_seconds(cast(21600 + b % 50400 as integer)) as started_at,
        case when c % 50 = 0 then null when c % 10 < 6 then 'inbound' else 'outbound' end as direction,
        case
            when d % 200 = 0 then 'in_progress'
            when d % 10 < 6 then 'answered'
            when d % 10 < 8 and direction = 'inbound' then 'abandoned'
            else 'unanswered'
        end as outcome,
        cast(b % 90 as integer) as waited_seconds,
        case when a % 40 > 0 then '+919' || lpad(cast((b % ($calls // 3 + 1)) as varchar), 9, '8') end
            as customer_key,
        case c % 9 when 0 then null when 1 then 'Sales' when 2 then 'Reminders' else 'Support' end
            as campaign_name,
        cast(1 + d % 12 as integer) as agent,
        cast(30 + a % 700 as integer) as talk_seconds,
        cast(c % 90 as integer) as wrapup_seconds
    from numbers
)
select
    call_id,
    cast(started_at as date) as call_date,
    direction,
    case direction when 'inbound' then 'inbound' when 'outbound' then 'manual' else 'ivr' end as call_type,
    outcome,
    outcome = 'answered' as is_answered,
    outcome = 'in_progress' as is_in_progress,
    1 as legs,
    1 as agent_dials,
    started_at,
    case when outcome = 'answered' then started_at + to_seconds(waited_seconds) end as answered_at,
    case when outcome <> 'in_progress' then started_at + to_seconds(waited_seconds + talk_seconds) end
        as ended_at,
    case when outcome = 'answered' then waited_seconds end as seconds_to_answer,
    waited_seconds,
    customer_key as customer_number,
    customer_key,
    '+918011112222' as did,
    campaign_name,
    'agent' || agent as first_agent_id,
    'Agent ' || agent as first_agent_name,
    'English' as first_skill,
    case when outcome = 'answered' then 'agent' || agent end as answered_agent_id,
    case when outcome = 'answered' then 'Agent ' || agent end as answered_agent_name,
    'customer' as hung_up_by,
    waited_seconds as queue_seconds,
    case when outcome = 'answered' then talk_seconds end as talk_seconds,
    0 as hold_seconds,
    case when outcome = 'answered' and wrapup_seconds > 3 then talk_seconds + wrapup_seconds end
        as handling_seconds,
    case when wrapup_seconds > 3 then wrapup_seconds end as wrapup_seconds,
    case when wrapup_seconds > 20 then 'Disposition ' || (wrapup_seconds % 6) end as disposition,
    0 as transfers,
    cast(null as varchar) as recording_url,
    cast(null as double) as rating,
    cast($last as timestamp) as computed_at
from calls
