{#- The legs of calls: typed, in one spelling, one row per leg.

    Args:
        where: A condition on the table of the loader. The model of calls passes it here, because a
            condition on the view would not reach the table through its window function. -#}
{% macro legs(where=none) %}
{%- set calls = source('ozonetel', 'cdr_details') -%}
{%- set names = ozonetel.source_columns(calls) -%}
{%- set call_id = ozonetel.key_column(names, 'CallID') -%}
{%- set leg_id = ozonetel.key_column(names, 'UCID') -%}
{%- set fields = [
    'CallAudio', 'Type', 'Event', 'Status', 'DialStatus', 'AgentDialStatus', 'CustomerDialStatus',
    'HangupBy', 'AgentID', 'AgentName', 'Skill', 'CampaignName', 'Disposition', 'DID', 'CallerID',
    'DialedNumber', 'TransferType', 'TransferredTo', 'Comments', 'UUI', 'StartTime', 'EndTime',
    'PickupTime', 'WrapUpStartTime', 'TalkTime', 'HandlingTime', 'HoldDuration', 'WrapupDuration',
    'TimeToAnswer', 'QueueTime', 'Duration', 'Rating',
] -%}

with legs as (

    select
        cast({{ call_id }} as {{ dbt.type_bigint() }}) as call_id,
        cast({{ leg_id }} as {{ dbt.type_bigint() }}) as leg_id,
        cast({{ ozonetel.key_column(names, 'CallDate') }} as date) as call_date,
        {%- for name in fields %}
        {{ ozonetel.string_column(names, name) }} as {{ name | lower }}_
        {{- ',' if not loop.last }}
        {%- endfor %}
        {%- if '_sdc_extracted_at' in names %},
        {{ ozonetel.newest(names, [call_id, leg_id]) }}
        {%- endif %}
    from {{ calls }}
    where {{ call_id }} is not null and {{ leg_id }} is not null
        {%- if where %} and {{ where }}{% endif %}

),

spelled as (

    select
        *,
        {{ ozonetel.spelling('type_') }} as call_type,
        {{ ozonetel.spelling('event_') }} as event_spelling,
        {{ ozonetel.spelling('hangupby_') }} as hangup_spelling,
        {%- if 'status' in names %}
        coalesce({{ ozonetel.spelling('status_') }} = 'answered', false) as is_answered,
        {%- else %}
        cast(null as boolean) as is_answered,
        {%- endif %}
        {%- if 'transfertype' in names %}
        coalesce({{ ozonetel.spelling('transfertype_') }} not in ('notransfers', 'none'), false) as is_transferred,
        {%- else %}
        cast(null as boolean) as is_transferred,
        {%- endif %}
        {%- for name in ['StartTime', 'EndTime', 'PickupTime', 'Duration', 'TalkTime', 'HandlingTime',
            'HoldDuration', 'WrapupDuration', 'TimeToAnswer', 'QueueTime'] %}
        {{ ozonetel.seconds(name | lower ~ '_') | indent(4) }} as {{ name | lower }}_s,
        {%- endfor %}
        {%- if 'status' in names and 'hangupby' in names %}
        -- A call that still goes on has no HandlingTime and nobody who hung up. A leg that is being
        -- dialed is told from an unanswered one by what it is waiting for.
        handlingtime_ is null
        and hangupby_ is null
        and coalesce(
            {{ ozonetel.spelling('status_') }} = 'answered'
            or (
                {{ ozonetel.spelling('agentdialstatus_') }} = 'queued'
                and {{ ozonetel.spelling('customerdialstatus_') }} = 'notdialed'
            ),
            false
        ) as is_in_progress
        {%- else %}
        cast(null as boolean) as is_in_progress
        {%- endif %}
    from legs
    {%- if '_sdc_extracted_at' in names %}
    where newest = 1
    {%- endif %}

)

select
    call_id,
    leg_id,
    call_date,
    case
        when call_type = 'inbound' then 'inbound'
        when call_type in ('manual', 'progressive', 'preview', 'predictive', 'power', 'autodial', 'outbound')
            then 'outbound'
    end as direction,
    call_type,
    case event_spelling
        when 'agentdial' then 'agent_dial'
        when 'agentdials' then 'agent_dial'
        when 'customerdial' then 'customer_dial'
        when 'customerdials' then 'customer_dial'
        when 'skilltransfer' then 'skill_transfer'
        when 'skilltransfers' then 'skill_transfer'
        when 'dialout' then 'dial_out'
        else event_spelling
    end as event,
    case when is_answered then 'answered' when status_ is not null then 'unanswered' end as status,
    is_answered,
    is_in_progress,
    {{ ozonetel.spelling('dialstatus_') }} as dial_status,
    case
        when hangup_spelling like 'user%' or hangup_spelling like 'customer%' then 'customer'
        when hangup_spelling like 'agent%' then 'agent'
        when hangup_spelling like 'system%' then 'system'
        else hangup_spelling
    end as hung_up_by,
    agentid_ as agent_id,
    agentname_ as agent_name,
    case when {{ ozonetel.spelling('skill_') }} <> 'none' then skill_ end as skill,
    campaignname_ as campaign_name,
    disposition_ as disposition,
    did_ as did,
    callerid_ as customer_number,
    {{ ozonetel.customer_key('callerid_') }} as customer_key,
    dialednumber_ as agent_number,
    is_transferred,
    case when is_transferred then transfertype_ end as transfer_type,
    transferredto_ as transferred_to,
    comments_ as comments,
    uui_ as uui,
    callaudio_ as recording_url,
    nullif({{ ozonetel.number('rating_') }}, 0) as rating,
    {{ ozonetel.moment('call_date', 'starttime_s') }} as started_at,
    {{ ozonetel.moment_after('call_date', 'pickuptime_s', 'starttime_s') }} as picked_up_at,
    case
        when is_in_progress then null
        else {{ ozonetel.moment_after('call_date', 'endtime_s', 'starttime_s') }}
    end as ended_at,
    case when is_in_progress then null else duration_s end as duration_seconds,
    case when is_in_progress then null else talktime_s end as talk_seconds,
    case when is_in_progress then null else handlingtime_s end as handling_seconds,
    holdduration_s as hold_seconds,
    -- Past days have 00:00:00 where there was no wrap-up.
    case when wrapupstarttime_ is not null or wrapupduration_s > 0 then wrapupduration_s end
        as wrapup_seconds,
    timetoanswer_s as time_to_answer_seconds,
    queuetime_s as queue_seconds
from spelled
{% endmacro %}
