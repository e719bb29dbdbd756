{{ config(enabled=var('ozonetel_agent_summary', false)) }}

with legs as (

    select
        agent_id,
        call_date,
        count(*) as legs,
        sum(case when is_answered then 1 else 0 end) as answered_legs,
        sum(case when is_answered then talk_seconds end) as talk_seconds,
        sum(case when is_answered then handling_seconds end) as handling_seconds,
        count(case when is_answered then handling_seconds end) as handled
    from {{ ref('stg_ozonetel__legs') }}
    where agent_id is not null
    group by agent_id, call_date

),

calls as (

    select answered_agent_id as agent_id, call_date, count(*) as answered
    from {{ ref('ozonetel__calls') }}
    where outcome = 'answered' and answered_agent_id is not null
    group by answered_agent_id, call_date

),

summary as (

    select
        agent_id,
        call_date,
        min(agent_name) as agent_name,
        sum(login_seconds) as login_seconds,
        sum(busy_seconds) as busy_seconds,
        sum(dial_seconds) as dial_seconds,
        sum(idle_seconds) as idle_seconds,
        sum(pause_seconds) as pause_seconds,
        sum(wrapup_seconds) as wrapup_seconds
    from {{ ref('stg_ozonetel__agent_summary') }}
    group by agent_id, call_date

)

select
    coalesce(summary.agent_id, legs.agent_id) as agent_id,
    coalesce(summary.call_date, legs.call_date) as call_date,
    summary.agent_name,
    coalesce(legs.legs, 0) as legs,
    coalesce(legs.answered_legs, 0) as answered_legs,
    coalesce(calls.answered, 0) as answered,
    legs.talk_seconds,
    coalesce(legs.handled, 0) as handled,
    legs.handling_seconds,
    1.0 * legs.handling_seconds / nullif(legs.handled, 0) as average_handling_seconds,
    summary.login_seconds,
    summary.busy_seconds,
    summary.dial_seconds,
    summary.idle_seconds,
    summary.pause_seconds,
    summary.wrapup_seconds,
    1.0 * (summary.busy_seconds + summary.dial_seconds + summary.wrapup_seconds)
        / nullif(summary.login_seconds - summary.pause_seconds, 0) as occupancy
from summary
full outer join legs
    on summary.agent_id = legs.agent_id and summary.call_date = legs.call_date
left join calls
    on legs.agent_id = calls.agent_id and legs.call_date = calls.call_date
