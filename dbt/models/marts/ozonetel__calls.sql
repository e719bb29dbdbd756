{{
    config(
        materialized='incremental',
        unique_key='call_id',
        incremental_strategy='delete+insert',
        on_schema_change='append_new_columns'
    )
}}

with legs as (

    select * from {{ ref('stg_ozonetel__legs') }}
    {%- if flags.INTROSPECT and is_incremental() %}
    -- Whole calls: the legs of a call may have different days.
    where call_id in (
        select call_id
        from {{ ref('stg_ozonetel__legs') }}
        where call_date >= (
            select {{ ozonetel.days_before('max(call_date)', var('ozonetel_lookback_days')) }}
            from {{ this }}
        )
    )
    {%- endif %}

),

numbered as (

    select
        *,
        row_number() over (
            partition by call_id order by started_at, leg_id
        ) as leg_number,
        row_number() over (
            partition by call_id
            order by case when agent_id is null then 1 else 0 end, started_at, leg_id
        ) as agent_leg_number,
        row_number() over (
            partition by call_id
            order by case when disposition is null then 1 else 0 end, started_at desc, leg_id desc
        ) as disposition_number,
        row_number() over (
            partition by call_id
            order by case when recording_url is null then 1 else 0 end, started_at, leg_id
        ) as recording_number
    from legs

)

select
    call_id,
    min(call_date) as call_date,
    min(case when leg_number = 1 then direction end) as direction,
    min(case when leg_number = 1 then call_type end) as call_type,
    max(case when is_answered then 1 else 0 end) = 1 as is_answered,
    max(case when is_in_progress then 1 else 0 end) = 1 as is_in_progress,
    count(*) as legs,
    sum(case when event = 'agent_dial' then 1 else 0 end) as agent_dials,
    min(started_at) as started_at,
    case
        when max(case when is_in_progress then 1 else 0 end) = 0 then max(ended_at)
    end as ended_at,
    min(case when leg_number = 1 then customer_number end) as customer_number,
    min(case when leg_number = 1 then did end) as did,
    min(case when leg_number = 1 then campaign_name end) as campaign_name,
    min(case when agent_leg_number = 1 then agent_id end) as first_agent_id,
    min(case when agent_leg_number = 1 then agent_name end) as first_agent_name,
    min(case when agent_leg_number = 1 then skill end) as first_skill,
    max(queue_seconds) as queue_seconds,
    sum(case when is_answered then talk_seconds end) as talk_seconds,
    sum(case when is_answered then hold_seconds end) as hold_seconds,
    sum(case when is_answered then handling_seconds end) as handling_seconds,
    sum(wrapup_seconds) as wrapup_seconds,
    min(case when disposition_number = 1 then disposition end) as disposition,
    count(transfer_type) as transfers,
    min(case when recording_number = 1 then recording_url end) as recording_url,
    max(rating) as rating
from numbered
group by call_id
