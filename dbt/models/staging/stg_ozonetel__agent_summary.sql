{{ config(enabled=var('ozonetel_agent_summary', false)) }}
{%- set summary = source('ozonetel', 'agent_summary') -%}
{%- set names = ozonetel.source_columns(summary) -%}
{%- set extracted_at = names.get('_sdc_extracted_at') -%}

with summary as (

    select
        {{ ozonetel.text_or_null(ozonetel.source_column(names, 'AgentUniqueID')) }} as agent_id,
        {{ ozonetel.text_or_null(ozonetel.source_column(names, 'AgentIncrID')) }} as agent_number_id,
        {{ ozonetel.text_or_null(ozonetel.source_column(names, 'AgentName')) }} as agent_name,
        cast({{ ozonetel.source_column(names, 'CallDate') }} as date) as call_date,
        {{ ozonetel.spelling(ozonetel.text_or_null(ozonetel.source_column(names, 'ModeType'))) }} as mode,
        {%- for name in ['Busy', 'Dial', 'Idle', 'Pause', 'Wrapup'] %}
        {{ ozonetel.text_or_null(ozonetel.source_column(names, 'Total' ~ name ~ 'Time')) }} as {{ name | lower }}_,
        {%- endfor %}
        {{ ozonetel.text_or_null(ozonetel.source_column(names, 'TotalLoginDuration')) }} as login_
        {%- if extracted_at %},
        row_number() over (
            partition by
                {{ ozonetel.source_column(names, 'AgentUniqueID') }},
                {{ ozonetel.source_column(names, 'CallDate') }},
                {{ ozonetel.source_column(names, 'ModeType') }}
            order by {{ adapter.quote(extracted_at) }} desc
        ) as newest
        {%- endif %}
    from {{ summary }}

)

select
    agent_id,
    agent_number_id,
    agent_name,
    call_date,
    mode,
    {{ ozonetel.seconds('login_') }} as login_seconds,
    {{ ozonetel.seconds('busy_') }} as busy_seconds,
    {{ ozonetel.seconds('dial_') }} as dial_seconds,
    {{ ozonetel.seconds('idle_') }} as idle_seconds,
    {{ ozonetel.seconds('pause_') }} as pause_seconds,
    {{ ozonetel.seconds('wrapup_') }} as wrapup_seconds
from summary
{%- if extracted_at %}
where newest = 1
{%- endif %}
