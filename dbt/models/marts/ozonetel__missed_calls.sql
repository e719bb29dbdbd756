{#- The table is named, instead of a CTE that several parts read: Postgres would write that one to disk. -#}
{%- set calls = ref('ozonetel__calls') -%}
{%- set is_missed = "direction = 'inbound' and outcome in ('abandoned', 'unanswered')" -%}
{#- Strictly later, because the calls of a customer in one second have no order. -#}
{%- set afterwards -%}
over (
            partition by customer_key order by started_at
            range between interval '1 second' following
                and interval '{{ var('ozonetel_reach_days') }} days' following
        )
{%- endset -%}

-- The calls of customers with a missed call, with the number of attempts to call them until then.
with counted as (

    select
        call_id,
        customer_key,
        started_at,
        {{ is_missed }} as is_missed,
        case when is_answered then direction end as answered_direction,
        sum(case when direction = 'outbound' and outcome = 'unanswered' then 1 else 0 end)
            over (partition by customer_key order by started_at) as attempts
    from {{ calls }}
    where started_at is not null
        and customer_key in (select customer_key from {{ calls }} where {{ is_missed }})

),

-- What follows a call: the next answered call in either direction, and the attempts until then.
followed as (

    select
        call_id,
        customer_key,
        started_at,
        is_missed,
        min(case when answered_direction = 'outbound' then started_at end) {{ afterwards }} as callback_at,
        min(case when answered_direction = 'inbound' then started_at end) {{ afterwards }} as return_at,
        coalesce(
            min(case when answered_direction is not null then attempts end) {{ afterwards }},
            max(attempts) {{ afterwards }},
            attempts
        ) - attempts as callback_attempts
    from counted

),

reached as (

    select
        call_id,
        case when callback_at is null or return_at < callback_at then return_at else callback_at end as reached_at,
        case
            when callback_at is null and return_at is null then null
            when callback_at is null or return_at < callback_at then 'customer'
            else 'callback'
        end as reached_by,
        callback_attempts,
        row_number() over (partition by customer_key order by started_at desc, call_id desc) as number_from_latest
    from followed
    where is_missed

)

select
    calls.call_id,
    calls.call_date,
    calls.started_at as missed_at,
    calls.customer_key,
    calls.campaign_name,
    calls.did,
    calls.outcome,
    calls.waited_seconds,
    coalesce(calls.waited_seconds < {{ var('ozonetel_short_seconds') }}, false) as is_short,
    coalesce(reached.callback_attempts, 0) as callback_attempts,
    reached.reached_at,
    reached.reached_by,
    {{ ozonetel.seconds_between('calls.started_at', 'reached.reached_at') }} as seconds_to_reach,
    reached.reached_at is null as is_open,
    reached.reached_at is null and coalesce(reached.number_from_latest, 1) = 1 as is_latest
{#- In a subquery, because `--empty` gives the table an alias of its own. #}
from (select * from {{ calls }}) as calls
left join reached on calls.call_id = reached.call_id
where {{ is_missed }}
