{{
    config(
        materialized='incremental',
        unique_key='call_id',
        indexes=[{'columns': ['call_id'], 'unique': true}] if target.type == 'postgres' else [],
        pre_hook="{{ ozonetel.delete_changed_calls() if is_incremental() }}"
    )
}}
{%- set is_missed = "direction = 'inbound' and outcome in ('abandoned', 'unanswered')" -%}
{#- A call without a number is one of a customer of its own. -#}
{%- set customer = "coalesce(customer_key, cast(call_id as " ~ dbt.type_string() ~ "))" -%}
{#- An incremental build computes all missed calls of the customers with a changed call: each of their
    calls can reach them, and only one of their missed calls is the latest. -#}
{%- set is_concerned = ozonetel.computed_since_last_build() if is_incremental() else is_missed -%}
{#- Strictly later, because the calls of a customer in one second have no order. -#}
{%- set afterwards -%}
over (
            partition by customer order by started_at
            range between interval '1 second' following
                and interval '{{ var('ozonetel_reach_days') }} days' following
        )
{%- endset -%}

-- The calls of the customers, with the number of attempts to call them until then.
with counted as (

    select
        call_id,
        call_date,
        started_at,
        {{ customer }} as customer,
        customer_key,
        campaign_name,
        did,
        outcome,
        waited_seconds,
        {{ is_missed }} as is_missed,
        case when is_answered then direction end as answered_direction,
        sum(case when direction = 'outbound' and outcome = 'unanswered' then 1 else 0 end)
            over (partition by {{ customer }} order by started_at) as attempts
    from {{ ref('ozonetel__calls') }}
    where {{ customer }} in (
        select {{ customer }} from {{ ref('ozonetel__calls') }} where {{ is_concerned }}
    )

),

-- What follows a call: the next answered call in either direction, and the attempts until then.
followed as (

    select
        *,
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
        *,
        case when callback_at is null or return_at < callback_at then return_at else callback_at end as reached_at,
        case
            when callback_at is null and return_at is null then null
            when callback_at is null or return_at < callback_at then 'customer'
            else 'callback'
        end as reached_by,
        row_number() over (partition by customer order by started_at desc nulls last, call_id desc)
            as number_from_latest
    from followed
    where is_missed

)

select
    call_id,
    call_date,
    started_at as missed_at,
    customer_key,
    campaign_name,
    did,
    outcome,
    waited_seconds,
    coalesce(waited_seconds < {{ var('ozonetel_short_seconds') }}, false) as is_short,
    callback_attempts,
    reached_at,
    reached_by,
    {{ ozonetel.seconds_between('started_at', 'reached_at') }} as seconds_to_reach,
    reached_at is null as is_open,
    reached_at is null and number_from_latest = 1 as is_latest,
    {{ ozonetel.run_start() }} as computed_at
from reached
