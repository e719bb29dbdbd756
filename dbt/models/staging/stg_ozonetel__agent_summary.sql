{{ config(enabled=var('ozonetel_agent_summary', false)) }}
{%- set summary = source('ozonetel', 'agent_summary') -%}
{%- set names = ozonetel.source_columns(summary) -%}
{%- set times = ['TotalLoginDuration', 'TotalBusyTime', 'TotalDialTime', 'TotalIdleTime', 'TotalPauseTime', 'TotalWrapupTime'] -%}
{%- set keys = [
    ozonetel.key_column(names, 'AgentUniqueID'),
    ozonetel.key_column(names, 'CallDate'),
    ozonetel.key_column(names, 'ModeType'),
] -%}

with summary as (

    select
        {{ ozonetel.string_column(names, 'AgentUniqueID') }} as agent_id,
        {{ ozonetel.string_column(names, 'AgentIncrID') }} as agent_number_id,
        {{ ozonetel.string_column(names, 'AgentName') }} as agent_name,
        cast({{ keys[1] }} as date) as call_date,
        {{ ozonetel.spelling(ozonetel.string_column(names, 'ModeType')) }} as mode
        {%- for name in times %},
        {{ ozonetel.string_column(names, name) }} as {{ name | lower }}
        {%- endfor %}
        {%- if '_sdc_extracted_at' in names %},
        {{ ozonetel.newest(names, keys) }}
        {%- endif %}
    from {{ summary }}

)

select
    agent_id,
    agent_number_id,
    agent_name,
    call_date,
    mode,
    {{ ozonetel.seconds('totalloginduration') }} as login_seconds,
    {{ ozonetel.seconds('totalbusytime') }} as busy_seconds,
    {{ ozonetel.seconds('totaldialtime') }} as dial_seconds,
    {{ ozonetel.seconds('totalidletime') }} as idle_seconds,
    {{ ozonetel.seconds('totalpausetime') }} as pause_seconds,
    {{ ozonetel.seconds('totalwrapuptime') }} as wrapup_seconds
from summary
{%- if '_sdc_extracted_at' in names %}
where newest = 1
{%- endif %}
