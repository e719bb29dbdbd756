{%- set calls = source('ozonetel', 'cdr_details') -%}
{%- set names = ozonetel.source_columns(calls) -%}
{%- set texts = [
    'CallAudio', 'Type', 'Event', 'Status', 'DialStatus', 'AgentDialStatus', 'CustomerDialStatus',
    'HangupBy', 'AgentID', 'AgentName', 'Skill', 'CampaignName', 'Disposition', 'DID', 'CallerID',
    'DialedNumber', 'TransferType', 'TransferredTo', 'Comments', 'UUI', 'StartTime', 'EndTime',
    'PickupTime', 'WrapUpStartTime', 'TalkTime', 'HandlingTime', 'HoldDuration', 'WrapupDuration',
    'TimeToAnswer', 'QueueTime', 'Duration',
] -%}
{%- set extracted_at = names.get('_sdc_extracted_at') -%}

with legs as (

    select
        {{ ozonetel.source_column(names, 'CallID') }} as call_id,
        {{ ozonetel.source_column(names, 'UCID') }} as leg_id,
        cast({{ ozonetel.source_column(names, 'CallDate') }} as date) as call_date,
        nullif(cast({{ ozonetel.source_column(names, 'Rating', 'integer') }} as {{ dbt.type_numeric() }}), 0) as rating,
        {%- for name in texts %}
        {{ ozonetel.text_or_null(ozonetel.source_column(names, name)) }} as {{ name | lower }}_
        {{- ',' if not loop.last }}
        {%- endfor %}
        {%- if extracted_at %},
        {#- Loaders that append have a row for each time that a leg was read. #}
        row_number() over (
            partition by
                {{ ozonetel.source_column(names, 'CallID') }},
                {{ ozonetel.source_column(names, 'UCID') }}
            order by {{ adapter.quote(extracted_at) }} desc
        ) as newest
        {%- endif %}
    from {{ calls }}

),

spelled as (

    select
        *,
        {{ ozonetel.spelling('type_') }} as call_type,
        {{ ozonetel.spelling('event_') }} as event_spelling,
        coalesce({{ ozonetel.spelling('status_') }} = 'answered', false) as is_answered,
        {%- for name in ['StartTime', 'EndTime', 'PickupTime', 'Duration', 'TalkTime', 'HandlingTime',
            'HoldDuration', 'WrapupDuration', 'TimeToAnswer', 'QueueTime'] %}
        {{ ozonetel.seconds(name | lower ~ '_') | indent(4) }} as {{ name | lower }}_s,
        {%- endfor %}
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
    from legs
    {%- if extracted_at %}
    where newest = 1
    {%- endif %}

)

select
    call_id,
    leg_id,
    call_date,
    case
        when call_type = 'inbound' then 'inbound'
        when call_type is not null then 'outbound'
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
    {{ ozonetel.spelling('hangupby_') }} as hangup_by,
    agentid_ as agent_id,
    agentname_ as agent_name,
    skill_ as skill,
    campaignname_ as campaign_name,
    disposition_ as disposition,
    did_ as did,
    callerid_ as customer_number,
    dialednumber_ as agent_number,
    transfertype_ as transfer_type,
    transferredto_ as transferred_to,
    comments_ as comments,
    uui_ as uui,
    callaudio_ as recording_url,
    rating,
    {{ ozonetel.moment('call_date', 'starttime_s') }} as started_at,
    {{ ozonetel.moment_after('call_date', 'pickuptime_s', 'starttime_s') }} as picked_up_at,
    case
        when not is_in_progress
            then {{ ozonetel.moment_after('call_date', 'endtime_s', 'starttime_s') }}
    end as ended_at,
    case when not is_in_progress then duration_s end as duration_seconds,
    case when not is_in_progress then talktime_s end as talk_seconds,
    case when not is_in_progress then handlingtime_s end as handling_seconds,
    holdduration_s as hold_seconds,
    -- Past days have 00:00:00 where there was no wrap-up.
    case when wrapupstarttime_ is not null or wrapupduration_s > 0 then wrapupduration_s end
        as wrapup_seconds,
    timetoanswer_s as time_to_answer_seconds,
    queuetime_s as queue_seconds
from spelled
