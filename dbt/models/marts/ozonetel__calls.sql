{{
    config(
        materialized='incremental',
        unique_key='call_id',
        indexes=[
            {'columns': ['call_id'], 'unique': true},
            {'columns': ['call_date']},
            {'columns': ['computed_at']},
        ] if target.type == 'postgres' else []
    )
}}

-- depends_on: {{ ref('stg_ozonetel__legs') }}
with legs as (
{{ ozonetel.legs(where=ozonetel.changed_calls(var('ozonetel_lookback_days')) if is_incremental()) }}
),

numbered as (

    select
        *,
        row_number() over (partition by call_id order by started_at, ended_at, leg_id) as leg_number,
        min(case when is_answered then coalesce(picked_up_at, started_at) end)
            over (partition by call_id) as first_answer
    from legs

),

-- The number of the leg that has a value of the call. The windows share one order.
picked as (

    select
        *,
        min(case when is_answered and coalesce(picked_up_at, started_at) = first_answer then leg_number end)
            over (partition by call_id) as answered_leg,
        min(case when agent_id is not null then leg_number end) over (partition by call_id) as agent_leg,
        max(case when disposition is not null then leg_number end) over (partition by call_id) as disposition_leg,
        max(case when hung_up_by is not null then leg_number end) over (partition by call_id) as hangup_leg,
        min(case when recording_url is not null then leg_number end) over (partition by call_id) as recording_leg
    from numbered

),

calls as (

    select
        call_id,
        min(call_date) as call_date,
        min(case when leg_number = 1 then direction end) as direction,
        min(case when leg_number = 1 then call_type end) as call_type,
        max(case when is_answered then 1 when not is_answered then 0 end) = 1 as is_answered,
        max(case when is_in_progress then 1 when not is_in_progress then 0 end) = 1 as is_in_progress,
        count(*) as legs,
        sum(case when event = 'agent_dial' then 1 when event is not null then 0 end) as agent_dials,
        min(started_at) as started_at,
        min(case when leg_number = answered_leg then picked_up_at end) as answered_at,
        max(ended_at) as last_ended_at,
        min(case when leg_number = 1 then customer_number end) as customer_number,
        min(case when leg_number = 1 then customer_key end) as customer_key,
        min(case when leg_number = 1 then did end) as did,
        min(case when leg_number = 1 then campaign_name end) as campaign_name,
        min(case when leg_number = agent_leg then agent_id end) as first_agent_id,
        min(case when leg_number = agent_leg then agent_name end) as first_agent_name,
        min(case when leg_number = agent_leg then skill end) as first_skill,
        min(case when leg_number = answered_leg then agent_id end) as answered_agent_id,
        min(case when leg_number = answered_leg then agent_name end) as answered_agent_name,
        min(case when leg_number = hangup_leg then hung_up_by end) as hung_up_by,
        max(queue_seconds) as queue_seconds,
        sum(case when is_answered then talk_seconds end) as talk_seconds,
        sum(case when is_answered then hold_seconds end) as hold_seconds,
        sum(case when is_answered then handling_seconds end) as handling_seconds,
        sum(wrapup_seconds) as wrapup_seconds,
        min(case when leg_number = disposition_leg then disposition end) as disposition,
        sum(case when is_transferred then 1 when not is_transferred then 0 end) as transfers,
        min(case when leg_number = recording_leg then recording_url end) as recording_url,
        max(rating) as rating
    from picked
    group by call_id

),

ended as (

    select
        *,
        case when is_in_progress then null else last_ended_at end as ended_at,
        case
            when is_in_progress then 'in_progress'
            when is_answered then 'answered'
            when direction = 'inbound' and not is_answered and hung_up_by = 'customer' then 'abandoned'
            when not is_answered then 'unanswered'
        end as outcome
    from calls

)

select
    call_id,
    call_date,
    direction,
    call_type,
    outcome,
    is_answered,
    is_in_progress,
    legs,
    agent_dials,
    started_at,
    answered_at,
    ended_at,
    {{ ozonetel.seconds_between('started_at', 'answered_at') }} as seconds_to_answer,
    case
        when is_answered then {{ ozonetel.seconds_between('started_at', 'answered_at') }}
        when not is_answered then {{ ozonetel.seconds_between('started_at', 'ended_at') }}
    end as waited_seconds,
    customer_number,
    customer_key,
    did,
    campaign_name,
    first_agent_id,
    first_agent_name,
    first_skill,
    answered_agent_id,
    answered_agent_name,
    hung_up_by,
    queue_seconds,
    talk_seconds,
    hold_seconds,
    handling_seconds,
    wrapup_seconds,
    disposition,
    transfers,
    recording_url,
    rating,
    {{ ozonetel.run_start() }} as computed_at
from ended
